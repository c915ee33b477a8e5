/* apply.c - keys, arguments and answers in the order that apply.lua and forecast.lua have. */
#include "store/apply.h"

#include <hiredis/hiredis.h>
#include <stdlib.h>

#include "base/mem.h"
#include "store/keys.h"
#include "store/mirror.h"
#include "store/payload.h"
#include "store/resp.h"
#include "store/stream.h"

enum { NKEYS = 9, NFORECAST_KEYS = 6 };
enum { NARGS = 3, NFORECAST_ARGS = 8 }; /* and two of hits, of visits, and a page that is viewed */
enum {
	AT_OUTCOME,
	AT_LAST,
	AT_GENERATION,
	AT_NEWEST,
	AT_TODAY,
	AT_TOTAL,
	AT_TODAY_VISITS,
	AT_TOTAL_VISITS,
	AT_OPENING,
	AT_ONLINE,
	AT_COUNTED,
	AT_VISITS,
	AT_REPEATED,
	AT_VIEWS,
	AT_ALONE,
	AT_PAGES,
	AT_IDS,
	AT_IDS_BEFORE,
	AT_IDS_AFTER,
	AT_PRESENT,
	ANSWERS
};
/* What forecast.lua is to do beside counting. */
enum { OPENS_VISITS = 1, TENDS_PRESENCE = 2 };
enum { OUTCOME_MISJUDGED = -2, OUTCOME_GAP, OUTCOME_APPLIED = 1, OUTCOME_FORECAST, OUTCOME_WITH_COMERS };

/* Added with a batch they cost Redis 12,000 instructions, and 2,000 each as in a fold, which they would make longer. */
enum { COMERS_MANY = 32 };

/* The command, up to its keys. */
static void
begin(struct buf *out, struct str sha, int64_t nkeys, size_t nargs)
{
	resp_array(out, 3 + (size_t)nkeys + nargs);
	resp_bulk(out, STR("EVALSHA"));
	resp_bulk(out, sha);
	resp_int(out, nkeys);
}

void
apply_command(struct buf *out, struct str sha, const struct batch *b)
{
	struct str site = b->stream->site;

	begin(out, sha, NKEYS, NARGS);
	key_marker(out, site, b->stream->writer);
	key_counts(out, site);
	key_pages(out, site);
	key_online(out, site);
	key_ids(out, site, b->ids_window);
	key_ids(out, site, b->ids_window - 1);
	key_ids(out, site, b->ids_window + 1);
	key_tallies(out, site, b->day);
	key_repeats(out, site);
	resp_int(out, (int64_t)b->sequence);
	resp_bulk(out, buf_view(&b->payload));
	resp_bulk(out, str_of(b->stream->writer));
}

static void
add_number(struct buf *out, int64_t n)
{
	buf_putc(out, ' ');
	buf_int(out, n);
}

/* What is seldom looked at is one argument, as each costs Redis more than its bytes do. */
static void
add_rest(struct buf *out, const struct payload *p, const struct forecast *f)
{
	size_t start = out->n;

	buf_int(out, (f->applied.visits > 0 ? OPENS_VISITS : 0) + (f->tends_presence ? TENDS_PRESENCE : 0));
	add_number(out, p->moments.ids_ttl);
	add_number(out, p->moments.presence_ttl);
	add_number(out, p->tallies.kept_ms);
	add_number(out, (int64_t)p->tallies.ncomers);
	if (f->tends_presence) /* else it is a text that Lua has met before */
		add_number(out, p->moments.forgotten);
	resp_frame(out, start);
}

/* Their total and today's, as they will be. */
static void
add_sums(struct buf *out, const struct sums *sums)
{
	resp_int(out, sums->total);
	resp_int(out, sums->today);
}

/* What the payload has from one place up to another. */
static void
add_part(struct buf *out, const struct batch *b, size_t from, size_t to)
{
	resp_bulk(out, (struct str){ b->payload.p + from, to - from });
}

static void
add_views(struct buf *out, const struct batch *b, const int64_t *views)
{
	size_t npages = batch_pages(b);

	for (size_t i = 0; i < npages; i++) {
		if (batch_page_hits(b, i) == 0)
			continue;
		resp_bulk(out, batch_page_name(b, i));
		resp_int(out, views[i]);
	}
}

