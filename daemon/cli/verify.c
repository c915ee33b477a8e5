/* verify.c - thongke verify: do a site's figures agree, and is all in Redis
 * that was acknowledged?  The spool is read before the markers, so that what
 * is applied meanwhile can only help.  Nothing is changed. */
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>

#include "base/clock.h"
#include "cli/arrears.h"
#include "cli/backlog.h"
#include "cli/cli.h"
#include "cli/daemon.h"
#include "cli/findings.h"
#include "cli/inspection.h"
#include "cli/table.h"
#include "count/site.h"
#include "render/json.h"

enum { PATIENCE_US = 3000000, PAUSE_MS = 50 };

/* What the daemon said. */
struct witness {
	bool answers;
	struct unresolved first, last;
	struct buf why; /* it does not; NUL-terminated */
};

struct verification {
	struct cli *cli;
	struct inspection sites;
	struct backlog backlog;
	struct witness daemon;
	struct findings findings;
};

/* ---- the daemon ---------------------------------------------------------- */

/* What it did before a restart, or before it last failed to answer, is no
 * measure any more. */
static void
question(struct witness *w, const char *address)
{
	bool answered = w->answers;

	buf_clear(&w->why);
	w->answers = daemon_unresolved(address, &w->last, &w->why) == 0;
	buf_putc(&w->why, '\0');
	if (!answered || w->last.applied < w->first.applied)
		w->first = w->last;
}

/* Under load something is always on its way.  It is not stuck if more has
 * been applied since we first asked than there was then: all that was sealed,
 * and what was still being gathered. */
static bool
keeps_up(const struct witness *w)
{
	return w->last.applied - w->first.applied > w->first.batches;
}

static bool
is_busy(const struct witness *w)
{
	return w->answers && (w->last.hits > 0 || w->last.batches > 0);
}

static bool
is_stuck(const struct witness *w)
{
	return is_busy(w) && !keeps_up(w);
}

/* ---- the story ----------------------------------------------------------- */

/* Ask Redis and the daemon until nothing is unresolved that somebody living
 * could still resolve, or until it is taking too long. */
static int
settle(struct verification *v)
{
	int64_t until = clock_mono_us() + PATIENCE_US;

	for (;;) {
		if (arrears_settle(v->cli, &v->backlog) != 0)
			return -1;
		question(&v->daemon, v->cli->config->admin_listen.items[0]);
		if ((!backlog_is_held(&v->backlog) && !is_stuck(&v->daemon)) || clock_mono_us() > until)
			return 0;
		(void)poll(NULL, 0, PAUSE_MS);
	}
}

static void
add_grouped(const struct cli *cli, struct buf *out, int64_t number)
{
	table_grouped(out, number, cli_group(cli));
	buf_putc(out, '\0');
}

/* What the daemon has that Redis has not; NUL-terminated.  The hits of batches
 * that lie in its spool wait for nothing. */
static void
add_amount(const struct verification *v, struct buf *out)
{
	const struct unresolved *u = &v->daemon.last;
	struct buf batches = { 0 }, hits = { 0 };

	add_grouped(v->cli, &batches, (int64_t)u->batches);
	add_grouped(v->cli, &hits, (int64_t)u->hits);
	text_add(out, v->cli->language, T_DAEMON_AMOUNT, batches.p, hits.p, NULL);
	buf_putc(out, '\0');
	buf_fini(&batches);
	buf_fini(&hits);
}

static void
judge_daemon(struct verification *v)
{
	struct buf amount = { 0 };

	if (!is_stuck(&v->daemon))
		return;
	add_amount(v, &amount);
	findings_add(&v->findings, LEVEL_ERROR, "daemon", T_DAEMON_WAITS, amount.p, NULL);
	findings_remedy(&v->findings, T_DAEMON_WAITS_FIX, NULL);
	buf_fini(&amount);
}

/* -1 when it could not be found out, which was said. */
static int
verify(struct verification *v)
{
	arrears_read(v->cli, &v->backlog, &v->findings);
	if (cli_connect(v->cli) != 0 || inspection_run(&v->sites) != 0 || settle(v) != 0)
		return -1;
	inspection_judge(&v->sites, &v->findings);
	arrears_judge(&v->backlog, &v->findings);
	judge_daemon(v);
	return 0;
}

/* ---- writing ------------------------------------------------------------- */

static int64_t
all_hits(const struct verification *v)
{
	int64_t hits = 0;

	for (size_t i = 0; i < v->sites.n; i++)
		hits += v->sites.sites[i].read ? v->sites.sites[i].audit.hits : 0;
	return hits;
}

/* The one line when all is well. */
static void
write_summary(const struct verification *v, struct buf *out)
{
	const struct cli *cli = v->cli;
	struct buf sites = { 0 }, hits = { 0 }, amount = { 0 };

	add_grouped(cli, &sites, (int64_t)v->sites.n);
	add_grouped(cli, &hits, all_hits(v));
	add_amount(v, &amount);
	text_add(out, cli->language, T_VERIFY_GOOD, sites.p, hits.p, NULL);
	if (!v->daemon.answers)
		text_add(out, cli->language, T_DAEMON_UNCHECKED, v->daemon.why.p, NULL);
	else
		text_add(out, cli->language, is_busy(&v->daemon) ? T_DAEMON_BUSY : T_DAEMON_DONE, amount.p, NULL);
	buf_putc(out, '\n');
	buf_fini(&sites);
	buf_fini(&hits);
	buf_fini(&amount);
}

