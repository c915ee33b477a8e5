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

/* Whose hit it is, or what is wrong with it. */
static enum refusal
place_hit(struct api *a, const struct arrival *arrival, struct tally *t)
{
	const struct hit *h = &arrival->hit;
	struct str host;

	t->site = sites_find(a->sites, h->site);
	if (t->site == NULL)
		return REFUSAL_SITE_UNKNOWN;
	host = host_of_page(arrival->request);
	if (host.n == 0 && t->site->config->require_origin == SWITCH_YES)
		return REFUSAL_ORIGIN;
	if (host.n > 0 && !site_allows_host(t->site, host))
		return REFUSAL_HOST;
	buf_clear(&a->page);
	if (h->page.n > 0 || h->kind == HIT_VIEW) {
		if (page_name(h->page, t->site, &a->page) != 0)
			return REFUSAL_PAGE;
		t->page = buf_view(&a->page);
	}
	t->kind = h->kind;
	t->has_id = h->has_id;
	t->id = h->id;
	t->day = site_day(t->site, t->at_ms);
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
	struct wait *next; /* when it is spare */
	struct api *api;
	struct conn *conn;
	struct telling telling;
	bool may_debug; /* and then is to be told this: */
	enum refusal refusal;
	struct address address;
};

/* One that waits no more is kept for the next hit. */
static struct wait *
take_wait(struct api *a)
{
	struct wait *w = a->spare;

	if (w == NULL)
		return xmalloc(sizeof(*w));
	a->spare = w->next;
	return w;
}

static void
give_back(struct wait *w)
{
	w->next = w->api->spare;
	w->api->spare = w;
}

void
hit_free_waits(struct api *a)
{
	struct wait *w;

	while ((w = a->spare) != NULL) {
		a->spare = w->next;
		free(w);
	}
}

void
api_hit(struct api *a, struct conn *c, const struct request *r)
{
	struct arrival arrival = { .request = r, .telling = { .form = TELL_JSON } };
	enum refusal refusal = hit_parse(r->body, &a->form, &arrival.hit);

	if (refusal != REFUSAL_NONE) {
		hit_refused(a, c, r, refusal);
		return;
	}
	arrival.telling.has_list = arrival.hit.list.n > 0;
	if (language_parse(arrival.hit.list, &arrival.telling.language) != 0)
		arrival.telling.language = VIETNAMESE; /* a page's slip costs it no view */
	hit_arrived(a, c, &arrival);
}

void
hit_refused(struct api *a, struct conn *c, const struct request *r, enum refusal refusal)
{
	if (r->method != METHOD_HEAD)
		a->refused[refusal]++;
	reply_refusal(a, c, refusal);
}

void
hit_arrived(struct api *a, struct conn *c, const struct arrival *arrival)
{
	const struct request *r = arrival->request;
	struct tally tally = { .at_ms = clock_wall_ms() };
	struct client client;
	enum refusal refusal = place_hit(a, arrival, &tally);
	struct judge_hit judged = { r, &client, tally.site, &arrival->hit, tally.at_ms };
	struct wait *w;

	if (refusal != REFUSAL_NONE) {
		hit_refused(a, c, r, refusal);
		return;
	}
	w = take_wait(a);
	*w = (struct wait){ .api = a, .conn = c, .telling = arrival->telling };
	w->telling.terms = terms_of(a, tally.site, tally.day);
	if (r->method == METHOD_HEAD) {
		struct page_views page = { tally.page, FIGURE_UNKNOWN };

		store_read(a->store, tally.site, &page, 1, hit_counted, w);
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
	w->may_debug = client.may_debug;
	w->refusal = tally.refusal;
	w->address = client.address;
	if (store_hit(a->store, &tally, hit_counted, w) != 0)
		hit_counted(w, STORE_FAILED, NULL);
}

/* Headers for debug_networks: what became of the hit, and whom it was taken to be from. */
static const char *
write_debug(struct api *a, const struct wait *w, const char *headers)
{
	buf_clear(&a->headers);
	buf_puts(&a->headers, headers);
	buf_puts(&a->headers, "Thongke-Counted: ");
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
	const struct telling_head *head = telling_head(w.telling.form);
	bool failed = result == STORE_FAILED;
	const char *headers = failed ? head->retry : head->no_store;

	give_back(arg);
	if (headers == NULL) {
		reply_error(w.api, w.conn, ERROR_UNAVAILABLE);
		return;
	}
	telling_write(w.api, &w.telling, answer, result == STORE_STALE);
	if (!failed && w.may_debug)
		headers = write_debug(w.api, &w, headers);
	api_reply(w.api, w.conn,
	    &(struct response){
		.status = failed ? 503 : 200,
		.type = head->type,
		.headers = headers,
		.body = buf_view(&w.api->body),
	    });
}
