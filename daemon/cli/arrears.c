/* arrears.c - markers are asked for in chunks, each in one round trip. */
#include "cli/arrears.h"

#include <errno.h>
#include <fcntl.h>
#include <hiredis/hiredis.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/findings.h"
#include "store/folder.h"
#include "store/keys.h"
#include "store/quarantine.h"
#include "store/resp.h"

enum { CHUNK = 1000, WRITER_SHOWN = 8, SITES_SHOWN = 3 };

/* ---- the spool ----------------------------------------------------------- */

struct reader {
	const struct cli *cli;
	struct backlog *backlog;
	struct findings *findings;
	struct backlog_writer writer; /* whose folder is being walked */
};

static bool
is_asked_for(const struct cli *cli, struct str site)
{
	for (int i = 1; i < cli->argc; i++) {
		if (str_eq(str_of(cli->argv[i]), site))
			return true;
	}
	return cli->argc == 1;
}

static void
on_record(void *arg, const struct spool_record *r)
{
	const struct reader *reader = arg;

	if (is_asked_for(reader->cli, r->site))
		backlog_add(reader->backlog, &reader->writer, r);
}

static void
add_unread(struct findings *f, const char *what, int error)
{
	findings_add(f, LEVEL_ERROR, "spool", T_SPOOL_UNREAD, what, strerror(error), NULL);
	if (error == EACCES || error == EPERM)
		findings_remedy(f, T_SPOOL_UNREAD_FIX, NULL);
}

static void
add_damaged(struct findings *f, const char *what, size_t count)
{
	char n[32];

	(void)snprintf(n, sizeof(n), "%zu", count);
	findings_add(f, LEVEL_ERROR, "spool", T_SPOOL_DAMAGED, what, n, NULL);
	findings_remedy(f, T_SPOOL_DAMAGED_FIX, NULL);
}

static void
on_folder(void *arg, const struct spool_listing *listing)
{
	struct reader *reader = arg;
	struct findings *f = reader->findings;
	struct survey survey = { 0 };
	int error = listing->error;

	reader->writer = (struct backlog_writer){ listing->writer, listing->held ? BACKLOG_HELD : BACKLOG_LEFT };
	if (error == 0 && folder_walk(listing->folder, on_record, reader, &survey) != 0)
		error = errno;
	if (error != 0 && error != ENOENT) /* its writer has just removed it */
		add_unread(f, listing->writer, error);
	if (survey.damaged + survey.bad > 0)
		add_damaged(f, listing->writer, survey.damaged + survey.bad);
}

/* What stands there is named by its file where it cannot be read. */
static void
on_quarantined(void *arg, const char *name, const char *writer, const struct spool_record *r)
{
	struct reader *reader = arg;

	reader->writer = (struct backlog_writer){ writer, BACKLOG_REFUSED };
	if (r != NULL)
		on_record(reader, r);
	else
		add_damaged(reader->findings, name, 1);
}

static void
read_quarantine(struct reader *reader, const char *dir)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 || (quarantine_list(fd, on_quarantined, reader) < 0 && errno != ENOENT))
		add_unread(reader->findings, QUARANTINE, errno);
	files_close(&fd);
}

/* A folder that is not there yet has nothing in it. */
void
arrears_read(const struct cli *cli, struct backlog *b, struct findings *f)
{
	const char *dir = cli->config->spool_dir;
	struct reader reader = { .cli = cli, .backlog = b, .findings = f };

	if (dir[0] == '\0')
		return;
	if (spool_list(dir, on_folder, &reader) == 0)
		read_quarantine(&reader, dir);
	else if (errno != ENOENT)
		add_unread(f, dir, errno);
}

/* ---- the markers --------------------------------------------------------- */

/* Without a marker nothing of that writer is applied, or Redis does not know
 * it any more. */
