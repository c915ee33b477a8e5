/* top.c - thongke top: pages, countries, referrers … of a site, the most
 * frequent first. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "cli/cli.h"
#include "cli/places.h"
#include "cli/ranking.h"
#include "cli/table.h"
#include "count/calendar.h"
#include "count/site.h"
#include "render/json.h"

enum { LIMIT = 20, BAR_CELLS = 24, EIGHTHS = 8 };

static const struct subject {
	const char *name;
	char letter; /* of ranking.h */
	enum text title;
} subjects[] = {
	{ "pages", 'p', T_PAGE },
	{ "countries", 'c', T_COUNTRY },
	{ "referrers", 'r', T_REFERRER },
	{ "browsers", 'b', T_BROWSER },
	{ "systems", 's', T_SYSTEM },
	{ "devices", 'd', T_DEVICE },
	{ "languages", 'l', T_LANGUAGE },
	{ "refused", 'x', T_REASON },
};

static const char *const periods[PERIODS] = {
	[PERIOD_TODAY] = "today",
	[PERIOD_YESTERDAY] = "yesterday",
	[PERIOD_WEEK] = "week",
	[PERIOD_MONTH] = "month",
	[PERIOD_YEAR] = "year",
	[PERIOD_ALL] = "all",
};

struct top {
	struct cli *cli;
	const struct subject *subject;
	struct ranking_of of;
	uint64_t limit;
	struct ranking ranking;
};

/* ---- what is wanted ------------------------------------------------------ */

static int
refuse_word(const struct cli *cli, const char *option, const char *word)
{
	cli_say(cli, T_NO_SUCH_VALUE, option, word, NULL);
	return -1;
}

static int
choose_subject(struct top *top, const char *name)
{
	for (size_t i = 0; i < NITEMS(subjects); i++) {
		if (strcmp(subjects[i].name, name) == 0) {
			top->subject = &subjects[i];
			top->of.letter = subjects[i].letter;
			return 0;
		}
	}
	return refuse_word(top->cli, "top", name);
}

static int
choose_period(struct top *top, const char *name)
{
	if (name == NULL)
		return 0;
	for (size_t i = 0; i < PERIODS; i++) {
		if (strcmp(periods[i], name) == 0) {
			top->of.period = (enum ranking_period)i;
			return 0;
		}
	}
	return refuse_word(top->cli, "--period", name);
}

static int
choose(struct top *top)
{
	struct cli *cli = top->cli;

	if (cli->argc != 3) {
		cli_say(cli, T_TOP_USAGE, NULL);
		return -1;
	}
	if (choose_subject(top, cli->argv[1]) != 0 || choose_period(top, cli->period) != 0)
		return -1;
	if (cli->limit != NULL && str_to_uint(str_of(cli->limit), 1, 1000000, &top->limit) != 0)
		return refuse_word(cli, "--limit", cli->limit);
	if (cli_load(cli) != 0)
		return -1;
	top->of.site = cli_site(cli, cli->argv[2]);
	return top->of.site != NULL ? 0 : -1;
}

/* ---- writing ------------------------------------------------------------- */

/* As people read it; programs get the name as it is stored. */
static struct str
title_of(const struct top *top, struct str name)
{
	static const struct {
		const char *name;
		enum text text;
	} special[] = { { "(other)", T_OTHER }, { "(direct)", T_DIRECT }, { "(internal)", T_INTERNAL },
		{ "(unknown)", T_UNKNOWN }, { "other", T_OTHER } };

	for (size_t i = 0; i < NITEMS(special); i++) {
		if (str_eq(name, str_of(special[i].name)))
			return str_of(text_of(top->cli->language, special[i].text));
	}
	if (top->subject->letter == 'c')
		return place_country(top->cli->language, name);
	if (top->subject->letter == 'l')
		return place_language(top->cli->language, name);
	return name;
}

static double
share_of(const struct ranking *r, int64_t n)
{
	return r->sum > 0 ? (double)n / (double)r->sum : 0;
}

/* Full cells, then one of so many eighths: U+2588, U+258F to U+2589. */
static void
write_bar(struct buf *out, int64_t n, int64_t most)
{
	int64_t eighths = most > 0 ? (n * BAR_CELLS * EIGHTHS + most - 1) / most : 0;

	for (; eighths >= EIGHTHS; eighths -= EIGHTHS)
		buf_puts(out, "\xe2\x96\x88");
	if (eighths > 0) {
		buf_puts(out, "\xe2\x96");
		buf_putc(out, (char)(0x90 - eighths));
	}
}

