/* show.c - thongke show and thongke sites: the figures of the box, as Redis
 * has them.  Sites are read in chunks, each in one round trip. */
#include <hiredis/hiredis.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/config_check.h"
#include "base/mem.h"
#include "cli/cli.h"
#include "cli/table.h"
#include "count/site.h"
#include "render/json.h"
#include "store/reading.h"

enum { CHUNK = 64, COMPLAINTS_MAX = 5 };

/* One site of those asked for; figures that could not be read stay unknown. */
struct row {
	struct site *site;
	struct figures figures;
};

struct rows {
	struct row *items; /* owned */
	size_t n;
	size_t unread;
};

/* A figure by the name that it has in JSON, CSV and plain lines. */
static const struct figure {
	const char *name;
	size_t at;
	enum text label;
} figures[] = {
	{ "online", offsetof(struct figures, online), T_ONLINE },
	{ "today", offsetof(struct figures, today), T_TODAY },
	{ "yesterday", offsetof(struct figures, yesterday), T_YESTERDAY },
	{ "week", offsetof(struct figures, week), T_WEEK },
	{ "month", offsetof(struct figures, month), T_MONTH },
	{ "year", offsetof(struct figures, year), T_YEAR },
	{ "total", offsetof(struct figures, total), T_TOTAL },
};
_Static_assert(sizeof(struct figures) == NITEMS(figures) * sizeof(int64_t), "a figure has no row");

static const char SUM_NAME[] = "*"; /* no site can be called so */

static int64_t
value_of(const struct figures *f, const struct figure *figure)
{
	return *(const int64_t *)(const void *)((const char *)f + figure->at);
}

/* ---- reading ------------------------------------------------------------- */

static struct reading_query
query_for(const struct cli *cli, struct site *site)
{
	int64_t now = clock_wall_ms();

	return (struct reading_query){
		.site = site->name,
		.week_start = site->config->week_start,
		.figure = site->config->figure,
		.pages_max = site->config->pages_max,
		.today = site_day(site, now),
		.now_ms = now,
		.online_window_ms = (int64_t)cli->config->online_window * 1000,
		.known_generation = -1,
	};
}

static void
take_answer(const struct cli *cli, const struct reading_query *query, const redisReply *reply, struct rows *rows,
    struct row *row)
{
	struct reading reading;

	if (reading_parse(reply, query, &reading, NULL) == 0) {
		past_figures(&reading.past, reading.sums[query->figure].today, &row->figures);
		row->figures.online = reading.online;
		row->figures.total = reading.sums[query->figure].total + reading.opening;
		return;
	}
	if (rows->unread++ < COMPLAINTS_MAX)
		cli_say(cli, T_SITE_UNREAD, row->site->config->name,
		    reply->type == REDIS_REPLY_ERROR ? reply->str : text_of(cli->language, T_DAMAGED), NULL);
}

/* -1 when the link is lost. */
static int
read_chunk(struct cli *cli, struct rows *rows, size_t from, size_t n)
{
	struct reading_query queries[CHUNK];
	struct buf commands = { 0 };
	int failed;

	for (size_t i = 0; i < n; i++) {
		queries[i] = query_for(cli, rows->items[from + i].site);
		reading_command(&commands, &queries[i], (struct str){ NULL, 0 });
	}
	failed = cli_ask(cli, buf_view(&commands));
	for (size_t i = 0; i < n && failed == 0; i++) {
		redisReply *reply = cli_answer(cli);

		if (reply != NULL)
			take_answer(cli, &queries[i], reply, rows, &rows->items[from + i]);
		else
			failed = -1;
		freeReplyObject(reply);
	}
	buf_fini(&commands);
	return failed;
}

static int
read_rows(struct cli *cli, struct rows *rows)
{
	char more[32];

	for (size_t from = 0; from < rows->n; from += CHUNK) {
		size_t n = rows->n - from < CHUNK ? rows->n - from : CHUNK;
		if (read_chunk(cli, rows, from, n) != 0) {
			cli_say(cli, T_REDIS_LOST, cli->config->redis, cli->redis->errstr, NULL);
			return -1;
		}
	}
	if (rows->unread > COMPLAINTS_MAX) {
		(void)snprintf(more, sizeof(more), "%zu", rows->unread - COMPLAINTS_MAX);
		cli_say(cli, T_MORE_UNREAD, more, NULL);
	}
	return 0;
}

/* The sites named on the command line, or all; -1 after saying which is none. */
static int
choose_rows(struct cli *cli, struct rows *rows)
{
	size_t named = (size_t)cli->argc - 1, all = sites_count(cli->sites);

	rows->n = named > 0 ? named : all;
	rows->items = xcalloc(rows->n, sizeof(*rows->items));
	for (size_t i = 0; i < rows->n; i++) {
		rows->items[i].figures = figures_unknown;
		rows->items[i].site = named > 0 ? cli_site(cli, cli->argv[i + 1]) : sites_at(cli->sites, i);
		if (rows->items[i].site == NULL)
			return -1;
	}
	if (all == 0)
		cli_say(cli, T_NO_SITES, cli->file, NULL);
	return 0;
}

/* What is not known of one site is not known of their sum. */
static struct figures
sum_of(const struct rows *rows)
{
	struct figures sum = { 0 };

	for (size_t i = 0; i < rows->n; i++) {
		for (size_t j = 0; j < NITEMS(figures); j++) {
			int64_t *to = (int64_t *)(void *)((char *)&sum + figures[j].at);
			int64_t value = value_of(&rows->items[i].figures, &figures[j]);
			*to = *to == FIGURE_UNKNOWN || value == FIGURE_UNKNOWN ? FIGURE_UNKNOWN : *to + value;
		}
	}
	return sum;
}