static int
take_marker(const struct cli *cli, struct backlog_item *item, const redisReply *reply)
{
	uint64_t sequence = 0;

	if (item->state == BACKLOG_REFUSED) /* the marker was moved past it */
		return 0;
	if (reply->type == REDIS_REPLY_NIL ||
	    (reply->type == REDIS_REPLY_STRING &&
		str_to_uint((struct str){ reply->str, reply->len }, 0, UINT64_MAX, &sequence) == 0)) {
		backlog_applied(item, sequence);
		return 0;
	}
	cli_say(cli, T_SITE_UNREAD, item->site,
	    reply->type == REDIS_REPLY_ERROR ? reply->str : text_of(cli->language, T_DAMAGED), NULL);
	return -1;
}

static int
settle_some(struct cli *cli, struct backlog_item *items, size_t n)
{
	struct buf commands = { 0 };
	int failed;

	for (size_t i = 0; i < n; i++) {
		resp_array(&commands, 2);
		resp_bulk(&commands, STR("GET"));
		key_marker(&commands, str_of(items[i].site), items[i].writer);
	}
	failed = cli_ask(cli, buf_view(&commands));
	for (size_t i = 0; i < n && failed == 0; i++) {
		redisReply *reply = cli_hear(cli);

		failed = reply != NULL ? take_marker(cli, &items[i], reply) : -1;
		freeReplyObject(reply);
	}
	buf_fini(&commands);
	return failed;
}

int
arrears_settle(struct cli *cli, struct backlog *b)
{
	int failed = 0;

	for (size_t from = 0; from < b->n && failed == 0; from += CHUNK)
		failed = settle_some(cli, &b->items[from], b->n - from < CHUNK ? b->n - from : CHUNK);
	return failed;
}

/* ---- what is left -------------------------------------------------------- */

/* What is left of one writer. */
struct debt {
	struct backlog_sum sum;
	struct buf sites; /* names of the first ones */
	size_t nsites;
};

static void
add_item(struct debt *d, const struct backlog_item *item)
{
	struct backlog_sum sum = backlog_sum(item);

	if (sum.batches == 0)
		return;
	d->sum.batches += sum.batches;
	d->sum.hits += sum.hits;
	if (d->nsites < SITES_SHOWN)
		buf_printf(&d->sites, "%s%s", d->nsites > 0 ? ", " : "", item->site);
	d->nsites++;
}

/* "4fc0e1a2, left behind: 12 batches with 340 hits (demo, other, …) …" */
static void
judge_writer(const struct backlog_item *of, const struct debt *d, struct findings *f)
{
	static const struct {
		enum text message, remedy;
	} texts[] = {
		[BACKLOG_HELD] = { T_WAITS_HELD, T_WAITS_HELD_FIX },
		[BACKLOG_LEFT] = { T_WAITS_LEFT, T_WAITS_LEFT_FIX },
		[BACKLOG_REFUSED] = { T_QUARANTINED, T_QUARANTINED_FIX },
	};
	struct buf amount = { 0 };
	char batches[32], hits[32], writer[WRITER_SHOWN + 1];

	(void)snprintf(writer, sizeof(writer), "%.*s", WRITER_SHOWN, of->writer);
	(void)snprintf(batches, sizeof(batches), "%" PRIu64, d->sum.batches);
	(void)snprintf(hits, sizeof(hits), "%" PRIu64, d->sum.hits);
	text_add(&amount, f->language, T_AMOUNT, batches, hits, NULL);
	buf_printf(&amount, " (%.*s%s)", (int)d->sites.n, d->sites.p, d->nsites > SITES_SHOWN ? ", …" : "");
	buf_putc(&amount, '\0');
	findings_add(f, LEVEL_ERROR, "spool", texts[of->state].message, writer, amount.p, NULL);
	findings_remedy(f, texts[of->state].remedy, NULL);
	buf_fini(&amount);
}

static bool
is_of_same(const struct backlog_item *a, const struct backlog_item *b)
{
	return a->state == b->state && strcmp(a->writer, b->writer) == 0;
}

void
arrears_judge(const struct backlog *b, struct findings *f)
{
	for (size_t i = 0, next; i < b->n; i = next) {
		struct debt d = { .nsites = 0 };

		for (next = i; next < b->n && is_of_same(&b->items[next], &b->items[i]); next++)
			add_item(&d, &b->items[next]);
		if (d.nsites > 0)
			judge_writer(&b->items[i], &d, f);
		buf_fini(&d.sites);
	}
}
