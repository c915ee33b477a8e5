/* metrics.c - GET /metrics: one table of documented metrics, each with the
 * function that writes its samples.
 *
 * What this daemon did counts from its start and sums over daemons; what is
 * read from Redis is a gauge of its own, so that two daemons do not double it. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "api/internal.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/process.h"
#include "count/geo.h"
#include "count/geo_file.h"
#include "count/site.h"
#include "render/exposition.h"
#include "store/guarantee.h"
#include "store/risk.h"
#include "store/store.h"

/* One scrape: what was looked up once for all families. */
struct scrape {
	struct exposition out;
	const struct api *api;
	struct store_status store;
	struct process_status process;
	bool has_process;
	size_t nsites; /* that have series of their own */
	char (*site_labels)[SITE_NAME_MAX + 16]; /* owned; site="…", names need no escape */
};

static const struct site *
site_at(const struct scrape *s, size_t i)
{
	return sites_at(s->api->sites, i);
}

static void
write_hits(struct scrape *s)
{
	for (size_t i = 0; i < s->nsites; i++)
		exposition_int(&s->out, s->site_labels[i], store_site_counts(s->api->store, site_at(s, i)).hits);
}

static void
write_visits(struct scrape *s)
{
	for (size_t i = 0; i < s->nsites; i++)
		exposition_int(&s->out, s->site_labels[i], store_site_counts(s->api->store, site_at(s, i)).visits);
}

static void
write_beats(struct scrape *s)
{
	for (size_t i = 0; i < s->nsites; i++)
		exposition_int(&s->out, s->site_labels[i], store_site_counts(s->api->store, site_at(s, i)).beats);
}

/* A figure that is not known has no sample. */
static void
write_figure(struct scrape *s, int64_t (*figure)(const struct figures *f))
{
	for (size_t i = 0; i < s->nsites; i++) {
		struct store_counts counts = store_site_counts(s->api->store, site_at(s, i));
		int64_t value = figure(&counts.figures);

		if (value != FIGURE_UNKNOWN)
			exposition_int(&s->out, s->site_labels[i], (uint64_t)value);
	}
}

static int64_t
total_of(const struct figures *f)
{
	return f->total;
}

static int64_t
today_of(const struct figures *f)
{
	return f->today;
}

static int64_t
online_of(const struct figures *f)
{
	return f->online;
}

static void
write_site_total(struct scrape *s)
{
	write_figure(s, total_of);
}

static void
write_site_today(struct scrape *s)
{
	write_figure(s, today_of);
}

static void
write_site_online(struct scrape *s)
{
	write_figure(s, online_of);
}

static void
write_refused(struct scrape *s)
{
	for (int i = REFUSAL_NONE + 1; i < REFUSAL_COUNT; i++) {
		struct buf labels = { 0 };

		exposition_label(&labels, "reason", str_of(refusal_text((enum refusal)i)->name));
		buf_putc(&labels, '\0');
		exposition_int(&s->out, labels.p, i == REFUSAL_REPEAT ? s->store.repeated_hits : s->api->refused[i]);
		buf_fini(&labels);
	}
}

static const char *const endpoint_labels[ENDPOINT_COUNT] = {
	[ENDPOINT_NONE] = "endpoint=\"none\"",
	[ENDPOINT_HIT] = "endpoint=\"hit\"",
	[ENDPOINT_COUNTS] = "endpoint=\"counts\"",
	[ENDPOINT_WIDGET] = "endpoint=\"thongke.js\"",
	[ENDPOINT_BOX] = "endpoint=\"box.html\"",
	[ENDPOINT_PICTURE] = "endpoint=\"svg\"",
	[ENDPOINT_PIXEL] = "endpoint=\"pixel.gif\"",
	[ENDPOINT_ADMIN] = "endpoint=\"admin\"",
};

static void
write_requests(struct scrape *s)
{
	for (size_t e = 0; e < ENDPOINT_COUNT; e++) {
		for (size_t i = 0; i < STATUSES; i++) {
			char labels[64];

			/* The common ones from the start, the rest once seen. */
			if (s->api->requests[e][i] == 0 && (e == ENDPOINT_NONE || reply_status(i) != 200))
				continue;
			(void)snprintf(labels, sizeof(labels), "%s,status=\"%d\"", endpoint_labels[e], reply_status(i));
			exposition_int(&s->out, labels, s->api->requests[e][i]);
		}
	}
}

static void
write_latency(struct scrape *s)
{
	for (size_t e = ENDPOINT_HIT; e < ENDPOINT_COUNT; e++)
		exposition_histogram(&s->out, endpoint_labels[e], &s->api->latency[e], 1e6);
}

