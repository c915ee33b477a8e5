/* check.c - thongke check: the configuration, the time zones, Redis.  What
 * Redis is asked changes nothing in it. */
#include <errno.h>
#include <hiredis/hiredis.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/zone.h"
#include "cli/cli.h"
#include "cli/findings.h"
#include "cli/health.h"
#include "cli/table.h"
#include "count/calendar.h"
#include "count/site.h"
#include "render/json.h"
#include "store/keys.h"
#include "store/redistime.h"
#include "store/resp.h"

enum { MINUTE_MS = 60 * 1000, HOUR_MINUTES = 60 };

/* ---- zones and configuration --------------------------------------------- */

static void
check_tzdata(struct findings *f)
{
	struct zone *zone = zone_open("Asia/Ho_Chi_Minh");

	if (zone != NULL) {
		findings_add(f, LEVEL_OK, "tzdata", T_AS_IS, zone_directory(), NULL);
	} else {
		findings_add(f, LEVEL_ERROR, "tzdata", T_NO_TZDATA, zone_directory(), NULL);
		findings_remedy(f, T_NO_TZDATA_FIX, NULL);
	}
	zone_close(zone);
}

/* A finding for each line of what config_load() has to say. */
static void
add_problems(struct findings *f, struct str problems)
{
	while (problems.n > 0) {
		struct str line = str_cut(&problems, '\n');
		char *copy = xstrndup(line.p, line.n);

		findings_add(f, LEVEL_ERROR, "configuration", T_AS_IS, copy, NULL);
		findings_remedy(f, T_CONFIGURATION_FIX, NULL);
		free(copy);
	}
}

static void
check_configuration(struct cli *cli, struct findings *f)
{
	struct config_overrides none = { NULL, 0 };
	struct config_error error = { { 0 }, 0 };
	char count[32];

	if (access(cli->file, R_OK) != 0) {
		findings_add(f, LEVEL_ERROR, "configuration", cli->file_named ? T_NO_FILE : T_NO_DEFAULT_FILE,
		    cli->file, strerror(errno), NULL);
		return;
	}
	cli->config = config_load(cli->file, &none, &error);
	if (cli->config == NULL) {
		add_problems(f, buf_view(&error.text));
	} else if (cli->config->nsites == 0) {
		findings_add(f, LEVEL_WARNING, "configuration", T_CONFIGURATION_EMPTY, cli->file, NULL);
		findings_remedy(f, T_CONFIGURATION_EMPTY_FIX, NULL);
	} else {
		(void)snprintf(count, sizeof(count), "%zu", cli->config->nsites);
		findings_add(f, LEVEL_OK, "configuration", T_CONFIGURATION, cli->file, count, NULL);
	}
	if (cli->config != NULL)
		cli->sites = sites_new(cli->config, NULL);
	buf_fini(&error.text);
}

/* "Asia/Ho_Chi_Minh, 2026-11-23 07:05" */
static void
add_local_time(const struct site *site, struct buf *out)
{
	int64_t now = clock_wall_ms();
	int64_t local = now + (int64_t)zone_offset(site->zone, now, NULL) * 1000;
	struct date date = date_of_day(calendar_day(site->zone, now));
	int minutes = (int)(local / MINUTE_MS % (INT64_C(24) * HOUR_MINUTES));

	buf_printf(out, "%s, %04d-%02d-%02d %02d:%02d", site->config->timezone, date.year, date.month, date.day,
	    minutes / HOUR_MINUTES, minutes % HOUR_MINUTES);
}

/* Sites of the same zone together: those before i are told already. */
static size_t
sites_of_zone(const struct sites *sites, size_t i)
{
	const char *zone = sites_at(sites, i)->config->timezone;
	size_t n = 0;

	for (size_t j = 0; j < sites_count(sites); j++) {
		if (strcmp(sites_at(sites, j)->config->timezone, zone) != 0)
			continue;
		if (j < i)
			return 0;
		n++;
	}
	return n;
}

