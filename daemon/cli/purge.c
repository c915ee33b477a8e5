/* purge.c - thongke purge: a page or a site begins anew.  Which keys there are
 * is found by a SCAN, what is done to them is one script. */
#include <hiredis/hiredis.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/assets.h"
#include "base/clock.h"
#include "base/mem.h"
#include "cli/cli.h"
#include "cli/fold.h"
#include "count/calendar.h"
#include "count/page.h"
#include "count/site.h"
#include "store/keys.h"
#include "store/resp.h"

enum { SCAN_COUNT = 1000 };

struct purge {
	struct cli *cli;
	const struct site *site;
	bool of_page;
	struct buf page; /* its name */
	struct buf keys; /* as items of a command; the one that comes first is not among them */
	size_t nkeys;
};

/* ---- which keys there are ------------------------------------------------ */

static void
take_keys(struct purge *p, const redisReply *keys)
{
	for (size_t i = 0; i < keys->elements; i++) {
		struct str key = { keys->element[i]->str, keys->element[i]->len };
		enum key_kind kind = keys_kind(key, p->site->name);

		if (keys->element[i]->type != REDIS_REPLY_STRING ||
		    (p->of_page ? kind != KEY_DAY_PAGES : kind == KEY_COUNTS || kind == KEY_MARKER || kind == KEY_NONE))
			continue;
		resp_bulk(&p->keys, key); /* one that SCAN gives twice does no harm */
		p->nkeys++;
	}
}

static redisReply *
ask_scan(struct purge *p, struct str cursor)
{
	struct buf command = { 0 };
	int failed;

	resp_array(&command, 6);
	resp_bulk(&command, STR("SCAN"));
	resp_bulk(&command, cursor);
	resp_bulk(&command, STR("MATCH"));
	keys_site_pattern(&command, p->site->name);
	resp_bulk(&command, STR("COUNT"));
	resp_int(&command, SCAN_COUNT);
	failed = cli_ask(p->cli, buf_view(&command));
	buf_fini(&command);
	return failed == 0 ? cli_hear(p->cli) : NULL;
}

static int
say_refused(const struct purge *p, const redisReply *reply)
{
	if (reply != NULL)
		cli_say(p->cli, T_SITE_UNREAD, p->site->config->name,
		    reply->type == REDIS_REPLY_ERROR ? reply->str : text_of(p->cli->language, T_DAMAGED), NULL);
	return -1;
}

static int
find_keys(struct purge *p)
{
	struct buf cursor = { 0 };
	int failed = 0;

	buf_puts(&cursor, "0");
	do {
		redisReply *reply = ask_scan(p, buf_view(&cursor));

		buf_clear(&cursor);
		if (reply != NULL && reply->type == REDIS_REPLY_ARRAY && reply->elements == 2) {
			buf_add(&cursor, reply->element[0]->str, reply->element[0]->len);
			take_keys(p, reply->element[1]);
		} else {
			failed = say_refused(p, reply);
		}
		freeReplyObject(reply);
	} while (failed == 0 && !str_eq(buf_view(&cursor), STR("0")));
	buf_fini(&cursor);
	return failed;
}

static void
add_key(struct purge *p, void (*key)(struct buf *out, struct str site, int32_t when), int32_t when)
{
	key(&p->keys, p->site->name, when);
	p->nkeys++;
}

/* So that a page's views of just now go with those before: their keys are found then, and once more what came since. */
static int
fold_days(const struct purge *p)
{
	int32_t today = calendar_day(p->site->zone, clock_wall_ms());

	return p->of_page ? cli_fold(p->cli, p->site->name, today - (int32_t)p->cli->config->details_kept, today + 1)
			  : 0;
}

static void
add_keys_of_the_site(struct purge *p)
{
	void (*const keys[])(struct buf * out, struct str site) = { key_pages, key_online, key_repeats };
	int64_t window = clock_wall_ms() / ((int64_t)p->cli->config->dedupe_window * 1000);

	for (size_t i = 0; i < NITEMS(keys); i++, p->nkeys++)
		keys[i](&p->keys, p->site->name);
	for (int64_t near = window - 1; near <= window + 1; near++, p->nkeys++)
		key_ids(&p->keys, p->site->name, near);
}