static void
write_findings(const struct verification *v, struct buf *out)
{
	static const struct table_column columns[] = { { "where", NULL, ALIGN_LEFT }, { "message", NULL, ALIGN_LEFT } };
	const struct findings *f = &v->findings;
	struct table *t = table_new(columns, 2);
	struct buf line = { 0 };

	for (size_t i = 0; i < f->n; i++) {
		buf_clear(&line);
		buf_str(&line, buf_view(&f->items[i].message));
		if (f->items[i].remedy.n > 0) {
			buf_puts(&line, " → ");
			buf_str(&line, buf_view(&f->items[i].remedy));
		}
		table_text(t, str_of(f->items[i].check), TONE_BAD);
		table_text(t, buf_view(&line), TONE_PLAIN);
	}
	table_print(t, &(struct table_style){ cli_group(v->cli), v->cli->colours }, out);
	buf_fini(&line);
	table_free(t);
}

static void
add_json_sites(const struct inspection *in, struct buf *out)
{
	for (size_t i = 0; i < in->n; i++) {
		const struct inspected *site = &in->sites[i];

		buf_printf(out, "%s{\"site\":\"%s\",", i > 0 ? ",\n " : "", site->site->config->name);
		if (site->read)
			buf_printf(out,
			    "\"hits\":%" PRId64 ",\"days\":%" PRId64 ",\"pages\":%" PRId64 ",\"visits\":%" PRId64
			    ",\"odd\":%" PRId64 "}",
			    site->audit.hits, site->audit.days, site->audit.pages, site->audit.visits, site->audit.odd);
		else
			buf_puts(out, "\"hits\":null,\"days\":null,\"pages\":null,\"visits\":null,\"odd\":null}");
	}
}

static void
add_json_backlog(const struct backlog *b, struct buf *out)
{
	const char *separator = "";

	for (size_t i = 0; i < b->n; i++) {
		const struct backlog_item *item = &b->items[i];
		struct backlog_sum sum = backlog_sum(item);

		if (sum.batches == 0)
			continue;
		buf_printf(out, "%s{\"writer\":\"%s\",\"state\":\"%s\",\"site\":", separator, item->writer,
		    backlog_states[item->state]);
		json_string(out, str_of(item->site));
		buf_printf(out, ",\"batches\":%" PRIu64 ",\"hits\":%" PRIu64 "}", sum.batches, sum.hits);
		separator = ",\n ";
	}
}

static void
add_json_daemon(const struct witness *w, struct buf *out)
{
	if (w->answers) {
		buf_printf(out, "{\"checked\":true,\"pending_hits\":%" PRIu64 ",\"unapplied_batches\":%" PRIu64 "}",
		    w->last.hits, w->last.batches);
		return;
	}
	buf_puts(out, "{\"checked\":false,\"why\":");
	json_string(out, str_of(w->why.p));
	buf_putc(out, '}');
}

static void
add_json_findings(const struct findings *f, struct buf *out)
{
	for (size_t i = 0; i < f->n; i++) {
		const struct finding *item = &f->items[i];

		buf_printf(out, "%s{\"check\":\"%s\",\"message\":", i > 0 ? ",\n " : "", item->check);
		json_string(out, buf_view(&item->message));
		if (item->remedy.n > 0) {
			buf_puts(out, ",\"remedy\":");
			json_string(out, buf_view(&item->remedy));
		}
		buf_putc(out, '}');
	}
}

/* {"errors":0,"hits":12,"sites":[…],"unresolved":[…],"daemon":{…},"findings":[…]} */
static void
write_json(const struct verification *v, struct buf *out)
{
	buf_printf(out, "{\"errors\":%zu,\"hits\":%" PRId64 ",\"sites\":[", v->findings.n, all_hits(v));
	add_json_sites(&v->sites, out);
	buf_puts(out, "],\n\"unresolved\":[");
	add_json_backlog(&v->backlog, out);
	buf_puts(out, "],\n\"daemon\":");
	add_json_daemon(&v->daemon, out);
	buf_puts(out, ",\n\"findings\":[");
	add_json_findings(&v->findings, out);
	buf_puts(out, "]}\n");
}

/* ---- the verb ------------------------------------------------------------ */

static int
verify_and_write(struct verification *v)
{
	if (cli_load(v->cli) != 0)
		return EXIT_USAGE;
	if (inspection_choose(&v->sites) != 0)
		return EXIT_USAGE;
	if (verify(v) != 0)
		return EXIT_FAILED;
	if (v->cli->format == FORMAT_JSON)
		write_json(v, &v->cli->out);
	else if (v->findings.n > 0)
		write_findings(v, &v->cli->out);
	else
		write_summary(v, &v->cli->out);
	return v->findings.n > 0 ? EXIT_FAILED : 0;
}

int
cli_verify(struct cli *cli)
{
	struct verification v = { .cli = cli, .sites.cli = cli, .findings.language = cli->language };
	int status = verify_and_write(&v);

	inspection_fini(&v.sites);
	backlog_fini(&v.backlog);
	buf_fini(&v.daemon.why);
	findings_fini(&v.findings);
	return status;
}
