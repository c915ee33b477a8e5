/* inspection.c - first which years there are, by a SCAN of all keys, then each
 * site by verify.lua. */
#include "cli/inspection.h"

#include <hiredis/hiredis.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "cli/cli.h"
#include "cli/findings.h"
#include "count/calendar.h"
#include "count/site.h"
#include "store/keys.h"
#include "store/resp.h"

enum { LOOKS = 2, SCAN_COUNT = 1000 };

/* The years of one site that may have days. */
struct years {
	int32_t *items; /* owned; each once */
	size_t n, cap;
};

void
inspection_fini(struct inspection *in)
{
	for (size_t i = 0; in->years != NULL && i < sites_slots(in->cli->sites); i++)
		free(in->years[i].items);
	free(in->years);
	for (size_t i = 0; i < in->n; i++)
		buf_fini(&in->sites[i].what);
	free(in->sites);
}

int
inspection_choose(struct inspection *in)
{
	struct cli *cli = in->cli;
	size_t named = (size_t)cli->argc - 1, all = sites_count(cli->sites);

	in->n = named > 0 ? named : all;
	in->sites = xcalloc(in->n, sizeof(*in->sites));
	in->years = xcalloc(sites_slots(cli->sites), sizeof(*in->years));
	for (size_t i = 0; i < in->n; i++) {
		in->sites[i].site = named > 0 ? cli_site(cli, cli->argv[i + 1]) : sites_at(cli->sites, i);
		if (in->sites[i].site == NULL)
			return -1;
	}
	if (all == 0)
		cli_say(cli, T_NO_SITES, cli->file, NULL);
	return 0;
}

/* ---- which years there are ----------------------------------------------- */

static void
add_year(struct years *y, int32_t year)
{
	for (size_t i = 0; i < y->n; i++) {
		if (y->items[i] == year)
			return;
	}
	if (y->n == y->cap) {
		y->cap = y->cap > 0 ? y->cap * 2 : 8;
		y->items = xrealloc(y->items, y->cap * sizeof(*y->items));
	}
	y->items[y->n++] = year;
}

/* Hits may begin a year while Redis is being looked through. */
static void
add_years_around(struct inspection *in)
{
	for (size_t i = 0; i < in->n; i++) {
		struct site *site = in->sites[i].site;
		int32_t year = date_of_day(site_day(site, clock_wall_ms())).year;

		for (int32_t y = year - 1; y <= year + 1; y++)
			add_year(&in->years[site->slot], y);
	}
}

static void
take_keys(struct inspection *in, const redisReply *keys)
{
	for (size_t i = 0; i < keys->elements; i++) {
		const redisReply *key = keys->element[i];
		const struct site *site;
		struct str name;
		int32_t year;

		if (key->type != REDIS_REPLY_STRING ||
		    keys_days_parse((struct str){ key->str, key->len }, &name, &year) != 0)
			continue;
		site = sites_find(in->cli->sites, name);
		if (site != NULL)
			add_year(&in->years[site->slot], year);
	}
}

/* One step of a SCAN; cursor is what the one before has answered. */
static int
scan(struct inspection *in, struct buf *cursor)
{
	struct buf command = { 0 };
	redisReply *reply;
	int failed = -1;

	resp_array(&command, 6);
	resp_bulk(&command, STR("SCAN"));
	resp_bulk(&command, buf_view(cursor));
	resp_bulk(&command, STR("MATCH"));
	keys_days_pattern(&command);
	resp_bulk(&command, STR("COUNT"));
	resp_int(&command, SCAN_COUNT);
	reply = cli_ask(in->cli, buf_view(&command)) == 0 ? cli_hear(in->cli) : NULL;
	buf_fini(&command);
	buf_clear(cursor);
	if (reply != NULL && reply->type == REDIS_REPLY_ARRAY && reply->elements == 2 &&
	    reply->element[0]->type == REDIS_REPLY_STRING && reply->element[1]->type == REDIS_REPLY_ARRAY) {
		buf_add(cursor, reply->element[0]->str, reply->element[0]->len);
		take_keys(in, reply->element[1]);
		failed = 0;
	} else if (reply != NULL) {
		cli_say(in->cli, T_REDIS_LOST, in->cli->config->redis,
		    reply->type == REDIS_REPLY_ERROR ? reply->str : "SCAN", NULL);
	}
	freeReplyObject(reply);
	return failed;
}

