/* main.c - thongke: options, then the verb from a table. */
#include <getopt.h>
#include <hiredis/hiredis.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "cli/cli.h"
#include "count/site.h"

static const struct verb {
	const char *name;
	const char *arguments;
	const char *help;
	cli_verb *run;
} verbs[] = {
	{ "show", "[SITE]…", "các con số của ô thống kê / the figures of the box", cli_show },
};

void
cli_complain(const char *format, ...)
{
	va_list ap;

	(void)fputs("thongke: ", stderr);
	va_start(ap, format);
	(void)vfprintf(stderr, format, ap);
	va_end(ap);
	(void)fputc('\n', stderr);
}

static void
print_usage(void)
{
	(void)puts("usage: thongke [-c FILE] [--json] VERB …\n"
		   "\n"
		   "Đọc số liệu thẳng từ Redis, nên chạy được cả khi thongked đang dừng.\n"
		   "Reads Redis itself, so it works while the daemon is down.\n");
	for (size_t i = 0; i < NITEMS(verbs); i++)
		(void)printf("  %-6s %-10s  %s\n", verbs[i].name, verbs[i].arguments, verbs[i].help);
	(void)puts("\n"
		   "  -c, --config FILE   the daemon's configuration (default: $THONGKE_CONFIG,\n"
		   "                      else /etc/thongke/thongke.ini)\n"
		   "      --json          JSON instead of a table\n"
		   "      --version       print the version\n"
		   "  -h, --help          print this\n"
		   "\n"
		   "Exit status: 0 done, 1 it failed, 2 it was called wrongly.");
}

static const struct verb *
find_verb(const char *name)
{
	for (size_t i = 0; i < NITEMS(verbs); i++) {
		if (strcmp(verbs[i].name, name) == 0)
			return &verbs[i];
	}
	return NULL;
}

static struct config *
load_config(const char *file)
{
	struct config_overrides none = { NULL, 0 };
	struct config_error error = { { 0 }, 0 };
	struct config *c = config_load(file, &none, &error);

	if (c == NULL)
		(void)fwrite(error.text.p, 1, error.text.n, stderr);
	buf_fini(&error.text);
	return c;
}

static int
run(const struct verb *verb, struct cli *cli, const char *file)
{
	int status;

	cli->config = load_config(file);
	if (cli->config == NULL)
		return EXIT_USAGE;
	cli->sites = sites_new(cli->config, NULL);
	status = verb->run(cli);
	if (fflush(stdout) != 0 || ferror(stdout)) {
		cli_complain("standard output: can not be written");
		status = EXIT_FAILED;
	}
	if (cli->redis != NULL)
		redisFree(cli->redis);
	sites_free(cli->sites);
	config_free(cli->config);
	return status;
}

int
main(int argc, char **argv)
{
	enum { JSON = 256, SHOW_VERSION };
	static const struct option options[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "json", no_argument, NULL, JSON },
		{ "version", no_argument, NULL, SHOW_VERSION },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	const char *file = getenv("THONGKE_CONFIG");
	const struct verb *verb;
	struct cli cli = { 0 };
	int option;

	while ((option = getopt_long(argc, argv, "c:h", options, NULL)) != -1) {
		switch (option) {
		case 'c':
			file = optarg;
			break;
		case JSON:
			cli.format = FORMAT_JSON;
			break;
		case SHOW_VERSION:
			(void)printf("thongke %s\n", VERSION);
			return 0;
		case 'h':
			print_usage();
			return 0;
		default:
			cli_complain("see thongke --help");
			return EXIT_USAGE;
		}
	}
	verb = optind < argc ? find_verb(argv[optind]) : NULL;
	if (verb == NULL) {
		cli_complain("%s; see thongke --help", optind < argc ? "no such verb" : "which verb?");
		return EXIT_USAGE;
	}
	cli.argc = argc - optind;
	cli.argv = argv + optind;
	return run(verb, &cli, file != NULL ? file : "/etc/thongke/thongke.ini");
}
