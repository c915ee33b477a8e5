/* ranking.c - days are asked for some at a time, so that a year's answers are
 * not all in memory at once. */
#include "cli/ranking.h"

#include <hiredis/hiredis.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "cli/cli.h"
#include "cli/fold.h"
#include "count/calendar.h"
#include "count/site.h"
#include "store/keys.h"
#include "store/resp.h"

enum { CHUNK = 16 };

void
ranking_fini(struct ranking *r)
{
	names_fini(&r->names);
	free(r->items);
	*r = (struct ranking){ 0 };
}

static void
add(struct ranking *r, struct str name, int64_t n)
{
	uint32_t i = names_add(&r->names, name);

	r->names.items[i].count += n;
	r->sum += n;
}

/* name, hits, name, hits …; of details those with the letter. */
static int
add_day(struct ranking *r, const redisReply *reply, char letter)
{
	bool of_details = letter != 'p' && letter != 'r';

	if (reply->type != REDIS_REPLY_ARRAY || reply->elements % 2 != 0)
		return -1;
	for (size_t i = 0; i < reply->elements; i += 2) {
		const redisReply *member = reply->element[i], *hits = reply->element[i + 1];
		struct str name = { member->str, member->len };
		uint64_t n;

		if (member->type != REDIS_REPLY_STRING || hits->type != REDIS_REPLY_STRING ||
		    str_to_uint((struct str){ hits->str, hits->len }, 0, INT64_MAX, &n) != 0)
			return -1;
		if (!of_details)
			add(r, name, (int64_t)n);
		else if (name.n > 2 && name.p[0] == letter && name.p[1] == ':')
			add(r, (struct str){ name.p + 2, name.n - 2 }, (int64_t)n);
	}
	return 0;
}

static void
write_question(struct buf *out, const struct ranking_of *of, int32_t day)
{
	struct str site = of->site->name;

	resp_array(out, 2);
	resp_bulk(out, STR("HGETALL"));
	if (of->letter == 'p' && of->period == PERIOD_ALL)
		key_pages(out, site);
	else if (of->letter == 'p')
		key_day_pages(out, site, day);
	else if (of->letter == 'r')
		key_referrers(out, site, day);
	else
		key_details(out, site, day);
}

static int
read_days(struct ranking *r, struct cli *cli, const struct ranking_of *of, int32_t from, int32_t to)
{
	struct buf commands = { 0 };
	int failed;

	for (int32_t day = from; day <= to; day++)
		write_question(&commands, of, day);
	failed = cli_ask(cli, buf_view(&commands));
	buf_fini(&commands);
	for (int32_t day = from; day <= to && failed == 0; day++) {
		redisReply *reply = cli_hear(cli);

		if (reply == NULL) {
			failed = -1;
		} else if (add_day(r, reply, of->letter) != 0) {
			cli_say(cli, T_SITE_UNREAD, of->site->config->name,
			    reply->type == REDIS_REPLY_ERROR ? reply->str : text_of(cli->language, T_DAMAGED), NULL);
			failed = -1;
		}
		freeReplyObject(reply);
	}
	return failed;
}

/* The first day of the period that still has details. */
static void
choose_days(struct ranking *r, const struct cli *cli, const struct ranking_of *of)
{
	int32_t today = site_day(of->site, clock_wall_ms());
	int32_t oldest = today - (int32_t)cli->config->details_kept + 1;
	const int32_t from[PERIODS] = {
		[PERIOD_TODAY] = today,
		[PERIOD_YESTERDAY] = today - 1,
		[PERIOD_WEEK] = calendar_week_start(today, of->site->config->week_start),
		[PERIOD_MONTH] = calendar_month_start(today),
		[PERIOD_YEAR] = calendar_year_start(today),
		[PERIOD_ALL] = INT32_MIN,
	};

	r->to = of->period == PERIOD_YESTERDAY ? today - 1 : today;
	r->is_cut = from[of->period] < oldest;
	r->from = r->is_cut ? oldest : from[of->period];
	if (of->letter == 'p' && of->period == PERIOD_ALL) { /* kept for good, in one set */
		r->is_cut = false;
		r->from = r->to;
	}
}

static int
compare(const void *a, const void *b)
{
	const struct ranked *left = a, *right = b;
	size_t n = left->name.n < right->name.n ? left->name.n : right->name.n;
	int order = memcmp(left->name.p, right->name.p, n);

	if (left->n != right->n)
		return left->n > right->n ? -1 : 1;
	return order != 0 ? order : (left->name.n > right->name.n) - (left->name.n < right->name.n);
}

int
ranking_read(struct ranking *r, struct cli *cli, const struct ranking_of *of)
{
	choose_days(r, cli, of);
	if (!(of->letter == 'p' && of->period == PERIOD_ALL) && cli_fold(cli, of->site->name, r->from, r->to) != 0)
		return -1;
	for (int32_t day = r->from; day <= r->to; day += CHUNK) {
		if (read_days(r, cli, of, day, day + CHUNK - 1 < r->to ? day + CHUNK - 1 : r->to) != 0)
			return -1;
	}
	r->items = xcalloc(r->names.n, sizeof(*r->items));
	for (size_t i = 0; i < r->names.n; i++)
		r->items[i] = (struct ranked){ names_at(&r->names, i), r->names.items[i].count };
	qsort(r->items, r->names.n, sizeof(*r->items), compare);
	return 0;
}
