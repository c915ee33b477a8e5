/* spool.c - thongke spool: what lies in spool_dir, a row a writer.  Reads
 * only, and asks neither Redis nor the daemon. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/config_check.h"
#include "base/mem.h"
#include "cli/cli.h"
#include "cli/table.h"
#include "count/figures.h"
#include "store/folder.h"
#include "store/quarantine.h"

enum { WRITER_SHOWN = 8 };

/* One folder, all that was refused, or their sum, which has no state. */
struct row {
	char writer[WRITER_HEX + 1];
	enum { STATE_HELD, STATE_LEFT, STATE_REFUSED, STATE_NONE } state;
	struct survey survey;
};

struct rows {
	struct cli *cli;
	struct row *items; /* owned */
	size_t n, cap;
	bool failed; /* a folder could not be read */
};

static const struct table_column names[] = {
	{ "writer", NULL, ALIGN_LEFT },
	{ "state", NULL, ALIGN_LEFT },
	{ "segments", NULL, ALIGN_RIGHT },
	{ "batches", NULL, ALIGN_RIGHT },
	{ "hits", NULL, ALIGN_RIGHT },
	{ "bytes", NULL, ALIGN_RIGHT },
	{ "oldest_age", NULL, ALIGN_RIGHT },
	{ "damaged", NULL, ALIGN_RIGHT },
	{ "set_aside", NULL, ALIGN_RIGHT },
};
static const enum text titles[] = { T_WRITER, T_STATE, T_SEGMENTS, T_BATCHES, T_HITS, T_BYTES, T_OLDEST,
	T_DAMAGED_SEGMENTS, T_SET_ASIDE };
_Static_assert(NITEMS(names) == NITEMS(titles), "a column has no title");

static const char *const states[] = {
	[STATE_HELD] = "held", [STATE_LEFT] = "left", [STATE_REFUSED] = "refused", [STATE_NONE] = ""
};

/* Seconds since the oldest hit of it was accepted. */
static int64_t
age_of(const struct survey *survey)
{
	int64_t ms;

	if (survey->oldest_ms == INT64_MAX)
		return FIGURE_UNKNOWN;
	ms = clock_wall_ms() - survey->oldest_ms;
	return ms > 0 ? ms / 1000 : 0;
}

/* ---- reading ------------------------------------------------------------- */

static void
say_unread(const struct cli *cli, const char *what, int error)
{
	if (error == ENOENT)
		cli_say(cli, T_SPOOL_MISSING, what, cli->file, NULL);
	else
		cli_say(cli, error == EACCES || error == EPERM ? T_SPOOL_DENIED : T_SPOOL_FAILED, what, strerror(error),
		    NULL);
}

static void
add_item(struct rows *rows, const struct row *row)
{
	if (rows->n == rows->cap) {
		rows->cap = rows->cap > 0 ? rows->cap * 2 : 16;
		rows->items = xrealloc(rows->items, rows->cap * sizeof(*rows->items));
	}
	rows->items[rows->n++] = *row;
}

static void
on_folder(void *arg, const struct spool_listing *listing)
{
	struct rows *rows = arg;
	struct row row = { .state = listing->held ? STATE_HELD : STATE_LEFT, .survey = listing->survey };
	struct buf path = { 0 };

	if (listing->error != 0) {
		buf_printf(&path, "%s/%s", rows->cli->config->spool_dir, listing->writer);
		buf_putc(&path, '\0');
		say_unread(rows->cli, path.p, listing->error);
		buf_fini(&path);
		rows->failed = true;
		return;
	}
	(void)snprintf(row.writer, sizeof(row.writer), "%s", listing->writer);
	add_item(rows, &row);
}

static void
on_refused(void *arg, const char *name, const char *writer, const struct spool_record *r)
{
	struct survey *sum = arg;

	(void)name;
	(void)writer;
	sum->segments++;
	if (r == NULL) {
		sum->damaged++;
		return;
	}
	sum->records++;
	sum->hits += r->hits;
	sum->bytes += SEGMENT_HEADER + record_size(r);
	if (r->accepted_ms < sum->oldest_ms)
		sum->oldest_ms = r->accepted_ms;
}

