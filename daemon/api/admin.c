/* admin.c - the operators' listener: /metrics and /livez. */
#include <inttypes.h>

#include "api/internal.h"
#include "count/site.h"
#include "store/store.h"

static void
add_family(struct buf *out, const char *name, const char *type, const char *help)
{
	buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void
add_value(struct buf *out, const char *name, uint64_t value, const char *type, const char *help)
{
	add_family(out, name, type, help);
	buf_printf(out, "%s %" PRIu64 "\n", name, value);
}

static void
add_sites(struct buf *out, const struct api *a)
{
	add_family(out, "thongke_hits_total", "counter", "Views applied by this daemon since its start.");
	for (size_t i = 0; i < sites_count(a->sites); i++) {
		const struct site *site = sites_at(a->sites, i);
		buf_printf(out, "thongke_hits_total{site=\"%s\"} %" PRIu64 "\n", site->config->name,
		    store_site_counts(a->store, site).hits);
	}
	add_family(out, "thongke_beats_total", "counter", "Heartbeats applied by this daemon since its start.");
	for (size_t i = 0; i < sites_count(a->sites); i++) {
		const struct site *site = sites_at(a->sites, i);
		buf_printf(out, "thongke_beats_total{site=\"%s\"} %" PRIu64 "\n", site->config->name,
		    store_site_counts(a->store, site).beats);
	}
}

static void
add_refusals(struct buf *out, const struct api *a)
{
	add_family(out, "thongke_refused_total", "counter", "Hits and beats refused, by reason.");
	for (int i = REFUSAL_NONE + 1; i < REFUSAL_COUNT; i++)
		buf_printf(out, "thongke_refused_total{reason=\"%s\"} %" PRIu64 "\n",
		    refusal_text((enum refusal)i)->name, a->refused[i]);
}

void
api_metrics(struct api *a, struct conn *c, const struct request *r)
{
	struct buf *out = &a->body;
	struct store_status status;

	(void)r;
	store_status(a->store, &status);
	buf_clear(out);
	add_sites(out, a);
	add_refusals(out, a);
	add_value(out, "thongke_unavailable_total", a->unavailable, "counter", "Hits answered 503.");
	add_value(
	    out, "thongke_redis_up", status.link == LINK_READY, "gauge", "Whether Redis is connected and prepared.");
	add_value(
	    out, "thongke_redis_reconnects_total", status.reconnects, "counter", "Times Redis was reached again.");
	add_value(
	    out, "thongke_pending_hits", status.pending, "gauge", "Hits and beats that Redis has not applied yet.");
	add_value(out, "thongke_batches_total", status.batches, "counter", "Batches that Redis has applied.");
	add_value(out, "thongke_lost_batches_total", status.lost_batches, "counter",
	    "Acknowledged batches that Redis has lost and nobody could send again.");
	add_value(out, "thongke_rejected_hits_total", status.rejected_hits, "counter",
	    "Hits that Redis will never apply, because the data there is damaged.");
	add_value(out, "thongke_own_day_keys_total", status.own_day_keys, "counter",
	    "Dates for which visitors were hashed under a key of this daemon's own.");
	conn_reply(c, &(struct response){
			  .status = 200, .type = "text/plain; version=0.0.4; charset=utf-8", .body = buf_view(out) });
}

void
api_livez(struct api *a, struct conn *c, const struct request *r)
{
	(void)a;
	(void)r;
	conn_reply(c, &(struct response){ .status = 200, .type = "text/plain; charset=utf-8", .body = STR("ok\n") });
}