static void
check_zones(const struct sites *sites, struct findings *f)
{
	for (size_t i = 0; i < sites_count(sites); i++) {
		size_t n = sites_of_zone(sites, i);
		struct buf zone = { 0 };
		char count[32];

		if (n == 0)
			continue;
		add_local_time(sites_at(sites, i), &zone);
		buf_putc(&zone, '\0');
		(void)snprintf(count, sizeof(count), "%zu", n);
		findings_add(f, LEVEL_OK, "timezone", T_TIMEZONE, zone.p, count, NULL);
		buf_fini(&zone);
	}
}

/* ---- Redis --------------------------------------------------------------- */

/* Every command that the daemon and this program use, once, with keys as they
 * have them: what the user's rights are tried on. */
static const char *const commands[] = {
	"GET tk:schema",
	"SET tk:schema 1",
	"TYPE tk:{check}:counts",
	"HGET tk:{check}:counts hits",
	"HMGET tk:{check}:counts hits",
	"HGETALL tk:{check}:details:20261123",
	"HSET tk:{check}:counts newest 1",
	"HLEN tk:{check}:pages",
	"HSCAN tk:{check}:pages 0",
	"HINCRBY tk:{check}:pages page 1",
	"HDEL tk:{check}:pages page",
	"SMISMEMBER tk:{check}:ids:1 id",
	"SADD tk:{check}:ids:1 id",
	"SCARD tk:{check}:ids:1",
	"PEXPIRE tk:{check}:ids:1 1",
	"PTTL tk:{check}:ids:1",
	"PFADD tk:{check}:visitors:20261123 visitor",
	"GETRANGE tk:{check}:visitors:20261123 0 3",
	"DEL tk:{check}:visitors:20261123",
	"ZADD tk:{check}:online 1 visitor",
	"ZREM tk:{check}:online visitor",
	"ZCOUNT tk:{check}:online 0 1",
	"ZREMRANGEBYSCORE tk:{check}:online 0 1",
	"ZMSCORE tk:{check}:online visitor",
	"ZRANGEBYSCORE tk:{check}:online 0 1",
	"ZREVRANGEBYSCORE tk:{check}:online 1 0",
	"ZCARD tk:{check}:online",
	"RPUSH tk:{check}:tallies:20261123 tally",
	"LRANGE tk:{check}:tallies:20261123 0 1",
	"LLEN tk:{check}:tallies:20261123",
	"LINDEX tk:{check}:tallies:20261123 0",
	"LTRIM tk:{check}:tallies:20261123 1 1",
	"EXISTS tk:{check}:tallies:20261123",
	"SCAN 0",
	"SCRIPT LOAD script",
	"EVALSHA sha 0",
	"EVALSHA_RO sha 0",
	"EVAL_RO script 0",
	"EVAL script 0",
	"TIME",
	"BGREWRITEAOF",
};

/* Ask with words that are parted by blanks. */
static int
ask_words(struct cli *cli, const char *words)
{
	struct str rest = str_of(words);
	struct buf command = { 0 };
	size_t n = 1;
	int failed;

	for (const char *p = words; *p != '\0'; p++)
		n += *p == ' ';
	resp_array(&command, n);
	while (rest.p != NULL)
		resp_bulk(&command, str_cut(&rest, ' '));
	failed = cli_ask(cli, buf_view(&command));
	buf_fini(&command);
	return failed;
}

/* Which commands the user may not run, ", " between; -1 when Redis does not
 * say. */
static int
find_forbidden(struct cli *cli, struct str user, struct buf *ret_names)
{
	int failed = 0;

	for (size_t i = 0; i < NITEMS(commands) && failed == 0; i++) {
		struct buf words = { 0 };

		buf_printf(&words, "ACL DRYRUN %.*s %s", (int)user.n, user.p, commands[i]);
		buf_putc(&words, '\0');
		failed = ask_words(cli, words.p);
		buf_fini(&words);
	}
	for (size_t i = 0; i < NITEMS(commands) && cli->redis->err == 0; i++) {
		struct str rest = str_of(commands[i]), name = str_cut(&rest, ' ');
		redisReply *reply = cli_answer(cli);

		if (reply == NULL || reply->type == REDIS_REPLY_ERROR)
			failed = -1;
		else if (reply->type != REDIS_REPLY_STATUS)
			buf_printf(ret_names, "%s%.*s", ret_names->n > 0 ? ", " : "", (int)name.n, name.p);
		freeReplyObject(reply);
	}
	return failed;
}

