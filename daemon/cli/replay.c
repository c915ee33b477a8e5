/* replay.c - thongke spool replay: has a spool's folder counted that no daemon
 * takes over: another machine's, one too old, what was set aside. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "cli/cli.h"
#include "store/replay.h"

/* A line that the next one overwrites, for who looks on. */
static void
on_progress(void *arg, const struct replay_status *status)
{
	const struct cli *cli = arg;
	char batches[32], left[32];
	struct buf line = { 0 };

	if (!isatty(STDERR_FILENO))
		return;
	(void)snprintf(batches, sizeof(batches), "%" PRIu64, status->batches);
	(void)snprintf(left, sizeof(left), "%zu", status->unapplied);
	text_add(&line, cli->language, T_REPLAY_PROGRESS, batches, left, NULL);
	(void)fprintf(stderr, "\r\033[K%.*s%s", (int)line.n, line.p, status->unapplied > 0 ? "" : "\r\033[K");
	buf_fini(&line);
}

/* What it came to, on standard output; returns the exit status. */
static int
conclude(struct cli *cli, const struct replay_status *status)
{
	char hits[32], batches[32], rejected[32], old[32];
	int result = 0;

	(void)snprintf(hits, sizeof(hits), "%" PRIu64, status->hits);
	(void)snprintf(batches, sizeof(batches), "%" PRIu64, status->batches);
	(void)snprintf(rejected, sizeof(rejected), "%" PRIu64, status->rejected + status->damaged);
	(void)snprintf(old, sizeof(old), "%zu", status->too_old);
	if (!status->reached) {
		cli_say(cli, T_REPLAY_UNREACHED, NULL);
		return EXIT_FAILED;
	}
	text_add(&cli->out, cli->language, status->batches > 0 ? T_REPLAYED : T_REPLAYED_NOTHING, hits, batches, NULL);
	buf_putc(&cli->out, '\n');
	if (status->rejected + status->damaged > 0) {
		cli_say(cli, T_REPLAY_REJECTED, rejected, NULL);
		result = EXIT_FAILED;
	}
	if (status->too_old > 0) {
		cli_say(cli, T_REPLAY_TOO_OLD, old, NULL);
		result = EXIT_FAILED;
	}
	return result;
}

int
cli_replay(struct cli *cli)
{
	struct replay_options options = { .any_age = cli->yes, .on_progress = on_progress, .arg = cli };
	struct replay_status status;

	if (cli->argc != 3) {
		cli_say(cli, T_REPLAY_USAGE, NULL);
		return EXIT_USAGE;
	}
	if (cli_load(cli) != 0)
		return EXIT_USAGE;
	options.config = cli->config;
	options.dir = cli->argv[2];
	/* A folder that is not there would be made. */
	if (access(options.dir, R_OK | W_OK | X_OK) != 0) {
		cli_say(cli, T_REPLAY_DIR, options.dir, strerror(errno), NULL);
		return EXIT_FAILED;
	}
	return replay_run(&options, &status) == 0 ? conclude(cli, &status) : EXIT_FAILED;
}