static int
find_years(struct inspection *in)
{
	struct buf cursor = { 0 };
	int failed;

	add_years_around(in);
	buf_puts(&cursor, "0");
	do
		failed = scan(in, &cursor);
	while (failed == 0 && !str_eq(buf_view(&cursor), STR("0")));
	buf_fini(&cursor);
	return failed;
}

/* ---- whether figures agree ----------------------------------------------- */

static void
take_audit(struct inspected *site, const redisReply *reply)
{
	buf_clear(&site->what);
	site->read = audit_parse(reply, &site->audit) == 0;
	if (site->read)
		buf_str(&site->what, site->audit.where);
	else if (reply->type == REDIS_REPLY_ERROR)
		buf_add(&site->what, reply->str, reply->len);
	else
		buf_puts(&site->what, "verify.lua");
	buf_putc(&site->what, '\0');
}

/* One at a time, so that Redis does other things between two sites. */
static int
inspect(struct inspection *in, struct inspected *site)
{
	const struct years *years = &in->years[site->site->slot];
	struct buf command = { 0 };
	redisReply *reply;

	audit_command(&command, &(struct audit_query){ site->site->name, years->items, years->n });
	reply = cli_ask(in->cli, buf_view(&command)) == 0 ? cli_hear(in->cli) : NULL;
	buf_fini(&command);
	if (reply == NULL)
		return -1;
	take_audit(site, reply);
	freeReplyObject(reply);
	return 0;
}

static bool
is_well(const struct inspected *site)
{
	return site->read && audit_agrees(&site->audit);
}

/* What does not agree is looked at once more: a year may have come after its
 * part of the keys was looked through. */
int
inspection_run(struct inspection *in)
{
	bool all_well = false;

	for (int look = 0; look < LOOKS && !all_well; look++) {
		if (find_years(in) != 0)
			return -1;
		all_well = true;
		for (size_t i = 0; i < in->n; i++) {
			if (is_well(&in->sites[i]))
				continue;
			if (inspect(in, &in->sites[i]) != 0)
				return -1;
			all_well = all_well && is_well(&in->sites[i]);
		}
	}
	return 0;
}

static void
judge_figure(struct findings *f, const struct inspected *site, enum text message, int64_t all, int64_t sum)
{
	char total[32], other[32];

	if (sum == all)
		return;
	(void)snprintf(total, sizeof(total), "%" PRId64, all);
	(void)snprintf(other, sizeof(other), "%" PRId64, sum);
	findings_add(f, LEVEL_ERROR, site->site->config->name, message, total, other, NULL);
	findings_remedy(f, T_CHANGED_FIX, NULL);
}

static void
judge_site(struct findings *f, const struct inspected *site)
{
	const char *name = site->site->config->name;
	char odd[32];

	if (!site->read) {
		findings_add(f, LEVEL_ERROR, name, T_AS_IS, site->what.p, NULL);
		return;
	}
	judge_figure(f, site, T_DAYS_DIFFER, site->audit.hits, site->audit.days);
	judge_figure(f, site, T_PAGES_DIFFER, site->audit.hits, site->audit.pages);
	judge_figure(f, site, T_VISITS_DIFFER, site->audit.visits, site->audit.visits_of_days);
	if (site->audit.odd > 0) {
		(void)snprintf(odd, sizeof(odd), "%" PRId64, site->audit.odd);
		findings_add(f, LEVEL_ERROR, name, T_ODD_VALUES, odd, site->what.p, NULL);
		findings_remedy(f, T_CHANGED_FIX, NULL);
	}
}

void
inspection_judge(const struct inspection *in, struct findings *f)
{
	for (size_t i = 0; i < in->n; i++)
		judge_site(f, &in->sites[i]);
}
