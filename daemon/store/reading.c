/* reading.c - see read.lua for the order of keys, arguments and answers. */
#include "store/reading.h"

#include <hiredis/hiredis.h>

#include "base/assets.h"
#include "count/calendar.h"
#include "store/keys.h"
#include "store/resp.h"

#define HITS_MAX 999999999999999 /* as apply.lua has it */

enum { NKEYS = 7, NARGS = 5, DAY_OF_YEAR_DIGITS = 10000 };
enum {
	AT_GENERATION,
	AT_NEWEST,
	AT_TODAY,
	AT_TOTAL,
	AT_TODAY_VISITS,
	AT_TOTAL_VISITS,
	AT_OPENING,
	AT_ONLINE,
	AT_DAYS,
	AT_DAYS_BEFORE,
	AT_VIEWS
};

static void
add_keys(struct buf *out, const struct reading_query *q)
{
	static void (*const keys[])(struct buf *, struct str) = { key_totals, key_online, key_pages };
	int32_t year = date_of_day(q->today).year;

	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		keys[i](out, q->site);
	}
	key_days(out, q->site, year);
	key_days(out, q->site, year - 1);
	key_visits(out, q->site, year);
	key_visits(out, q->site, year - 1);
}

void
reading_command(struct buf *out, const struct reading_query *q, struct str sha)
{
	char field[8];

	resp_array(out, 3 + NKEYS + NARGS + q->npages);
	resp_bulk(out, sha.p != NULL ? STR("EVALSHA_RO") : STR("EVAL_RO"));
	resp_bulk(out, sha.p != NULL ? sha : ASSET(read));
	resp_int(out, NKEYS);
	add_keys(out, q);
	resp_int(out, q->known_generation);
	resp_int(out, q->now_ms - q->online_window_ms);
	(void)snprintf(field, sizeof(field), "%04u", day_number(q->today) % DAY_OF_YEAR_DIGITS);
	resp_bulk(out, str_of(field));
	resp_int(out, q->figure == FIGURE_HITS ? 1 : 2);
	resp_int(out, (int64_t)q->pages_max);
	for (size_t i = 0; i < q->npages; i++)
		resp_bulk(out, q->pages[i].page);
}

/* Add a hash of one year, { "1123", "270", … }. */
static int
add_days(struct past *past, const redisReply *days, int32_t year, enum config_week_start week_start)
{
	if (days->type != REDIS_REPLY_ARRAY || days->elements % 2 != 0)
		return -1;
	for (size_t i = 0; i < days->elements; i += 2) {
		const redisReply *field = days->element[i], *value = days->element[i + 1];
		uint64_t mmdd, hits;

		if (field->type != REDIS_REPLY_STRING || value->type != REDIS_REPLY_STRING ||
		    str_to_uint((struct str){ field->str, field->len }, 101, 1231, &mmdd) != 0 ||
		    str_to_uint((struct str){ value->str, value->len }, 0, HITS_MAX, &hits) != 0)
			return -1;
		past_add(past, day_of_number((uint32_t)(year * DAY_OF_YEAR_DIGITS) + (uint32_t)mmdd), (int64_t)hits,
		    week_start);
	}
	return 0;
}

int
reading_parse(
    const struct redisReply *reply, const struct reading_query *q, struct reading *ret_reading, int64_t *ret_views)
{
	int32_t year = date_of_day(q->today).year;
	struct reading r;

	if (reply->type != REDIS_REPLY_ARRAY || reply->elements != AT_VIEWS + q->npages)
		return -1;
	for (size_t i = 0; i < reply->elements; i++) {
		if (i != AT_DAYS && i != AT_DAYS_BEFORE && reply->element[i]->type != REDIS_REPLY_INTEGER)
			return -1;
	}
	r = (struct reading){
		.generation = reply->element[AT_GENERATION]->integer,
		.newest = reply->element[AT_NEWEST]->integer,
		.sums = { [FIGURE_HITS] = { reply->element[AT_TODAY]->integer, reply->element[AT_TOTAL]->integer },
		    [FIGURE_VISITS] = { reply->element[AT_TODAY_VISITS]->integer,
			reply->element[AT_TOTAL_VISITS]->integer } },
		.opening = reply->element[AT_OPENING]->integer,
		.online = reply->element[AT_ONLINE]->integer,
	};
	r.has_past = r.generation != q->known_generation;
	past_start(&r.past, q->today, r.generation);
	if (add_days(&r.past, reply->element[AT_DAYS], year, q->week_start) != 0 ||
	    add_days(&r.past, reply->element[AT_DAYS_BEFORE], year - 1, q->week_start) != 0)
		return -1;
	for (size_t i = 0; i < q->npages; i++)
		ret_views[i] = reply->element[AT_VIEWS + i]->integer;
	*ret_reading = r;
	return 0;
}