static struct server_stats
stats_of(const struct server *server)
{
	return server != NULL ? server_stats(server) : (struct server_stats){ 0 };
}

static void
write_listeners(struct scrape *s, uint64_t (*figure)(struct server_stats stats))
{
	exposition_int(&s->out, "listener=\"public\"", figure(stats_of(s->api->public)));
	exposition_int(&s->out, "listener=\"admin\"", figure(stats_of(s->api->admin)));
}

static uint64_t
connections_of(struct server_stats stats)
{
	return stats.connections;
}

static uint64_t
refused_of(struct server_stats stats)
{
	return stats.refused;
}

static uint64_t
displaced_of(struct server_stats stats)
{
	return stats.displaced;
}

static uint64_t
pauses_of(struct server_stats stats)
{
	return stats.pauses;
}

static void
write_connections(struct scrape *s)
{
	write_listeners(s, connections_of);
}

static void
write_connections_refused(struct scrape *s)
{
	write_listeners(s, refused_of);
}

static void
write_connections_displaced(struct scrape *s)
{
	write_listeners(s, displaced_of);
}

static void
write_accept_pauses(struct scrape *s)
{
	write_listeners(s, pauses_of);
}

static void
write_sites(struct scrape *s)
{
	exposition_int(&s->out, NULL, sites_count(s->api->sites));
}

static void
write_geo_built(struct scrape *s)
{
	const struct geo *geo = geo_file_geo(s->api->geo);

	exposition_int(&s->out, NULL, geo != NULL ? (uint64_t)geo_built(geo) : 0);
}

static void
write_redis_up(struct scrape *s)
{
	exposition_int(&s->out, NULL, s->store.link == LINK_READY);
}

static void
write_reconnects(struct scrape *s)
{
	exposition_int(&s->out, NULL, s->store.reconnects);
}

/* All risks, each 1 or 0; none before Redis was asked. */
static void
write_risks(struct scrape *s)
{
	uint32_t set;

	if (guarantee_risks(s->store.guarantee, &set) != 0)
		return;
	for (int i = 0; i < RISK_COUNT; i++) {
		char labels[64];

		(void)snprintf(labels, sizeof(labels), "risk=\"%s\"", risk_name((enum risk)i));
		exposition_int(&s->out, labels, set >> i & 1);
	}
}

static void
write_pending(struct scrape *s)
{
	exposition_int(&s->out, NULL, s->store.pending);
}

static void
write_batches(struct scrape *s)
{
	exposition_int(&s->out, NULL, s->store.commit->applied_batches);
}

static void
write_forecast(struct scrape *s)
{
	exposition_int(&s->out, NULL, s->store.commit->forecast_batches);
}

static void
write_lost(struct scrape *s)
{
	exposition_int(&s->out, NULL, s->store.commit->lost_batches);
}

static void
write_returned(struct scrape *s)
{
	exposition_int(&s->out, NULL, s->store.commit->returned_batches);
}

static void
write_retained(struct scrape *s)
{
	exposition_int(&s->out, NULL, s->store.retained_bytes);
}

static void
write_unapplied(struct scrape *s)
{
	exposition_int(&s->out, NULL, s->store.unapplied_batches);
}

static void
write_spool_batches(struct scrape *s)
{
	if (s->store.has_spool)
		exposition_int(&s->out, NULL, s->store.spool_batches);
}

static void
write_taken(struct scrape *s)
{
	if (s->store.has_spool)
		exposition_int(&s->out, NULL, s->store.taken_batches);
}

static void
write_spool_bytes(struct scrape *s)
{
	if (s->store.has_spool)
		exposition_int(&s->out, NULL, s->store.spool_bytes);
}

static void
write_spool_failing(struct scrape *s)
{
	if (s->store.has_spool)
		exposition_int(&s->out, NULL, s->store.spool_failing);
}

static void
write_spooled(struct scrape *s)
{
	exposition_int(&s->out, NULL, s->store.spooled_hits);
}

static void
write_replayed(struct scrape *s)
{
	exposition_int(&s->out, NULL, s->store.replayed_batches);
}

static void
write_late(struct scrape *s)
{
	exposition_int(&s->out, NULL, s->store.late_hits);
}

static void
write_quarantined(struct scrape *s)
{
	exposition_int(&s->out, NULL, s->store.quarantined_batches);
}

static void
write_commit_latency(struct scrape *s)
{
	exposition_histogram(&s->out, NULL, &s->store.commit->latency, 1e6);
}

static void
write_batch_items(struct scrape *s)
{
	exposition_histogram(&s->out, NULL, &s->store.commit->items, 1);
}