/* Text, or the value of a CONFIG GET; absent for anything else. */
static struct str
told(const redisReply *reply)
{
	if (reply != NULL && reply->type == REDIS_REPLY_ARRAY && reply->elements == 2)
		reply = reply->element[1];
	if (reply == NULL || reply->type != REDIS_REPLY_STRING)
		return (struct str){ NULL, 0 };
	return (struct str){ reply->str, reply->len };
}

/* What went wrong: empty when nothing did. */
static struct str
told_error(const redisReply *reply)
{
	if (reply == NULL)
		return (struct str){ NULL, 0 };
	return reply->type == REDIS_REPLY_ERROR ? (struct str){ reply->str, reply->len } : STR("");
}

static void
check_health(struct cli *cli, struct findings *f)
{
	enum { INFO, FSYNC, WHOAMI, WRITE, QUESTIONS };
	/* SETRANGE is refused whenever a write is, even for want of memory;
	 * with nothing to put it changes nothing. */
	static const char *const questions[] = { [INFO] = "INFO",
		[FSYNC] = "CONFIG GET appendfsync",
		[WHOAMI] = "ACL WHOAMI",
		[WRITE] = "SETRANGE tk:schema 0 " };
	redisReply *replies[QUESTIONS] = { NULL };
	struct buf forbidden = { 0 };
	struct health h = { 0 };

	for (size_t i = 0; i < QUESTIONS && cli->redis->err == 0; i++) {
		if (ask_words(cli, questions[i]) == 0)
			replies[i] = cli_answer(cli);
	}
	h.info = told(replies[INFO]);
	h.appendfsync = told(replies[FSYNC]);
	h.rewrites_nightly = cli->config->rewrite_log == SWITCH_YES;
	h.user = told(replies[WHOAMI]);
	h.write_error = told_error(replies[WRITE]);
	if (h.user.p != NULL && find_forbidden(cli, h.user, &forbidden) == 0)
		h.forbidden = forbidden.n > 0 ? buf_view(&forbidden) : STR("");
	health_judge(&h, f);
	for (size_t i = 0; i < QUESTIONS; i++)
		freeReplyObject(replies[i]);
	buf_fini(&forbidden);
}

static void
check_layout(const char *layout, struct findings *f)
{
	if (layout[0] == '\0') {
		findings_add(f, LEVEL_OK, "layout", T_LAYOUT_NONE, NULL);
	} else if (strcmp(layout, SCHEMA) == 0) {
		findings_add(f, LEVEL_OK, "layout", T_LAYOUT, layout, NULL);
	} else {
		findings_add(f, LEVEL_ERROR, "layout", T_LAYOUT_NEWER, layout, SCHEMA, NULL);
		findings_remedy(f, T_LAYOUT_NEWER_FIX, NULL);
	}
}

static void
check_clock(const struct contact *contact, struct findings *f)
{
	int64_t offset = clock_offset();
	char ms[32];

	(void)snprintf(ms, sizeof(ms), "%" PRId64, -offset);
	if (!contact->timed) {
		findings_add(f, LEVEL_WARNING, "clock", T_CLOCK_UNCHECKED, NULL);
		findings_remedy(f, T_UNCHECKED_FIX, "TIME");
	} else if (llabs(offset) > REDISTIME_WARN_MS) {
		findings_add(f, LEVEL_WARNING, "clock", T_CLOCK_OFF, ms, NULL);
		findings_remedy(f, T_CLOCK_FIX, NULL);
	} else {
		findings_add(f, LEVEL_OK, "clock", T_CLOCK, ms, NULL);
	}
}

