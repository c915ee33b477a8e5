/* show.c - thongke show [SITE]…: the figures of the box, as Redis has them. */
#include <hiredis/hiredis.h>
#include <inttypes.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/mem.h"
#include "cli/cli.h"
#include "count/site.h"
#include "render/json.h"
#include "store/reading.h"

static int
read_figures(struct cli *cli, struct site *site, struct figures *ret_figures)
{
	struct buf command = { 0 };
	int64_t now = clock_wall_ms();
	struct reading_query query = {
		.site = site->name,
		.week_start = site->config->week_start,
		.today = site_day(site, now),
		.now_ms = now,
		.online_window_ms = (int64_t)cli->config->online_window * 1000,
		.known_generation = -1,
	};
	struct reading reading;
	void *reply = NULL;
	int failed = -1;

	reading_command(&command, &query, (struct str){ NULL, 0 });
	if (redisAppendFormattedCommand(cli->redis, command.p, command.n) != REDIS_OK ||
	    redisGetReply(cli->redis, &reply) != REDIS_OK)
		cli_complain("redis: %s", cli->redis->errstr);
	else if (reading_parse(reply, &query, &reading, NULL) != 0)
		cli_complain("site %s: %s", site->config->name,
		    ((redisReply *)reply)->type == REDIS_REPLY_ERROR ? ((redisReply *)reply)->str
								     : "its data in Redis can not be read");
	else
		failed = 0;
	if (failed == 0) {
		past_figures(&reading.past, reading.today, ret_figures);
		ret_figures->online = reading.online;
		ret_figures->total = reading.total + reading.opening;
	}
	freeReplyObject(reply);
	buf_fini(&command);
	return failed;
}

/* 1.234.567 */
static void
add_grouped(struct buf *out, int64_t value)
{
	char digits[32];
	int n = snprintf(digits, sizeof(digits), "%" PRId64, value);

	for (int i = 0; i < n; i++) {
		if (i > 0 && (n - i) % 3 == 0 && digits[i - 1] != '-')
			buf_putc(out, '.');
		buf_putc(out, digits[i]);
	}
}

static void
print_table(const struct site *site, const struct figures *f)
{
	const struct {
		const char *label;
		int64_t value;
	} rows[] = {
		{ "Đang online", f->online },
		{ "Hôm nay    ", f->today },
		{ "Hôm qua    ", f->yesterday },
		{ "Trong tuần ", f->week },
		{ "Trong tháng", f->month },
		{ "Trong năm  ", f->year },
		{ "Tất cả     ", f->total },
	};

	(void)printf("%s\n", site->config->name);
	for (size_t i = 0; i < NITEMS(rows); i++) {
		struct buf value = { 0 };
		add_grouped(&value, rows[i].value);
		(void)printf("  %s  %15.*s\n", rows[i].label, (int)value.n, value.p);
		buf_fini(&value);
	}
}

static void
add_json(struct buf *out, const struct site *site, const struct figures *f)
{
	buf_puts(out, out->n == 0 ? "[" : ",\n ");
	json_counts(out, &(struct json_counts){ .site = site->name, .figures = f });
}

static int
show_site(struct cli *cli, struct site *site, struct buf *json)
{
	struct figures figures;

	if (read_figures(cli, site, &figures) != 0)
		return -1;
	if (cli->format == FORMAT_JSON)
		add_json(json, site, &figures);
	else
		print_table(site, &figures);
	return 0;
}

int
cli_show(struct cli *cli)
{
	size_t n = cli->argc > 1 ? (size_t)cli->argc - 1 : sites_count(cli->sites);
	struct buf json = { 0 };
	int status = 0;

	if (cli_connect(cli) != 0)
		return EXIT_FAILED;
	for (size_t i = 0; i < n && status == 0; i++) {
		struct site *site =
		    cli->argc > 1 ? sites_find(cli->sites, str_of(cli->argv[i + 1])) : sites_at(cli->sites, i);

		if (site == NULL) {
			cli_complain("no [site %s] in the configuration", cli->argv[i + 1]);
			status = EXIT_USAGE;
		} else if (show_site(cli, site, &json) != 0) {
			status = EXIT_FAILED;
		}
	}
	if (cli->format == FORMAT_JSON && status == 0)
		(void)printf("%.*s]\n", json.n > 0 ? (int)json.n : 1, json.n > 0 ? json.p : "[");
	buf_fini(&json);
	return status;
}