static void
write_rejected(struct scrape *s)
{
	exposition_int(&s->out, NULL, s->store.rejected_hits);
}

static void
write_failed(struct scrape *s)
{
	exposition_int(&s->out, NULL, s->store.failed_hits);
}

static void
write_own_keys(struct scrape *s)
{
	exposition_int(&s->out, NULL, s->store.own_day_keys);
}

static void
write_clock_offset(struct scrape *s)
{
	exposition_float(&s->out, NULL, (double)clock_offset() / 1000);
}

static void
write_build(struct scrape *s)
{
	exposition_int(&s->out, "version=\"" VERSION "\"", 1);
}

static void
write_cpu(struct scrape *s)
{
	if (s->has_process)
		exposition_float(&s->out, NULL, s->process.cpu_seconds);
}

static void
write_resident(struct scrape *s)
{
	if (s->has_process)
		exposition_int(&s->out, NULL, s->process.resident_bytes);
}

static void
write_open_fds(struct scrape *s)
{
	if (s->has_process)
		exposition_int(&s->out, NULL, s->process.open_fds);
}

static void
write_max_fds(struct scrape *s)
{
	if (s->has_process)
		exposition_int(&s->out, NULL, s->process.max_fds);
}

static void
write_start_time(struct scrape *s)
{
	if (s->has_process)
		exposition_int(&s->out, NULL, (uint64_t)s->process.start_time);
}

static const struct family {
	struct metric metric;
	void (*write)(struct scrape *s);
} families[] = {
	{ { "thongke_hits", METRIC_COUNTER, "Views counted by this daemon since its start." }, write_hits },
	{ { "thongke_visits", METRIC_COUNTER, "Visits that views counted by this daemon have opened." }, write_visits },
	{ { "thongke_beats", METRIC_COUNTER, "Heartbeats applied by this daemon since its start." }, write_beats },
	{ { "thongke_site_hits", METRIC_GAUGE,
	      "What the box shows as «Tất cả»: all hits, or visits, opening total included." },
	    write_site_total },
	{ { "thongke_site_today", METRIC_GAUGE,
	      "What the box shows as «Hôm nay»: hits, or visits, since midnight there." },
	    write_site_today },
	{ { "thongke_site_online", METRIC_GAUGE, "Visitors seen within online_window, as Redis has them." },
	    write_site_online },
	{ { "thongke_refused", METRIC_COUNTER, "Hits and beats refused, by reason." }, write_refused },
	{ { "thongke_failed", METRIC_COUNTER, "Hits and beats answered 503." }, write_failed },
	{ { "thongke_rejected_hits", METRIC_COUNTER, "Hits that Redis never applies because its data is damaged." },
	    write_rejected },
	{ { "thongke_requests", METRIC_COUNTER, "Requests answered, by endpoint and status." }, write_requests },
	{ { "thongke_request_duration_seconds", METRIC_HISTOGRAM, "Time from a whole request to its answer." },
	    write_latency },
	{ { "thongke_connections", METRIC_GAUGE, "Open connections, by listener." }, write_connections },
	{ { "thongke_connections_refused", METRIC_COUNTER, "Connections over connections_per_client." },
	    write_connections_refused },
	{ { "thongke_connections_displaced", METRIC_COUNTER, "Idle connections closed to make room for new ones." },
	    write_connections_displaced },
	{ { "thongke_accept_pauses", METRIC_COUNTER, "Times that new connections had to wait for room." },
	    write_accept_pauses },
	{ { "thongke_pending_hits", METRIC_GAUGE, "Hits and beats neither applied by Redis nor in the spool." },
	    write_pending },
	{ { "thongke_batches", METRIC_COUNTER, "Batches that Redis has applied." }, write_batches },
	{ { "thongke_forecast_batches", METRIC_COUNTER,
	      "Of these, those that cost Redis least, as nobody else counts their site." },
	    write_forecast },
	{ { "thongke_batch_items", METRIC_HISTOGRAM, "Hits and beats in one batch of one site." }, write_batch_items },
	{ { "thongke_commit_duration_seconds", METRIC_HISTOGRAM, "Time from sending a batch to Redis's answer." },
	    write_commit_latency },
	{ { "thongke_retained_bytes", METRIC_GAUGE, "Memory of batches kept for the case that Redis loses them." },
	    write_retained },
	{ { "thongke_returned_batches", METRIC_COUNTER, "Batches that Redis had lost and that were sent again." },
	    write_returned },
	{ { "thongke_lost_batches", METRIC_COUNTER,
	      "Acknowledged batches that Redis lost and nobody could send again." },
	    write_lost },
	{ { "thongke_unapplied_batches", METRIC_GAUGE,
	      "Batches that Redis has not applied yet, those in spools included." },
	    write_unapplied },
	{ { "thongke_spool_batches", METRIC_GAUGE, "Batches of this daemon that only its spool has." },
	    write_spool_batches },
	{ { "thongke_taken_batches", METRIC_GAUGE, "Batches of dead writers' spools, not applied yet." }, write_taken },
	{ { "thongke_spool_bytes", METRIC_GAUGE, "Bytes on disk that count towards spool_max." }, write_spool_bytes },
	{ { "thongke_spool_failing", METRIC_GAUGE, "Whether the spool did not take the last batch." },
	    write_spool_failing },
	{ { "thongke_spooled_hits", METRIC_COUNTER, "Views acknowledged because they lie in the spool." },
	    write_spooled },
	{ { "thongke_replayed_batches", METRIC_COUNTER, "Batches applied from a spool." }, write_replayed },
	{ { "thongke_late_hits", METRIC_COUNTER,
	      "Views applied from a spool later than dedupe_window after they were accepted." },
	    write_late },
	{ { "thongke_quarantined_batches", METRIC_COUNTER,
	      "Acknowledged batches that Redis never applies, set aside in files." },
	    write_quarantined },
	{ { "thongke_redis_up", METRIC_GAUGE, "Whether Redis is connected and prepared." }, write_redis_up },
	{ { "thongke_redis_reconnects", METRIC_COUNTER, "Times Redis was reached again." }, write_reconnects },
	{ { "thongke_redis_risk", METRIC_GAUGE, "Whether acknowledged hits may be lost with this Redis, by risk." },
	    write_risks },
	{ { "thongke_own_day_keys", METRIC_COUNTER, "Dates whose visitors were hashed under this daemon's own key." },
	    write_own_keys },
	{ { "thongke_clock_offset_seconds", METRIC_GAUGE, "What is added to this machine's clock to have Redis's." },
	    write_clock_offset },
	{ { "thongke_geo_db_built_seconds", METRIC_GAUGE,
	      "When the country database was built, in seconds since 1970; 0 without one." },
	    write_geo_built },
	{ { "thongke_sites", METRIC_GAUGE, "Sites configured." }, write_sites },
	{ { "thongke_build", METRIC_INFO, "The version that is running." }, write_build },
	{ { "process_cpu_seconds", METRIC_COUNTER, "User and system CPU time spent." }, write_cpu },
	{ { "process_resident_memory_bytes", METRIC_GAUGE, "Resident memory." }, write_resident },
	{ { "process_open_fds", METRIC_GAUGE, "Open file descriptors." }, write_open_fds },
	{ { "process_max_fds", METRIC_GAUGE, "Most file descriptors that may be open." }, write_max_fds },
	{ { "process_start_time_seconds", METRIC_GAUGE, "When the process started, in seconds since 1970." },
	    write_start_time },
};