/* What is counted meanwhile may begin a key behind the SCAN's back. */
static void
add_coming_keys(struct purge *p)
{
	int32_t tomorrow = calendar_day(p->site->zone, clock_wall_ms()) + 1;

	if (!p->of_page)
		add_keys_of_the_site(p);
	for (int32_t day = tomorrow - 1; day <= tomorrow; day++) {
		add_key(p, key_day_pages, day);
		if (p->of_page)
			continue;
		add_key(p, key_tallies, day);
		add_key(p, key_details, day);
		add_key(p, key_referrers, day);
		add_key(p, key_visitors, day);
	}
}

/* ---- asking, and doing --------------------------------------------------- */

/* Whoever is sure types the name again, or has given --yes. */
static bool
is_wanted(const struct purge *p)
{
	const char *name = p->of_page ? p->page.p : p->site->config->name;
	char line[PAGE_MAX + 2];

	if (p->cli->yes)
		return true;
	if (!isatty(STDIN_FILENO)) {
		cli_say(p->cli, T_PURGE_YES, NULL);
		return false;
	}
	cli_say(p->cli, p->of_page ? T_PURGE_PAGE_ASK : T_PURGE_SITE_ASK, name, NULL);
	if (fgets(line, sizeof(line), stdin) == NULL)
		return false;
	line[strcspn(line, "\n")] = '\0';
	if (strcmp(line, name) == 0)
		return true;
	cli_say(p->cli, T_PURGE_LEFT, NULL);
	return false;
}

static redisReply *
run_script(const struct purge *p)
{
	size_t nkeys = (p->of_page ? 2 : 1) + p->nkeys, narguments = p->of_page ? 2 : 1;
	struct buf command = { 0 };
	int failed;

	resp_array(&command, 3 + nkeys + narguments);
	resp_bulk(&command, STR("EVAL"));
	resp_bulk(&command, ASSET(purge));
	resp_int(&command, (int64_t)nkeys);
	key_counts(&command, p->site->name);
	if (p->of_page)
		key_pages(&command, p->site->name);
	buf_str(&command, buf_view(&p->keys));
	resp_bulk(&command, p->of_page ? STR("page") : STR("site"));
	if (p->of_page)
		resp_bulk(&command, str_of(p->page.p));
	failed = cli_ask(p->cli, buf_view(&command));
	buf_fini(&command);
	return failed == 0 ? cli_hear(p->cli) : NULL;
}

static int
purge(struct purge *p)
{
	redisReply *reply;
	char number[32];
	int status = EXIT_FAILED;

	if (!is_wanted(p) || cli_connect(p->cli) != 0 || fold_days(p) != 0 || find_keys(p) != 0 || fold_days(p) != 0)
		return EXIT_FAILED;
	add_coming_keys(p);
	reply = run_script(p);
	if (reply == NULL || reply->type != REDIS_REPLY_INTEGER) {
		(void)say_refused(p, reply);
	} else {
		(void)snprintf(number, sizeof(number), "%" PRId64, (int64_t)reply->integer);
		cli_say(p->cli, p->of_page ? T_PURGED_PAGE : T_PURGED_SITE,
		    p->of_page ? p->page.p : p->site->config->name, number, NULL);
		status = 0;
	}
	freeReplyObject(reply);
	return status;
}

/* -1 after saying what is wrong. */
static int
choose(struct purge *p)
{
	struct cli *cli = p->cli;
	bool of_page = cli->argc == 4 && strcmp(cli->argv[1], "page") == 0;

	if (!of_page && (cli->argc != 3 || strcmp(cli->argv[1], "site") != 0)) {
		cli_say(cli, T_PURGE_USAGE, NULL);
		return -1;
	}
	if (cli_load(cli) != 0 || (p->site = cli_site(cli, cli->argv[2])) == NULL)
		return -1;
	p->of_page = of_page;
	if (of_page && page_name(str_of(cli->argv[3]), p->site, &p->page) != 0) {
		cli_say(cli, T_PURGE_NO_PAGE, cli->argv[3], NULL);
		return -1;
	}
	buf_putc(&p->page, '\0');
	return 0;
}

int
cli_purge(struct cli *cli)
{
	struct purge p = { .cli = cli };
	int status = choose(&p) == 0 ? purge(&p) : EXIT_USAGE;

	buf_fini(&p.page);
	buf_fini(&p.keys);
	return status;
}