static void
check_redis(struct cli *cli, struct findings *f)
{
	struct contact contact;
	struct buf why = { 0 };
	char ms[32];

	if (cli_reach(cli, &contact, &why) != 0) {
		buf_putc(&why, '\0');
		findings_add(f, LEVEL_ERROR, "redis", T_UNREACHED, cli->config->redis, why.p, NULL);
		findings_remedy(f, T_UNREACHED_FIX, NULL);
	} else {
		(void)snprintf(ms, sizeof(ms), "%.1f", (double)contact.trip_us / 1000);
		findings_add(f, LEVEL_OK, "redis", T_REACHED, cli->config->redis, ms, NULL);
		check_layout(contact.layout, f);
		check_health(cli, f);
		check_clock(&contact, f);
	}
	buf_fini(&why);
}

/* ---- writing ------------------------------------------------------------- */

/* {"errors":0,"warnings":1,"checks":[{"check":…,"status":…,"message":…,"remedy":…},…]} */
static void
write_json(const struct findings *f, struct buf *out)
{
	buf_printf(
	    out, "{\"errors\":%zu,\"warnings\":%zu,\"checks\":[", f->count[LEVEL_ERROR], f->count[LEVEL_WARNING]);
	for (size_t i = 0; i < f->n; i++) {
		const struct finding *item = &f->items[i];
		buf_printf(out, "%s{\"check\":\"%s\",\"status\":\"%s\",\"message\":", i > 0 ? ",\n " : "\n ",
		    item->check, level_names[item->level]);
		json_string(out, buf_view(&item->message));
		if (item->remedy.n > 0) {
			buf_puts(out, ",\"remedy\":");
			json_string(out, buf_view(&item->remedy));
		}
		buf_putc(out, '}');
	}
	buf_puts(out, "]}\n");
}

/* For people the remedy stands behind the message, else in a column. */
static void
write_rows(const struct cli *cli, const struct findings *f, struct buf *out)
{
	static const struct table_column columns[] = { { "status", NULL, ALIGN_LEFT }, { "check", NULL, ALIGN_LEFT },
		{ "message", NULL, ALIGN_LEFT }, { "remedy", NULL, ALIGN_LEFT } };
	static const enum table_tone tones[] = {
		[LEVEL_OK] = TONE_GOOD, [LEVEL_WARNING] = TONE_WARNING, [LEVEL_ERROR] = TONE_BAD
	};
	bool people = cli->format == FORMAT_TABLE;
	struct table *t = table_new(columns, people ? 3 : 4);

	for (size_t i = 0; i < f->n; i++) {
		struct finding *item = &f->items[i];

		table_text(t, str_of(level_names[item->level]), tones[item->level]);
		table_text(t, str_of(item->check), TONE_PLAIN);
		if (people && item->remedy.n > 0) {
			buf_puts(&item->message, " → ");
			buf_str(&item->message, buf_view(&item->remedy));
		}
		table_text(t, buf_view(&item->message), TONE_PLAIN);
		if (!people)
			table_text(t, buf_view(&item->remedy), TONE_PLAIN);
	}
	if (people)
		table_print(t, &(struct table_style){ cli_group(cli), cli->colours }, out);
	else if (cli->format == FORMAT_CSV)
		table_csv(t, out);
	else
		table_plain(t, out);
	table_free(t);
}

int
cli_check(struct cli *cli)
{
	struct findings f = { .language = cli->language };
	int status;

	check_tzdata(&f);
	check_configuration(cli, &f);
	if (cli->config != NULL) {
		check_redis(cli, &f);
		check_zones(cli->sites, &f);
	}
	if (cli->format == FORMAT_JSON)
		write_json(&f, &cli->out);
	else
		write_rows(cli, &f, &cli->out);
	status = f.count[LEVEL_ERROR] > 0 ? EXIT_FAILED : 0;
	findings_fini(&f);
	return status;
}