/* ---- writing ------------------------------------------------------------- */

static void
add_json_list(struct buf *out, const struct rows *rows)
{
	buf_putc(out, '[');
	for (size_t i = 0; i < rows->n; i++) {
		const struct row *row = &rows->items[i];
		buf_puts(out, i > 0 ? ",\n " : "");
		json_counts(out, &(struct json_counts){ .site = row->site->name, .figures = &row->figures });
	}
	buf_putc(out, ']');
}

/* {"sites":[…],"sum":{"online":1,…}} */
static void
add_json_with_sum(struct buf *out, const struct rows *rows, const struct figures *sum)
{
	buf_puts(out, "{\"sites\":");
	add_json_list(out, rows);
	buf_puts(out, ",\n\"sum\":");
	for (size_t i = 0; i < NITEMS(figures); i++) {
		int64_t value = value_of(sum, &figures[i]);
		buf_printf(out, "%c\"%s\":", i == 0 ? '{' : ',', figures[i].name);
		if (value == FIGURE_UNKNOWN)
			buf_puts(out, "null");
		else
			buf_int(out, value);
	}
	buf_puts(out, "}}");
}

static void
add_plain(struct buf *out, const char *site, const struct figures *f)
{
	for (size_t i = 0; i < NITEMS(figures); i++) {
		int64_t value = value_of(f, &figures[i]);
		buf_printf(out, "%s\t%s\t", site, figures[i].name);
		if (value != FIGURE_UNKNOWN)
			buf_int(out, value);
		buf_putc(out, '\n');
	}
}

static void
add_row(struct table *t, const char *site, const struct figures *f, enum table_tone tone)
{
	table_text(t, str_of(site), tone);
	for (size_t i = 0; i < NITEMS(figures); i++)
		table_number(t, value_of(f, &figures[i]), tone);
}

/* A row a site, and a last one for the sum unless that is NULL. */
static void
add_wide_table(struct cli *cli, const struct rows *rows, const struct figures *sum)
{
	struct table_column columns[1 + NITEMS(figures)] = { { "site", text_of(cli->language, T_SITE), ALIGN_LEFT } };
	bool csv = cli->format == FORMAT_CSV;
	struct table *t;

	for (size_t i = 0; i < NITEMS(figures); i++)
		columns[1 + i] =
		    (struct table_column){ figures[i].name, text_of(cli->language, figures[i].label), ALIGN_RIGHT };
	t = table_new(columns, NITEMS(columns));
	for (size_t i = 0; i < rows->n; i++)
		add_row(t, rows->items[i].site->config->name, &rows->items[i].figures, TONE_PLAIN);
	if (sum != NULL)
		add_row(t, csv ? SUM_NAME : text_of(cli->language, T_SUM), sum, TONE_STRONG);
	if (csv)
		table_csv(t, &cli->out);
	else
		table_print(t, &(struct table_style){ cli_group(cli), cli->colours }, &cli->out);
	table_free(t);
}

/* A block of lines a site, as the box has them. */
static void
add_boxes(struct cli *cli, const struct rows *rows)
{
	static const struct table_column columns[] = { { "figure", NULL, ALIGN_LEFT }, { "value", NULL, ALIGN_RIGHT } };
	struct table *t = table_new(columns, NITEMS(columns));

	for (size_t i = 0; i < rows->n; i++) {
		table_section(t, rows->items[i].site->name);
		for (size_t j = 0; j < NITEMS(figures); j++) {
			table_text(t, str_of(text_of(cli->language, figures[j].label)), TONE_PLAIN);
			table_number(t, value_of(&rows->items[i].figures, &figures[j]), TONE_PLAIN);
		}
	}
	table_print(t, &(struct table_style){ cli_group(cli), cli->colours }, &cli->out);
	table_free(t);
}

/* ---- the verbs ----------------------------------------------------------- */

static void
write_show(struct cli *cli, const struct rows *rows)
{
	switch (cli->format) {
	case FORMAT_JSON:
		add_json_list(&cli->out, rows);
		buf_putc(&cli->out, '\n');
		break;
	case FORMAT_PLAIN:
		for (size_t i = 0; i < rows->n; i++)
			add_plain(&cli->out, rows->items[i].site->config->name, &rows->items[i].figures);
		break;
	case FORMAT_CSV:
		add_wide_table(cli, rows, NULL);
		break;
	case FORMAT_TABLE:
		add_boxes(cli, rows);
	}
}

static void
write_sites(struct cli *cli, const struct rows *rows)
{
	const struct figures sum = sum_of(rows);

	switch (cli->format) {
	case FORMAT_JSON:
		add_json_with_sum(&cli->out, rows, &sum);
		buf_putc(&cli->out, '\n');
		break;
	case FORMAT_PLAIN:
		write_show(cli, rows);
		add_plain(&cli->out, SUM_NAME, &sum);
		break;
	case FORMAT_CSV:
	case FORMAT_TABLE:
		add_wide_table(cli, rows, &sum);
	}
}

static int
read_and_write(struct cli *cli, void (*write)(struct cli *cli, const struct rows *rows))
{
	struct rows rows = { 0 };
	int status = EXIT_USAGE;

	if (cli_load(cli) == 0 && choose_rows(cli, &rows) == 0) {
		status = EXIT_FAILED;
		if (cli_connect(cli) == 0 && read_rows(cli, &rows) == 0) {
			write(cli, &rows);
			status = rows.unread > 0 ? EXIT_FAILED : 0;
		}
	}
	free(rows.items);
	return status;
}

int
cli_show(struct cli *cli)
{
	return read_and_write(cli, write_show);
}

int
cli_sites(struct cli *cli)
{
	return read_and_write(cli, write_sites);
}
