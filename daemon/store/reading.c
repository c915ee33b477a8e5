/* reading.c - see read.lua for the order of keys, arguments and answers. */
#include "store/reading.h"

#include <hiredis/hiredis.h>

#include "base/assets.h"
#include "count/calendar.h"
#include "store/keys.h"
#include "store/resp.h"

#define HITS_MAX 999999999999999 /* as apply.lua has it */
#define DAY_NUMBER_MAX 99991231

enum { NKEYS = 3, NARGS = 5 };
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
	AT_VIEWS
};

void
reading_command(struct buf *out, const struct reading_query *q, struct str sha)
{
	resp_array(out, 3 + NKEYS + NARGS + q->npages);
	resp_bulk(out, sha.p != NULL ? STR("EVALSHA_RO") : STR("EVAL_RO"));
	resp_bulk(out, sha.p != NULL ? sha : ASSET(read));
	resp_int(out, NKEYS);
	key_counts(out, q->site);
	key_online(out, q->site);
	key_pages(out, q->site);
	resp_int(out, q->known_generation);
	resp_int(out, q->now_ms - q->online_window_ms);
	resp_int(out, day_number(q->today));
	resp_int(out, q->figure == FIGURE_HITS ? 1 : 2);
	resp_int(out, (int64_t)q->pages_max);
	for (size_t i = 0; i < q->npages; i++)
		resp_bulk(out, q->pages[i].page);
}

/* { "20261123", "270", … } */
static int
add_days(struct past *past, const redisReply *days, enum config_week_start week_start)
{
	if (days->type != REDIS_REPLY_ARRAY || days->elements % 2 != 0)
		return -1;
	for (size_t i = 0; i < days->elements; i += 2) {
		const redisReply *name = days->element[i], *value = days->element[i + 1];
		uint64_t day, hits;

		if (name->type != REDIS_REPLY_STRING || value->type != REDIS_REPLY_STRING ||
		    str_to_uint((struct str){ name->str, name->len }, 0, DAY_NUMBER_MAX, &day) != 0 ||
		    str_to_uint((struct str){ value->str, value->len }, 0, HITS_MAX, &hits) != 0)
			return -1;
		past_add(past, day_of_number((uint32_t)day), (int64_t)hits, week_start);
	}
	return 0;
}

int
reading_parse(
    const struct redisReply *reply, const struct reading_query *q, struct reading *ret_reading, int64_t *ret_views)
{
	struct reading r;

	if (reply->type != REDIS_REPLY_ARRAY || reply->elements != AT_VIEWS + q->npages)
		return -1;
	for (size_t i = 0; i < reply->elements; i++) {
		if (i != AT_DAYS && reply->element[i]->type != REDIS_REPLY_INTEGER)
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
	if (add_days(&r.past, reply->element[AT_DAYS], q->week_start) != 0)
		return -1;
	for (size_t i = 0; i < q->npages; i++)
		ret_views[i] = reply->element[AT_VIEWS + i]->integer;
	*ret_reading = r;
	return 0;
}
