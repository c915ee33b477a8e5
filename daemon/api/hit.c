/* hit.c - POST /tk/hit: the story of one view or heartbeat, top to bottom. */
#include <stdlib.h>
#include <string.h>

#include "api/internal.h"
#include "api/judge.h"
#include "base/clock.h"
#include "base/mem.h"
#include "count/geo.h"
#include "count/geo_file.h"
#include "count/language.h"
#include "count/page.h"
#include "count/referrer.h"
#include "count/site.h"
#include "count/visitor.h"
#include "store/store.h"

static void hit_counted(void *arg, enum store_result result, const struct answer *answer);

/* The host of the page that the script runs in: by Origin, which a page can
 * not forge for its reader, else by Referer; absent when neither is sent, as
 * by a sandboxed frame, whose Origin is «null». */
static struct str
host_of_page(const struct request *r)
{
	struct str origin = site_host_of_url(r->header[HEADER_ORIGIN]);

	return origin.n > 0 ? origin : site_host_of_url(r->header[HEADER_REFERER]);
}

/* The bytes of a form → a hit to a site, or what is wrong with it. */
static enum refusal
read_hit(struct api *a, const struct request *r, struct hit *ret_hit, struct tally *t)
{
	struct hit h;
	enum refusal refusal = hit_parse(r->body, &a->form, &h);
	struct str host;

	if (refusal != REFUSAL_NONE)
		return refusal;
	t->site = sites_find(a->sites, h.site);
	if (t->site == NULL)
		return REFUSAL_SITE_UNKNOWN;
	host = host_of_page(r);
	if (host.n == 0 && t->site->config->require_origin == SWITCH_YES)
		return REFUSAL_ORIGIN;
	if (host.n > 0 && !site_allows_host(t->site, host))
		return REFUSAL_HOST;
	buf_clear(&a->page);
	if (h.page.n > 0) {
		if (page_name(h.page, t->site, &a->page) != 0)
			return REFUSAL_PAGE;
		t->page = buf_view(&a->page);
	}
	t->kind = h.kind;
	t->has_id = h.has_id;
	t->id = h.id;
	t->day = site_day(t->site, t->at_ms);
	*ret_hit = h;
	return REFUSAL_NONE;
}

/* For so long after midnight yesterday's name of a visitor is looked for: who
 * was not seen meanwhile is forgotten. */
enum { MOVING_MS = 30 * 60 * 1000 };

static void
name_visitor(struct api *a, const struct judge_hit *j, struct tally *t)
{
	struct str site = t->site->name;
	const uint8_t *key = store_day_key(a->store, t->day);
	struct identity identity;

	judge_identity(a->judge, j, &identity);
	t->visitor = identity_visitor(&identity, key, site);
	if (t->kind == HIT_VIEW && t->site->config->repeat_window > 0)
		t->repeat = visitor_view(key, t->visitor, t->page);
	t->has_yesterday = t->at_ms - t->site->day_start_ms < MOVING_MS;
	if (t->has_yesterday)
		t->yesterday = identity_visitor(&identity, store_day_key(a->store, t->day - 1), site);
}

static void
take_letters(char *to, size_t room, struct str letters)
{
	if (letters.n > 0 && letters.n <= room)
		memcpy(to, letters.p, letters.n);
}

static void
describe(struct api *a, const struct judge_hit *j, struct tally *t)
{
	struct profile *p = &t->profile;
	const struct geo *geo = geo_file_geo(a->geo);

	if (geo != NULL && j->client->is_known)
		take_letters(p->country, sizeof(p->country), geo_country(geo, &j->client->address));
	take_letters(p->language, sizeof(p->language), language_of(j->request->header[HEADER_ACCEPT_LANGUAGE]));
	p->browser = j->client->agent.browser;
	p->system = j->client->agent.system;
	p->device = j->client->agent.device;
	buf_clear(&a->referrer);
	referrer_name(j->hit->ref, t->site, &a->referrer);
	t->referrer = buf_view(&a->referrer);
}

/* Who waits for the store: the connection, and the api to answer with. */
struct wait {
	struct api *api;
	struct conn *conn;
	bool may_debug; /* and then is to be told this: */
	enum refusal refusal;
	struct address address;
	bool wants_list; /* the box's words, in this language: */
	enum language language;
	struct label_terms terms;
};

static void
take_list(const struct api *a, const struct hit *hit, const struct tally *t, struct wait *w)
{
	w->wants_list = hit->list.n > 0;
	if (language_parse(hit->list, &w->language) != 0)
		w->language = VIETNAMESE; /* a page's slip costs it no view */
	w->terms = (struct label_terms){ t->day, t->site->config->week_start, t->site->config->figure,
		a->config->online_window };
}

void
api_hit(struct api *a, struct conn *c, const struct request *r)
{
	struct tally tally = { .at_ms = clock_wall_ms() };
	struct client client;
	struct hit hit;
	enum refusal refusal = read_hit(a, r, &hit, &tally);
	struct judge_hit judged = { r, &client, tally.site, &hit, tally.at_ms };
	struct wait *w;

	if (refusal != REFUSAL_NONE) {
		a->refused[refusal]++;
		reply_refusal(a, c, refusal);
		return;
	}
	judge_client(a->judge, c, r, &client);
	tally.refusal = judge_quietly(a->judge, &judged);
	if (tally.refusal != REFUSAL_NONE)
		a->refused[tally.refusal]++;
	else
		name_visitor(a, &judged, &tally);
	if (tally.refusal == REFUSAL_NONE && tally.kind == HIT_VIEW)
		describe(a, &judged, &tally);
	w = xmalloc(sizeof(*w));
	*w = (struct wait){ a, c, client.may_debug, tally.refusal, client.address, false, VIETNAMESE, { 0 } };
	take_list(a, &hit, &tally, w);
	if (store_hit(a->store, &tally, hit_counted, w) != 0)
		hit_counted(w, STORE_FAILED, NULL);
}

/* Headers for debug_networks: what became of the hit, and whom it was taken to be from. */
static const char *
write_debug(struct api *a, const struct wait *w)
{
	buf_clear(&a->headers);
	buf_puts(&a->headers, HEADERS_NO_STORE "Thongke-Counted: ");
	if (w->refusal == REFUSAL_NONE)
		buf_puts(&a->headers, "yes");
	else
		buf_printf(&a->headers, "no; reason=%s", refusal_text(w->refusal)->name);
	buf_puts(&a->headers, "; client=");
	address_write(&w->address, &a->headers);
	buf_puts(&a->headers, "\r\n");
	buf_putc(&a->headers, '\0');
	return a->headers.p;
}

/* Durable, or given up. */
static void
hit_counted(void *arg, enum store_result result, const struct answer *answer)
{
	struct wait w = *(struct wait *)arg;
	const char *headers = w.may_debug ? write_debug(w.api, &w) : HEADERS_NO_STORE;
	struct counts_form form = { .stale = result == STORE_STALE };

	free(arg);
	if (result == STORE_FAILED) {
		reply_error(w.api, w.conn, ERROR_UNAVAILABLE);
		return;
	}
	if (w.wants_list)
		form.list = list_of(w.api, w.language, &w.terms);
	write_counts(w.api, answer, form);
	api_reply(w.api, w.conn,
	    &(struct response){ .status = 200, .type = TYPE_JSON, .headers = headers, .body = buf_view(&w.api->body) });
}
