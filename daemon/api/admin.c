/* admin.c - the operators' listener: is it alive, can it take a hit, and all
 * sites' figures. */
#include <inttypes.h>
#include <stdlib.h>

#include "api/internal.h"
#include "base/clock.h"
#include "base/mem.h"
#include "count/site.h"
#include "render/json.h"
#include "store/store.h"

/* Sites whose figures are being read, for one request. */
struct gathering {
	struct api *api;
	struct conn *conn;
	gathered *done;
	const void *arg;
	size_t due; /* answers, and one for the asking itself */
};

static void
count_down(struct gathering *g)
{
	if (--g->due > 0)
		return;
	g->done(g->api, g->conn, g->arg);
	free(g);
}

static void
site_read(void *arg, enum store_result result, const struct answer *answer)
{
	(void)result; /* what could not be read stays as it was last heard */
	(void)answer;
	count_down(arg);
}

void
gather_figures(struct api *a, struct conn *c, size_t n, gathered *done, const void *arg)
{
	struct gathering *g = xmalloc(sizeof(*g));

	*g = (struct gathering){ a, c, done, arg, n + 1 };
	for (size_t i = 0; i < n; i++)
		store_read(a->store, sites_at(a->sites, i), NULL, 0, site_read, g);
	count_down(g);
}

static void
reply_text(struct api *a, struct conn *c, int status, struct str text)
{
	api_reply(a, c,
	    &(struct response){
		.status = status,
		.type = "text/plain; charset=utf-8",
		.headers = "Cache-Control: no-store\r\n",
		.body = text,
	    });
}

void
api_livez(struct api *a, struct conn *c, const struct request *r)
{
	(void)r;
	reply_text(a, c, 200, STR("ok\n"));
}

/* Ready is who can take a hit. */
void
api_readyz(struct api *a, struct conn *c, const struct request *r)
{
	struct store_status status;

	(void)r;
	store_status(a->store, &status);
	if (status.is_ready)
		reply_text(a, c, 200, STR("ok\n"));
	else
		reply_text(a, c, 503, STR("neither Redis nor the spool takes a hit\n"));
}

static void
sites_ready(struct api *a, struct conn *c, const void *arg)
{
	struct store_status status;

	(void)arg;
	store_status(a->store, &status);
	buf_clear(&a->body);
	buf_putc(&a->body, '[');
	for (size_t i = 0; i < sites_count(a->sites); i++) {
		const struct site *site = sites_at(a->sites, i);
		struct store_counts counts = store_site_counts(a->store, site);

		buf_puts(&a->body, i > 0 ? ",\n" : "");
		json_counts(&a->body, &(struct json_counts){
					  .site = site->name,
					  .figures = &counts.figures,
					  .stale = status.link != LINK_READY,
				      });
	}
	buf_puts(&a->body, "]\n");
	api_reply(a, c,
	    &(struct response){
		.status = 200,
		.type = TYPE_JSON,
		.headers = "Cache-Control: no-store\r\n",
		.body = buf_view(&a->body),
	    });
}

void
api_sites(struct api *a, struct conn *c, const struct request *r)
{
	(void)r;
	gather_figures(a, c, sites_count(a->sites), sites_ready, NULL);
}

/* What this daemon has taken and Redis has not applied yet: for thongke verify. */
void
api_unresolved(struct api *a, struct conn *c, const struct request *r)
{
	struct store_status status;

	(void)r;
	store_status(a->store, &status);
	buf_clear(&a->body);
	buf_printf(&a->body, "{\"pending_hits\":%zu,\"unapplied_batches\":%zu,\"applied_batches\":%" PRIu64 "}\n",
	    status.pending, status.unapplied_batches, status.commit->applied_batches);
	api_reply(a, c,
	    &(struct response){
		.status = 200,
		.type = TYPE_JSON,
		.headers = "Cache-Control: no-store\r\n",
		.body = buf_view(&a->body),
	    });
}

/* For tests: time stands still at the moment in the body (ms since 1970), or
 * goes on if that is 0. */
void
api_clock(struct api *a, struct conn *c, const struct request *r)
{
	uint64_t ms;

	if (a->config->test_clock != SWITCH_YES) {
		reply_error(a, c, ERROR_NOT_FOUND);
	} else if (str_to_uint(r->body, 0, INT64_MAX, &ms) != 0) {
		reply_error(a, c, ERROR_BAD_REQUEST);
	} else {
		clock_freeze((int64_t)ms);
		reply_text(a, c, 200, STR("ok\n"));
	}
}