static size_t
sites_with_series(const struct api *a)
{
	size_t n = sites_count(a->sites);

	return n < a->config->metrics_sites ? n : a->config->metrics_sites;
}

static void
start_scrape(struct scrape *s, struct api *a, enum exposition_format format)
{
	*s = (struct scrape){ .api = a, .out = { .out = &a->body, .format = format } };
	store_status(a->store, &s->store);
	s->has_process = process_status(&s->process) == 0;
	s->nsites = sites_with_series(a);
	s->site_labels = xcalloc(s->nsites, sizeof(*s->site_labels));
	for (size_t i = 0; i < s->nsites; i++)
		(void)snprintf(s->site_labels[i], sizeof(*s->site_labels), "site=\"%s\"", site_at(s, i)->config->name);
}

/* The figures have just been read, or could not be. */
static void
metrics_ready(struct api *a, struct conn *c, const void *arg)
{
	const enum exposition_format *format = arg;
	struct scrape s;

	buf_clear(&a->body);
	start_scrape(&s, a, *format);
	for (size_t i = 0; i < NITEMS(families); i++) {
		exposition_family(&s.out, &families[i].metric);
		families[i].write(&s);
	}
	exposition_end(&s.out);
	free(s.site_labels);
	api_reply(a, c,
	    &(struct response){
		.status = 200,
		.type = exposition_type(*format),
		.headers = "Cache-Control: no-store\r\n",
		.body = buf_view(&a->body),
	    });
}

void
api_metrics(struct api *a, struct conn *c, const struct request *r)
{
	static const enum exposition_format formats[] = { FORMAT_PROMETHEUS, FORMAT_OPENMETRICS };

	gather_figures(
	    a, c, sites_with_series(a), metrics_ready, &formats[exposition_choose(r->header[HEADER_ACCEPT])]);
}
