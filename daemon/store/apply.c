/* apply.c - keys, arguments and answers in the order that apply.lua and forecast.lua have. */
#include "store/apply.h"

#include <hiredis/hiredis.h>
#include <stdlib.h>

#include "base/mem.h"
#include "store/keys.h"
#include "store/mirror.h"
#include "store/resp.h"
#include "store/stream.h"

enum { NKEYS = 9, NFORECAST_KEYS = 6 };
enum { NARGS = 3, NFORECAST_ARGS = 9 }; /* and two a page that is viewed */
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
	ANSWERS
};
enum { AT_FORECAST_VISITS = 1, AT_FORECAST_ONLINE, FORECAST_ANSWERS };
enum { OUTCOME_MISJUDGED = -2, OUTCOME_GAP, OUTCOME_APPLIED = 1, OUTCOME_FORECAST };

/* The command, up to its keys. */
static void
begin(struct buf *out, struct str sha, int64_t nkeys, size_t nargs)
{
	resp_array(out, 3 + (size_t)nkeys + nargs);
	resp_bulk(out, STR("EVALSHA"));
	resp_bulk(out, sha);
	resp_int(out, nkeys);
}

static void
add_batch(struct buf *out, const struct batch *b)
{
	resp_int(out, (int64_t)b->sequence);
	resp_bulk(out, buf_view(&b->payload));
	resp_bulk(out, str_of(b->stream->writer));
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
	add_batch(out, b);
}

void
apply_forecast_command(struct buf *out, struct str sha, const struct batch *b, const struct forecast *f)
{
	struct str site = b->stream->site;
	const struct sums *hits = &f->applied.sums[FIGURE_HITS], *visits = &f->applied.sums[FIGURE_VISITS];
	size_t npages = batch_pages(b);

	begin(out, sha, NFORECAST_KEYS, NARGS + NFORECAST_ARGS + 2 * f->pages_viewed);
	key_marker(out, site, b->stream->writer);
	key_counts(out, site);
	key_pages(out, site);
	key_online(out, site);
	key_ids(out, site, b->ids_window);
	key_tallies(out, site, b->day);
	add_batch(out, b);
	resp_int(out, (int64_t)b->sequence - 1);
	resp_int(out, hits->total - f->applied.counted);
	resp_int(out, hits->total);
	resp_int(out, hits->today);
	resp_int(out, visits->total);
	resp_int(out, visits->today);
	resp_int(out, f->pages);
	resp_int(out, f->ids);
	resp_int(out, f->renews_presence);
	for (size_t i = 0; i < npages; i++) {
		if (batch_page_hits(b, i) == 0)
			continue;
		resp_bulk(out, batch_page_name(b, i));
		resp_int(out, f->applied.views[i]);
	}
}

bool
apply_was_forecast(const struct redisReply *reply, struct forecast *f)
{
	if (reply->type != REDIS_REPLY_ARRAY || reply->elements != FORECAST_ANSWERS ||
	    reply->element[AT_OUTCOME]->integer != OUTCOME_FORECAST)
		return false;
	f->applied.visits = reply->element[AT_FORECAST_VISITS]->integer;
	f->applied.online = reply->element[AT_FORECAST_ONLINE]->integer;
	f->applied.sums[FIGURE_VISITS].today += f->applied.visits;
	f->applied.sums[FIGURE_VISITS].total += f->applied.visits;
	return true;
}

bool
apply_was_misjudged(const struct redisReply *reply)
{
	return reply->type == REDIS_REPLY_ARRAY && reply->elements == 1 &&
	       reply->element[AT_OUTCOME]->integer == OUTCOME_MISJUDGED;
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
			reply->element[AT_IDS_AFTER]->integer } },
	};
	if (a.views == NULL)
		return -1;
	*ret_applied = a;
	return 0;
}