/* What Redis refused for good lies together, in a folder of its own. */
static void
read_refused(struct rows *rows, const char *dir)
{
	struct row row = { .writer = QUARANTINE, .state = STATE_REFUSED, .survey.oldest_ms = INT64_MAX };
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 || (quarantine_list(fd, on_refused, &row.survey) < 0 && errno != ENOENT)) {
		say_unread(rows->cli, dir, errno);
		rows->failed = true;
	}
	files_close(&fd);
	if (row.survey.segments > 0)
		add_item(rows, &row);
}

static int
read_rows(struct rows *rows)
{
	const char *dir = rows->cli->config->spool_dir;

	if (dir[0] == '\0') {
		cli_say(rows->cli, T_SPOOL_OFF, NULL);
		return 0;
	}
	if (spool_list(dir, on_folder, rows) != 0) {
		say_unread(rows->cli, dir, errno);
		return -1;
	}
	read_refused(rows, dir);
	return 0;
}

static struct row
sum_of(const struct rows *rows)
{
	struct row sum = { .writer = "*", .state = STATE_NONE, .survey.oldest_ms = INT64_MAX };

	for (size_t i = 0; i < rows->n; i++) {
		const struct survey *s = &rows->items[i].survey;

		sum.survey.segments += s->segments;
		sum.survey.damaged += s->damaged;
		sum.survey.bad += s->bad;
		sum.survey.bytes += s->bytes;
		sum.survey.records += s->records;
		sum.survey.hits += s->hits;
		if (s->oldest_ms < sum.survey.oldest_ms)
			sum.survey.oldest_ms = s->oldest_ms;
	}
	return sum;
}

/* ---- writing ------------------------------------------------------------- */

/* "segments":1,…; an age that is not known is null. */
static void
add_json_survey(struct buf *out, const struct survey *s)
{
	int64_t age = age_of(s);

	buf_printf(out,
	    "\"segments\":%zu,\"batches\":%zu,\"hits\":%" PRIu64 ",\"bytes\":%" PRIu64 ",\"oldest_age\":", s->segments,
	    s->records, s->hits, s->bytes);
	if (age == FIGURE_UNKNOWN)
		buf_puts(out, "null");
	else
		buf_int(out, age);
	buf_printf(out, ",\"damaged\":%zu,\"set_aside\":%zu}", s->damaged, s->bad);
}

/* {"spools":[{"writer":…,"state":…,"segments":1,…},…],"sum":{"segments":1,…}} */
static void
add_json(struct buf *out, const struct rows *rows, const struct row *sum)
{
	buf_puts(out, "{\"spools\":[");
	for (size_t i = 0; i < rows->n; i++) {
		const struct row *row = &rows->items[i];

		buf_printf(out, "%s{\"writer\":\"%s\",\"state\":\"%s\",", i > 0 ? ",\n " : "", row->writer,
		    states[row->state]);
		add_json_survey(out, &row->survey);
	}
	buf_puts(out, "],\n\"sum\":{");
	add_json_survey(out, &sum->survey);
	buf_puts(out, "}\n");
}

/* The first digits tell one writer from another. */
static struct str
shown_writer(const struct row *row)
{
	return row->state == STATE_REFUSED ? str_of(row->writer) : (struct str){ row->writer, WRITER_SHOWN };
}

/* Who wrote it and how it is, in words for people. */
static void
add_name(struct table *t, const struct cli *cli, const struct row *row, enum table_tone tone)
{
	static const enum text texts[] = { [STATE_HELD] = T_HELD, [STATE_LEFT] = T_LEFT, [STATE_REFUSED] = T_REFUSED };

	if (cli->format != FORMAT_TABLE) {
		table_text(t, str_of(row->writer), tone);
		table_text(t, str_of(states[row->state]), tone);
	} else if (row->state == STATE_NONE) {
		table_text(t, str_of(text_of(cli->language, T_SPOOL_SUM)), tone);
		table_text(t, STR(""), tone);
	} else {
		table_text(t, shown_writer(row), tone);
		table_text(t, str_of(text_of(cli->language, texts[row->state])), tone);
	}
}

