/* apply.c - keys, arguments and answers in the order that apply.lua has. */
#include "store/apply.h"

#include <hiredis/hiredis.h>

#include "base/mem.h"
#include "count/calendar.h"
#include "store/keys.h"
#include "store/resp.h"
#include "store/stream.h"

enum { NKEYS = 15 };
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
	AT_VIEWS
};
enum { OUTCOME_GAP = -1 };

void
apply_command(struct buf *out, struct str sha, const struct batch *b)
{
	struct str site = b->stream->site;

	resp_array(out, 3 + NKEYS + 2);
	resp_bulk(out, STR("EVALSHA"));
	resp_bulk(out, sha);
	resp_int(out, NKEYS);
	key_marker(out, site, b->stream->writer);
	key_totals(out, site);
	key_days(out, site, date_of_day(b->day).year);
	key_pages(out, site);
	key_online(out, site);
	key_ids(out, site, b->ids_window);
	key_ids(out, site, b->ids_window - 1);
	key_ids(out, site, b->ids_window + 1);
	key_visits(out, site, date_of_day(b->day).year);
	key_visitors(out, site, b->day);
	key_tallies(out, site, b->day);
	key_details(out, site, b->day);
	key_referrers(out, site, b->day);
	key_day_pages(out, site, b->day);
	key_repeats(out, site);
	resp_int(out, (int64_t)b->sequence);
	resp_bulk(out, buf_view(&b->payload));
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

int
apply_parse(const struct redisReply *reply, const struct batch *b, struct applied *ret_applied)
{
	size_t npages = batch_pages(b);

	/* The pages of one that comes from the spool are not known, nor asked for. */
	if (reply->type != REDIS_REPLY_ARRAY || reply->elements < AT_VIEWS ||
	    (b->gathering != NULL && reply->elements != AT_VIEWS + npages))
		return -1;
	for (size_t i = 0; i < reply->elements; i++) {
		if (reply->element[i]->type != REDIS_REPLY_INTEGER)
			return -1;
	}
	*ret_applied = (struct applied){
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
		.views = xcalloc(npages, sizeof(int64_t)),
	};
	for (size_t i = 0; i < npages; i++)
		ret_applied->views[i] = reply->element[AT_VIEWS + i]->integer;
	return 0;
}