void
apply_forecast_command(struct buf *out, struct str sha, const struct batch *b, const struct forecast *f)
{
	const struct payload *p = batch_payload(b);
	const struct applied *a = &f->applied;
	struct str site = b->stream->site;
	/* Not ncomers: who comes again while he is present is added by a fold once more at most. */
	bool many_come = a->visits >= COMERS_MANY, counts = a->counted > 0, opens_visits = a->visits > 0;

	begin(out, sha, NFORECAST_KEYS + many_come, NFORECAST_ARGS + 2 * (counts + opens_visits + f->pages_viewed));
	key_marker(out, site, b->stream->writer);
	key_counts(out, site);
	key_pages(out, site);
	key_online(out, site);
	key_ids(out, site, b->ids_window);
	key_tallies(out, site, b->day);
	if (many_come)
		key_visitors(out, site, b->day);
	resp_int(out, (int64_t)b->sequence);
	resp_int(out, a->sums[FIGURE_HITS].total - a->counted);
	resp_int(out, f->pages);
	resp_int(out, f->ids);
	add_part(out, b, p->ids_at, p->presence_at);
	add_part(out, b, p->presence_at, p->moved_at);
	add_part(out, b, p->tally_at, b->payload.n);
	add_rest(out, p, f);
	if (counts)
		add_sums(out, &a->sums[FIGURE_HITS]);
	if (opens_visits)
		add_sums(out, &a->sums[FIGURE_VISITS]);
	add_views(out, b, a->views);
}

static bool
is_only(const struct redisReply *reply, int outcome)
{
	return reply->type == REDIS_REPLY_INTEGER && reply->integer == outcome;
}

bool
apply_was_forecast(const struct redisReply *reply, bool *ret_has_comers)
{
	*ret_has_comers = is_only(reply, OUTCOME_WITH_COMERS);
	return *ret_has_comers || is_only(reply, OUTCOME_FORECAST);
}

bool
apply_was_misjudged(const struct redisReply *reply)
{
	return is_only(reply, OUTCOME_MISJUDGED);
}

bool
apply_found_gap(const struct redisReply *reply, uint64_t *ret_last)
{
	if (reply->type != REDIS_REPLY_ARRAY || reply->elements != 2 ||
	    reply->element[AT_OUTCOME]->integer != OUTCOME_GAP)
		return false;
	*ret_last = (uint64_t)reply->element[AT_LAST]->integer;
	return true;
}

/* The first of the numbers with a space between, and off the front. */
static int
take_views(struct str *text, int64_t *ret_views)
{
	struct str digits = { text->p, 0 };
	uint64_t views = 0;
	bool is_other;

	while (digits.n < text->n && digits.p[digits.n] != ' ')
		digits.n++;
	is_other = str_eq(digits, STR("-1"));
	if (!is_other && str_to_uint(digits, 0, INT64_MAX, &views) != 0)
		return -1;
	*ret_views = is_other ? -1 : (int64_t)views;
	*text = (struct str){ text->p + digits.n, text->n - digits.n };
	if (text->n > 0)
		*text = (struct str){ text->p + 1, text->n - 1 };
	return 0;
}

/* The pages of a batch that comes from the spool are not known, nor asked for. */
static int64_t *
parse_views(struct str text, const struct batch *b)
{
	size_t npages = batch_pages(b);
	int64_t *views = xcalloc(npages, sizeof(*views));

	for (size_t i = 0; i < npages; i++) {
		if (take_views(&text, &views[i]) == 0)
			continue;
		free(views);
		return NULL;
	}
	return views;
}

int
apply_parse(const struct redisReply *reply, const struct batch *b, struct applied *ret_applied)
{
	struct applied a;

	if (reply->type != REDIS_REPLY_ARRAY || reply->elements != ANSWERS)
		return -1;
	for (size_t i = 0; i < ANSWERS; i++) {
		if (reply->element[i]->type != (i == AT_VIEWS ? REDIS_REPLY_STRING : REDIS_REPLY_INTEGER))
			return -1;
	}
	a = (struct applied){
		.now = reply->element[AT_OUTCOME]->integer == OUTCOME_APPLIED,
		.generation = reply->element[AT_GENERATION]->integer,
		.newest = reply->element[AT_NEWEST]->integer,
		.sums = { [FIGURE_HITS] = { reply->element[AT_TODAY]->integer, reply->element[AT_TOTAL]->integer },
		    [FIGURE_VISITS] = { reply->element[AT_TODAY_VISITS]->integer,
			reply->element[AT_TOTAL_VISITS]->integer } },
		.opening = reply->element[AT_OPENING]->integer,
		.online = reply->element[AT_ONLINE]->integer,
		.counted = reply->element[AT_COUNTED]->integer,
		.visits = reply->element[AT_VISITS]->integer,
		.repeated = reply->element[AT_REPEATED]->integer,
		.views = parse_views((struct str){ reply->element[AT_VIEWS]->str, reply->element[AT_VIEWS]->len }, b),
		.held = { reply->element[AT_ALONE]->integer != 0, reply->element[AT_PAGES]->integer,
		    { reply->element[AT_IDS_BEFORE]->integer, reply->element[AT_IDS]->integer,
			reply->element[AT_IDS_AFTER]->integer },
		    reply->element[AT_PRESENT]->integer },
	};
	if (a.views == NULL)
		return -1;
	*ret_applied = a;
	return 0;
}