static void
add_age(struct table *t, const struct cli *cli, const struct survey *s, enum table_tone tone)
{
	int64_t age = age_of(s);
	struct buf words = { 0 };

	if (cli->format != FORMAT_TABLE || age == FIGURE_UNKNOWN) {
		table_number(t, age, tone);
		return;
	}
	text_add_age(&words, cli->language, age);
	table_text(t, buf_view(&words), tone);
	buf_fini(&words);
}

static void
add_row(struct table *t, const struct cli *cli, const struct row *row, enum table_tone tone)
{
	const struct survey *s = &row->survey;

	add_name(t, cli, row, tone);
	table_number(t, (int64_t)s->segments, tone);
	table_number(t, (int64_t)s->records, tone);
	table_number(t, (int64_t)s->hits, tone);
	table_number(t, (int64_t)s->bytes, tone);
	add_age(t, cli, s, tone);
	table_number(t, (int64_t)s->damaged, s->damaged > 0 ? TONE_BAD : tone);
	table_number(t, (int64_t)s->bad, s->bad > 0 ? TONE_WARNING : tone);
}

static void
add_table(struct cli *cli, const struct rows *rows, const struct row *sum)
{
	struct table_column columns[NITEMS(names)];
	struct table *t;

	for (size_t i = 0; i < NITEMS(columns); i++) {
		columns[i] = names[i];
		columns[i].title = text_of(cli->language, titles[i]);
	}
	t = table_new(columns, NITEMS(columns));
	for (size_t i = 0; i < rows->n; i++)
		add_row(t, cli, &rows->items[i], TONE_PLAIN);
	add_row(t, cli, sum, TONE_STRONG);
	if (cli->format == FORMAT_CSV)
		table_csv(t, &cli->out);
	else if (cli->format == FORMAT_PLAIN)
		table_plain(t, &cli->out);
	else
		table_print(t, &(struct table_style){ cli_group(cli), cli->colours }, &cli->out);
	table_free(t);
}

static void
write_rows(struct cli *cli, const struct rows *rows)
{
	const struct row sum = sum_of(rows);

	if (cli->format == FORMAT_JSON) {
		add_json(&cli->out, rows, &sum);
	} else if (cli->format == FORMAT_TABLE && rows->n == 0) {
		if (cli->config->spool_dir[0] == '\0' || rows->failed)
			return; /* that was said */
		text_add(&cli->out, cli->language, T_SPOOL_NOTHING, cli->config->spool_dir, NULL);
		buf_putc(&cli->out, '\n');
	} else {
		add_table(cli, rows, &sum);
	}
}

/* ---- the verb ------------------------------------------------------------ */

static int
refuse(const struct cli *cli, const char *word)
{
	struct buf quoted = { 0 };

	config_quote(str_of(word), &quoted);
	buf_putc(&quoted, '\0');
	cli_say(cli, T_NO_SUBVERB, "spool", quoted.p, NULL);
	buf_fini(&quoted);
	return EXIT_USAGE;
}

static int
list(struct cli *cli)
{
	struct rows rows = { .cli = cli };
	int status = EXIT_FAILED;

	if (cli->argc > 2)
		return refuse(cli, cli->argv[2]);
	if (cli_load(cli) != 0)
		return EXIT_USAGE;
	if (read_rows(&rows) == 0) {
		write_rows(cli, &rows);
		status = rows.failed ? EXIT_FAILED : 0;
	}
	free(rows.items);
	return status;
}

/* What the word behind «spool» asks for; without one the first. */
static const struct {
	const char *name;
	cli_verb *run;
} subverbs[] = {
	{ "list", list },
	{ "replay", cli_replay },
};

int
cli_spool(struct cli *cli)
{
	if (cli->argc == 1)
		return subverbs[0].run(cli);
	for (size_t i = 0; i < NITEMS(subverbs); i++) {
		if (strcmp(subverbs[i].name, cli->argv[1]) == 0)
			return subverbs[i].run(cli);
	}
	return refuse(cli, cli->argv[1]);
}
