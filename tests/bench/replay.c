/* replay.c - recorded requests through everything that a hit costs in the
 * daemon but sockets and Redis: parse, judge, count, pack, tell, write.
 *
 *	replay INI GEO_DB REQUESTS HITS
 *
 * REQUESTS holds requests one behind the other, which are taken in turn.  Each
 * BATCH hits are packed as for Redis, and answered.  What the api calls in
 * http/conn and store/store stands here instead, so that neither is linked. */
#include <err.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>

#include "api/api.h"
#include "base/clock.h"
#include "base/config.h"
#include "count/geo.h"
#include "count/geo_file.h"
#include "count/site.h"
#include "http/conn.h"
#include "http/request.h"
#include "http/response.h"
#include "http/server.h"
#include "store/gathering.h"
#include "store/store.h"
#include "store/stream.h"

enum { BATCH = 48 };

/* Noon in Vietnam: what a hit costs more just after midnight is left out. */
static const int64_t now_ms = 1795669200000;

struct conn {
	struct conn_memo memo;
	struct sockaddr_in peer;
	struct buf out;
	size_t answered;
};

struct store {
	struct stream stream;
	struct gatherings *gatherings;
	struct batch *open;
	size_t gathered;
	uint64_t sequence;
};

static struct geo *countries;

/* ---- what http/conn does ------------------------------------------------ */

struct conn_memo *
conn_memo(struct conn *c)
{
	return &c->memo;
}

const struct sockaddr *
conn_peer(const struct conn *c)
{
	return (const struct sockaddr *)&c->peer;
}

void
conn_reply(struct conn *c, const struct response *r)
{
	buf_clear(&c->out);
	response_encode(&c->out, r, (struct response_framing){ 0 });
	if (r->status != 200)
		errx(1, "a request was answered %d", r->status);
	c->answered++;
}

struct server_stats
server_stats(const struct server *s)
{
	(void)s;
	return (struct server_stats){ 0 };
}

/* ---- what count/geo_file does ------------------------------------------- */

const struct geo *
geo_file_geo(const struct geo_file *f)
{
	(void)f;
	return countries;
}

/* ---- what store/store does ---------------------------------------------- */

static void
apply(struct store *s)
{
	struct payload_head head = {
		.now_ms = s->open->accepted_ms,
		.online_window_ms = 300000,
		.dedupe_window_ms = 900000,
		.kept_ms = 34560000000,
		.pages_max = 50000,
		.hosts_max = 1000,
	};
	struct figures figures = { 1234, 56789 + (int64_t)s->sequence, 45678, 234567, 1234567, 12345678, 23456789 };
	struct applied applied = { .views = calloc(batch_pages(s->open), sizeof(int64_t)) };

	batch_seal(s->open, ++s->sequence, &head);
	for (size_t i = 0; i < batch_pages(s->open); i++)
		applied.views[i] = 270;
	batch_set_applied(s->open, &applied);
	batch_answer(s->open, STORE_DONE, &figures);
	batch_free(s->open);
	s->open = NULL;
	s->gathered = 0;
}

int
store_hit(struct store *s, const struct tally *t, store_cb *cb, void *arg)
{
	struct waiter w = { cb, arg, -1, 0 };

	if (t->refusal != REFUSAL_NONE)
		errx(1, "a hit is refused: %s", refusal_text(t->refusal)->name);
	if (s->open == NULL)
		s->open = batch_new(s->gatherings, &s->stream, t->day, 1);
	w.page = batch_add(s->open, t);
	batch_wait(s->open, &w);
	if (++s->gathered == BATCH)
		apply(s);
	return 0;
}

const uint8_t *
store_day_key(struct store *s, int32_t day)
{
	static const uint8_t key[16] = "one day's secret";

	(void)s;
	(void)day;
	return key;
}

void
store_read(struct store *s, struct site *site, const struct page_views *pages, size_t n, store_cb *cb, void *arg)
{
	(void)s;
	(void)site;
	(void)pages;
	(void)n;
	cb(arg, STORE_FAILED, NULL);
}

void
store_status(const struct store *s, struct store_status *ret_status)
{
	(void)s;
	*ret_status = (struct store_status){ 0 };
}

struct store_counts
store_site_counts(const struct store *s, const struct site *site)
{
	(void)s;
	(void)site;
	return (struct store_counts){ .figures = figures_unknown };
}

/* ---- the replay --------------------------------------------------------- */

static void
read_all(const char *path, struct buf *out)
{
	FILE *f = fopen(path, "r");
	size_t n;

	if (f == NULL)
		err(1, "%s", path);
	while ((n = fread(buf_reserve(out, 65536), 1, 65536, f)) > 0)
		out->n += n;
	(void)fclose(f);
}

static void
replay(struct api *api, struct str requests, const struct request_rules *rules, long hits)
{
	struct conn c = { .peer = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) } };
	struct str rest = requests;

	for (long i = 0; i < hits; i++) {
		struct request r;
		int status;

		if (rest.n == 0)
			rest = requests;
		if (request_parse(rest, rules, &r, &status) != REQUEST_DONE)
			errx(1, "hit %ld is no request", i);
		c.memo = (struct conn_memo){ 0 };
		api_public(api, &c, &r);
		rest = (struct str){ rest.p + r.length, rest.n - r.length };
	}
	if (c.answered != (size_t)hits)
		errx(1, "%zu of %ld hits were answered", c.answered, hits);
	buf_fini(&c.out);
}

int
main(int argc, char **argv)
{
	struct config_error error = { { 0 }, 0 };
	struct buf requests = { 0 }, why = { 0 };
	struct store store = { 0 };
	struct config *config;
	struct sites *sites;
	struct api *api;

	if (argc != 5)
		errx(2, "usage: replay INI GEO_DB REQUESTS HITS");
	clock_freeze(now_ms);
	config = config_load(argv[1], &(struct config_overrides){ 0 }, &error);
	countries = geo_load(argv[2], &why);
	if (config == NULL || countries == NULL)
		errx(1, "%s", config == NULL ? error.text.p : why.p);
	read_all(argv[3], &requests);
	sites = sites_new(config, NULL);
	store.gatherings = gatherings_new();
	stream_init(&store.stream, sites_at(sites, 0)->name, "");
	api = api_new(config, sites, &store);
	replay(api, buf_view(&requests),
	    &(struct request_rules){ config->url_max, config->header_max, config->body_max, STR("X-Forwarded-For") },
	    strtol(argv[4], NULL, 10) / BATCH * BATCH);
	api_free(api);
	gatherings_free(store.gatherings);
	sites_free(sites);
	geo_free(countries);
	config_free(config);
	buf_fini(&requests);
	return 0;
}