static size_t
rows_of(const struct top *top)
{
	return top->ranking.names.n < top->limit ? top->ranking.names.n : top->limit;
}

static void
write_share(struct buf *out, const struct top *top, int64_t n)
{
	size_t start = out->n;

	buf_printf(out, "%.1f %%", 100 * share_of(&top->ranking, n));
	for (size_t i = start; i < out->n && top->cli->language == VIETNAMESE; i++) {
		if (out->p[i] == '.')
			out->p[i] = ',';
	}
}

static void
write_table(const struct top *top)
{
	struct cli *cli = top->cli;
	const struct ranking *r = &top->ranking;
	const struct table_column columns[] = { { "name", text_of(cli->language, top->subject->title), ALIGN_LEFT },
		{ "count", text_of(cli->language, top->subject->letter == 'p' ? T_VIEWS : T_HITS), ALIGN_RIGHT },
		{ "share", text_of(cli->language, T_SHARE), ALIGN_RIGHT }, { "bar", "", ALIGN_LEFT } };
	struct table *t = table_new(columns, NITEMS(columns));
	struct buf cell = { 0 };

	for (size_t i = 0; i < rows_of(top); i++) {
		table_text(t, title_of(top, r->items[i].name), TONE_PLAIN);
		table_number(t, r->items[i].n, TONE_PLAIN);
		buf_clear(&cell);
		write_share(&cell, top, r->items[i].n);
		table_text(t, buf_view(&cell), TONE_PLAIN);
		buf_clear(&cell);
		write_bar(&cell, r->items[i].n, r->items[0].n);
		table_text(t, buf_view(&cell), TONE_GOOD);
	}
	table_text(t, str_of(text_of(cli->language, T_SUM_OF_ALL)), TONE_STRONG);
	table_number(t, r->sum, TONE_STRONG);
	table_text(t, STR(""), TONE_STRONG);
	table_text(t, STR(""), TONE_STRONG);
	table_print(t, &(struct table_style){ cli_group(cli), cli->colours }, &cli->out);
	buf_fini(&cell);
	table_free(t);
}

static void
write_rows(const struct top *top)
{
	static const struct table_column columns[] = { { "name", NULL, ALIGN_LEFT }, { "count", NULL, ALIGN_RIGHT },
		{ "share", NULL, ALIGN_RIGHT } };
	struct table *t = table_new(columns, NITEMS(columns));
	char share[16];

	for (size_t i = 0; i < rows_of(top); i++) {
		const struct ranked *item = &top->ranking.items[i];

		table_text(t, item->name, TONE_PLAIN);
		table_number(t, item->n, TONE_PLAIN);
		(void)snprintf(share, sizeof(share), "%.4f", share_of(&top->ranking, item->n));
		table_text(t, str_of(share), TONE_PLAIN);
	}
	if (top->cli->format == FORMAT_CSV)
		table_csv(t, &top->cli->out);
	else
		table_plain(t, &top->cli->out);
	table_free(t);
}

static void
write_json(const struct top *top)
{
	struct buf *out = &top->cli->out;

	buf_puts(out, "{\"site\":");
	json_string(out, top->of.site->name);
	buf_printf(out,
	    ",\"top\":\"%s\",\"period\":\"%s\",\"from\":%" PRIu32 ",\"to\":%" PRIu32 ",\"sum\":%" PRId64 ",\"rows\":[",
	    top->subject->name, periods[top->of.period], day_number(top->ranking.from), day_number(top->ranking.to),
	    top->ranking.sum);
	for (size_t i = 0; i < rows_of(top); i++) {
		buf_puts(out, i > 0 ? ",\n {\"name\":" : "\n {\"name\":");
		json_string(out, top->ranking.items[i].name);
		buf_printf(out, ",\"count\":%" PRId64 "}", top->ranking.items[i].n);
	}
	buf_puts(out, "]}\n");
}

int
cli_top(struct cli *cli)
{
	struct top top = { .cli = cli, .limit = LIMIT };
	char from[16];
	int status = EXIT_FAILED;

	if (choose(&top) != 0)
		return EXIT_USAGE;
	if (cli_connect(cli) == 0 && ranking_read(&top.ranking, cli, &top.of) == 0) {
		(void)snprintf(from, sizeof(from), "%" PRIu32, day_number(top.ranking.from));
		if (top.ranking.is_cut)
			cli_say(cli, T_TOP_CUT, from, NULL);
		if (cli->format == FORMAT_TABLE)
			write_table(&top);
		else if (cli->format == FORMAT_JSON)
			write_json(&top);
		else
			write_rows(&top);
		status = 0;
	}
	ranking_fini(&top.ranking);
	return status;
}
