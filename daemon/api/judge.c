/* judge.c - cheap questions first: most hits are a person's, and pass them all. */
#include "api/judge.h"

#include <stdlib.h>

#include "base/hash.h"
#include "base/mem.h"
#include "count/crowd.h"
#include "count/limit.h"
#include "count/site.h"
#include "count/visitor.h"
#include "http/conn.h"
#include "http/request.h"

enum { SITE_BURST_S = 10 };

/* What is kept of a site, by its slot. */
struct ward {
	struct networks *excluded; /* owned; NULL: none */
	struct pace pace;
	struct bucket bucket;
};

struct judge {
	const struct config *config;
	struct networks *trusted, *debug, *bots; /* owned */
	struct agents *agents;
	struct limit *limit;
	struct crowd *crowd;
	struct ward *wards;
	size_t nwards;
	struct hash_key key; /* for what is compared within this process */
};

struct judge *
judge_new(void)
{
	struct judge *j = xcalloc(1, sizeof(*j));

	hash_draw_key(&j->key);
	j->agents = agents_new();
	j->limit = limit_new(pace_of(0, 1));
	j->crowd = crowd_new((struct crowd_rule){ 1, 1 });
	return j;
}

void
judge_free(struct judge *j)
{
	if (j == NULL)
		return;
	networks_free(j->trusted);
	networks_free(j->debug);
	networks_free(j->bots);
	agents_free(j->agents);
	limit_free(j->limit);
	crowd_free(j->crowd);
	for (size_t i = 0; i < j->nwards; i++)
		networks_free(j->wards[i].excluded);
	free(j->wards);
	free(j);
}

static void
replace(struct networks **place, const struct config_list *blocks)
{
	networks_free(*place);
	*place = networks_new(blocks);
}

static void
reload_wards(struct judge *j, const struct sites *sites)
{
	size_t slots = sites_slots(sites);

	if (slots > j->nwards) {
		j->wards = xrealloc(j->wards, slots * sizeof(*j->wards));
		for (size_t i = j->nwards; i < slots; i++)
			j->wards[i] = (struct ward){ 0 };
		j->nwards = slots;
	}
	for (size_t i = 0; i < sites_count(sites); i++) {
		const struct site *site = sites_at(sites, i);
		struct ward *w = &j->wards[site->slot];

		replace(&w->excluded, &site->config->exclude_networks);
		w->pace = pace_of(site->config->site_rate, site->config->site_rate * SITE_BURST_S);
	}
}

void
judge_reload(struct judge *j, const struct config *c, const struct sites *sites)
{
	j->config = c;
	replace(&j->trusted, &c->trusted_proxies);
	replace(&j->debug, &c->debug_networks);
	replace(&j->bots, &c->bot_networks);
	limit_set(j->limit, pace_of(c->client_rate, c->client_burst));
	crowd_set(j->crowd, (struct crowd_rule){ c->visitors_per_address, (int64_t)c->online_window * 1000000 });
	reload_wards(j, sites);
}

/* ---- the client --------------------------------------------------------- */

bool
judge_trusts(const struct judge *j, const struct address *peer)
{
	return networks_contain(j->trusted, peer);
}

void
judge_client(struct judge *j, struct conn *c, const struct request *r, struct client *ret_client)
{
	struct client client = { .agent = agents_judge(j->agents, r->header[HEADER_USER_AGENT]) };

	client.is_known = address_of_client(conn_peer(c), r->header[HEADER_CLIENT], j->trusted, &client.address) == 0;
	client.is_own = client.is_known && !networks_contain(j->trusted, &client.address);
	client.may_debug = client.is_known && networks_contain(j->debug, &client.address);
	*ret_client = client;
}

/* ---- whether it counts -------------------------------------------------- */

/* Browsers and proxies have had four headers for it so far. */
static bool
is_prefetch(const struct request *r)
{
	return str_starts(r->header[HEADER_SEC_PURPOSE], STR("prefetch")) ||
	       str_eq_nocase(r->header[HEADER_PURPOSE], STR("prefetch")) ||
	       str_eq_nocase(r->header[HEADER_X_MOZ], STR("prefetch")) ||
	       str_eq_nocase(r->header[HEADER_X_PURPOSE], STR("preview")) ||
	       str_eq_nocase(r->header[HEADER_X_PURPOSE], STR("prefetch")) ||
	       str_eq_nocase(r->header[HEADER_X_PURPOSE], STR("instant"));
}

static enum refusal
as_robot(const struct judge *j, const struct judge_hit *h)
{
	if (h->client->agent.verdict == AGENT_BOT || h->hit->is_robot)
		return REFUSAL_BOT;
	if (h->client->agent.verdict == AGENT_ABSURD)
		return REFUSAL_AGENT;
	if (h->client->is_known && networks_contain(j->bots, &h->client->address))
		return REFUSAL_BOT_NETWORK;
	return REFUSAL_NONE;
}

enum refusal
judge_quietly(struct judge *j, const struct judge_hit *h)
{
	struct ward *w = &j->wards[h->site->slot];
	int64_t at_us = h->at_ms * 1000;
	enum refusal refusal = REFUSAL_NONE;

	if (h->site->config->bots == BOTS_REFUSE)
		refusal = as_robot(j, h);
	if (refusal != REFUSAL_NONE)
		return refusal;
	if (is_prefetch(h->request))
		return REFUSAL_PREFETCH;
	if (h->hit->is_off || (h->client->is_known && networks_contain(w->excluded, &h->client->address)))
		return REFUSAL_EXCLUDED;
	if ((h->client->is_own && !limit_take(j->limit, &h->client->address, at_us)) ||
	    !bucket_take(&w->bucket, &w->pace, at_us))
		return REFUSAL_LIMIT;
	return REFUSAL_NONE;
}

/* ---- who it is ---------------------------------------------------------- */

/* A reader who asked not to be tracked gets no identity from a token. */
static bool
keeps_to_itself(const struct request *r)
{
	return str_eq(r->header[HEADER_SEC_GPC], STR("1")) || str_eq(r->header[HEADER_DNT], STR("1"));
}

/* Token or User-Agent, whoever makes up many of them shares one identity. */
void
judge_identity(struct judge *j, const struct judge_hit *h, struct identity *ret_identity)
{
	struct str agent = h->request->header[HEADER_USER_AGENT];
	struct identity i = {
		.by_token =
		    h->hit->has_visitor && h->site->config->identity == IDENTITY_TOKEN && !keeps_to_itself(h->request),
		.token = h->hit->visitor,
		.address = h->client->is_known ? &h->client->address : NULL,
		.agent = agent,
	};
	struct crowd_member member = {
		.site = h->site->slot,
		.address = &h->client->address,
		.token = i.by_token ? i.token : hash_of(&j->key, agent.p, agent.n < AGENT_MAX ? agent.n : AGENT_MAX),
	};

	if (h->client->is_own && !crowd_admit(j->crowd, &member, h->at_ms * 1000)) {
		i.by_token = false;
		i.agent = (struct str){ NULL, 0 };
	}
	*ret_identity = i;
}

uint64_t
identity_visitor(const struct identity *i, const uint8_t *key, struct str site)
{
	return i->by_token ? visitor_of_token(key, site, i->token)
			   : visitor_of_address(key, site, i->address, i->agent);
}
