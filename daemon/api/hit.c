/* hit.c - POST /tk/hit: the story of one view or heartbeat, top to bottom. */
#include <stdlib.h>

#include "api/internal.h"
#include "base/clock.h"
#include "base/mem.h"
#include "count/address.h"
#include "count/page.h"
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

/* A reader who asked not to be tracked gets no identity from a token. */
static bool
keeps_to_itself(const struct request *r)
{
	return str_eq(r->header[HEADER_SEC_GPC], STR("1")) || str_eq(r->header[HEADER_DNT], STR("1"));
}

static uint64_t
visitor_of(struct api *a, struct conn *c, const struct request *r, const struct hit *h, const struct tally *t)
{
	const uint8_t *key = store_day_key(a->store, t->day);
	struct address address;
	bool known;

	if (h->has_visitor && !keeps_to_itself(r))
		return visitor_of_token(key, t->site->name, h->visitor);
	known = address_of_client(conn_peer(c), r->header[HEADER_CLIENT], a->trusted, &address) == 0;
	return visitor_of_address(key, t->site->name, known ? &address : NULL, r->header[HEADER_USER_AGENT]);
}

static enum refusal
judge(struct api *a, struct conn *c, const struct request *r, struct tally *ret_tally)
{
	struct tally t = { .at_ms = clock_wall_ms() };
	struct hit h;
	enum refusal refusal = hit_parse(r->body, &a->form, &h);
	struct str host;

	if (refusal != REFUSAL_NONE)
		return refusal;
	t.site = sites_find(a->sites, h.site);
	if (t.site == NULL)
		return REFUSAL_SITE_UNKNOWN;
	host = host_of_page(r);
	if (host.n == 0 && t.site->config->require_origin == SWITCH_YES)
		return REFUSAL_ORIGIN;
	if (host.n > 0 && !site_allows_host(t.site, host))
		return REFUSAL_HOST;
	buf_clear(&a->page);
	if (h.page.n > 0) {
		if (page_name(h.page, t.site, &a->page) != 0)
			return REFUSAL_PAGE;
		t.page = buf_view(&a->page);
	}
	t.kind = h.kind;
	t.has_id = h.has_id;
	t.id = h.id;
	t.day = site_day(t.site, t.at_ms);
	t.visitor = visitor_of(a, c, r, &h, &t);
	*ret_tally = t;
	return REFUSAL_NONE;
}

/* Who waits for the store: the connection, and the api to answer with. */
struct wait {
	struct api *api;
	struct conn *conn;
};

void
api_hit(struct api *a, struct conn *c, const struct request *r)
{
	struct tally tally;
	enum refusal refusal = judge(a, c, r, &tally);
	struct wait *w;

	if (refusal != REFUSAL_NONE) {
		a->refused[refusal]++;
		reply_refusal(a, c, refusal);
		return;
	}
	w = xmalloc(sizeof(*w));
	*w = (struct wait){ a, c };
	if (store_hit(a->store, &tally, hit_counted, w) != 0)
		hit_counted(w, STORE_FAILED, NULL);
}

/* Durable, or given up. */
static void
hit_counted(void *arg, enum store_result result, const struct answer *answer)
{
	struct wait w = *(struct wait *)arg;

	free(arg);
	if (result == STORE_FAILED) {
		reply_error(w.api, w.conn, ERROR_UNAVAILABLE);
		return;
	}
	write_counts(w.api, answer, (struct counts_form){ .stale = result == STORE_STALE });
	api_reply(w.api, w.conn,
	    &(struct response){
		.status = 200, .type = TYPE_JSON, .headers = HEADERS_NO_STORE, .body = buf_view(&w.api->body) });
}
