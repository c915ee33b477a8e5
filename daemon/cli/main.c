/* main.c - thongke: options, then the verb from the table, then what it has
 * for standard output. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <hiredis/hiredis.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/config_check.h"
#include "base/mem.h"
#include "cli/cli.h"
#include "count/site.h"

/* What the options ask for. */
enum wish { WISH_VERB, WISH_HELP, WISH_VERSION, WISH_BAD };

void
cli_say(const struct cli *cli, enum text id, ...)
{
	struct buf line = { 0 };
	va_list words;

	buf_puts(&line, "thongke: ");
	va_start(words, id);
	text_addv(&line, cli->language, id, words);
	va_end(words);
	buf_putc(&line, '\n');
	(void)fwrite(line.p, 1, line.n, stderr);
	buf_fini(&line);
}

/* The same of a word that came from who called us: in quotes, after before
 * if that is not NULL. */
static void
say_quoted(const struct cli *cli, enum text id, const char *before, const char *word)
{
	struct buf quoted = { 0 };

	config_quote(str_of(word), &quoted);
	buf_putc(&quoted, '\0');
	if (before != NULL)
		cli_say(cli, id, before, quoted.p, NULL);
	else
		cli_say(cli, id, quoted.p, NULL);
	buf_fini(&quoted);
}

int
cli_load(struct cli *cli)
{
	struct config_overrides none = { NULL, 0 };
	struct config_error error = { { 0 }, 0 };

	if (access(cli->file, R_OK) != 0) {
		cli_say(cli, cli->file_named ? T_NO_FILE : T_NO_DEFAULT_FILE, cli->file, strerror(errno), NULL);
		return -1;
	}
	cli->config = config_load(cli->file, &none, &error);
	if (cli->config == NULL)
		(void)fwrite(error.text.p, 1, error.text.n, stderr);
	else
		cli->sites = sites_new(cli->config, NULL);
	buf_fini(&error.text);
	return cli->config != NULL ? 0 : -1;
}

struct site *
cli_site(struct cli *cli, const char *name)
{
	struct site *site = sites_find(cli->sites, str_of(name));
	struct buf quoted = { 0 };

	if (site != NULL)
		return site;
	config_quote(str_of(name), &quoted);
	buf_putc(&quoted, '\0');
	cli_say(cli, T_NO_SITE, quoted.p, cli->file, NULL);
	buf_fini(&quoted);
	return NULL;
}

char
cli_group(const struct cli *cli)
{
	return cli->language == VIETNAMESE ? '.' : ',';
}

static bool
variable_is_set(const char *name)
{
	const char *value = getenv(name);

	return value != NULL && value[0] != '\0';
}

static enum language
language_of_environment(void)
{
	static const char *const names[] = { "LC_ALL", "LC_MESSAGES", "LANG" };

	for (size_t i = 0; i < NITEMS(names); i++) {
		if (variable_is_set(names[i]))
			return language_of_locale(getenv(names[i]));
	}
	return ENGLISH;
}

static bool
terminal_has_colours(void)
{
	const char *term = getenv("TERM");

	return isatty(STDOUT_FILENO) && !variable_is_set("NO_COLOR") && term != NULL && term[0] != '\0' &&
	       strcmp(term, "dumb") != 0;
}

static enum wish
refuse_value(const struct cli *cli, const char *option, const char *value)
{
	say_quoted(cli, T_NO_SUCH_VALUE, option, value);
	return WISH_BAD;
}

static enum wish
parse_colours(struct cli *cli, const char *when)
{
	if (when == NULL || strcmp(when, "always") == 0)
		cli->colours = true;
	else if (strcmp(when, "never") == 0)
		cli->colours = false;
	else if (strcmp(when, "auto") == 0)
		cli->colours = terminal_has_colours();
	else
		return refuse_value(cli, "--color", when);
	return WISH_VERB;
}

/* getopt found an option that is none, or that lacks its value. */
static enum wish
refuse_option(const struct cli *cli, enum text why, const char *argument)
{
	char letter[] = { '-', (char)optopt, '\0' };

	say_quoted(cli, why, NULL, optopt > 0 && optopt < 128 ? letter : argument);
	return WISH_BAD;
}

static enum wish
parse_options(struct cli *cli, int argc, char **argv)
{
	enum { JSON = 256, CSV, PLAIN, COLOUR, LANGUAGE, SHOW_VERSION, YES, PERIOD, LIMIT };
	static const struct option options[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "json", no_argument, NULL, JSON },
		{ "csv", no_argument, NULL, CSV },
		{ "plain", no_argument, NULL, PLAIN },
		{ "color", optional_argument, NULL, COLOUR },
		{ "lang", required_argument, NULL, LANGUAGE },
		{ "yes", no_argument, NULL, YES },
		{ "period", required_argument, NULL, PERIOD },
		{ "limit", required_argument, NULL, LIMIT },
		{ "version", no_argument, NULL, SHOW_VERSION },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	enum wish wish = WISH_VERB;
	int option;

	while (wish != WISH_BAD && (option = getopt_long(argc, argv, ":c:h", options, NULL)) != -1) {
		switch (option) {
		case 'c':
			cli->file = optarg;
			cli->file_named = true;
			break;
		case JSON:
			cli->format = FORMAT_JSON;
			break;
		case CSV:
			cli->format = FORMAT_CSV;
			break;
		case PLAIN:
			cli->format = FORMAT_PLAIN;
			break;
		case COLOUR:
			if (parse_colours(cli, optarg) == WISH_BAD)
				wish = WISH_BAD;
			break;
		case LANGUAGE:
			if (language_parse(str_of(optarg), &cli->language) != 0)
				wish = refuse_value(cli, "--lang", optarg);
			break;
		case PERIOD:
			cli->period = optarg;
			break;
		case LIMIT:
			cli->limit = optarg;
			break;
		case YES:
			cli->yes = true;
			break;
		case SHOW_VERSION:
			wish = WISH_VERSION;
			break;
		case 'h':
			wish = WISH_HELP;
			break;
		default:
			wish = refuse_option(cli, option == ':' ? T_NO_VALUE : T_NO_OPTION, argv[optind - 1]);
		}
	}
	return wish;
}

static int
run(struct cli *cli, const struct verb *verb)
{
	static const char *const options[] = {
		[FORMAT_JSON] = "--json", [FORMAT_CSV] = "--csv", [FORMAT_PLAIN] = "--plain"
	};

	if ((verb->formats & cli->format) == 0) {
		cli_say(cli, T_NO_FORMAT, verb->name, options[cli->format], NULL);
		return EXIT_USAGE;
	}
	if (cli->argc > 1 && verb->arguments == NULL) {
		say_quoted(cli, T_NO_ARGUMENTS, verb->name, cli->argv[1]);
		return EXIT_USAGE;
	}
	return verb->run(cli);
}

static int
fulfil(struct cli *cli, enum wish wish)
{
	const struct verb *verb = NULL;

	if (wish == WISH_BAD)
		return EXIT_USAGE;
	if (wish == WISH_VERSION) {
		buf_puts(&cli->out, "thongke " VERSION "\n");
		return 0;
	}
	if (cli->argc > 0) {
		verb = verb_find(cli, cli->argv[0]);
		if (verb == NULL)
			return EXIT_USAGE;
	}
	if (wish == WISH_HELP) {
		help_print(cli, verb);
		return 0;
	}
	if (verb == NULL) {
		cli_say(cli, T_WHICH_VERB, NULL);
		return EXIT_USAGE;
	}
	return run(cli, verb);
}

/* Who reads may have seen enough (thongke sites | head -1): then this ends
 * as any program does whose pipe is broken, without a word. */
static int
write_out(const struct cli *cli, int status)
{
	if (fwrite(cli->out.p != NULL ? cli->out.p : "", 1, cli->out.n, stdout) == cli->out.n && fflush(stdout) == 0)
		return status;
	if (errno != EPIPE) {
		cli_say(cli, T_NOT_WRITTEN, strerror(errno), NULL);
	} else if (signal(SIGPIPE, SIG_DFL) != SIG_ERR) {
		(void)raise(SIGPIPE);
	}
	return EXIT_FAILED;
}

/* Where a standard descriptor is closed, the connection to Redis would take
 * its number and be written to; what is opened for reading refuses writes. */
static void
fill_descriptors(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		if (fcntl(fd, F_GETFD) == -1 && open("/dev/null", O_RDONLY) != fd)
			_exit(EXIT_FAILED);
	}
}

int
main(int argc, char **argv)
{
	struct cli cli = { .file = "/etc/thongke/thongke.ini", .format = FORMAT_TABLE };
	enum wish wish;
	int status;

	fill_descriptors();
	/* hiredis writes to its socket without MSG_NOSIGNAL. */
	if (signal(SIGPIPE, SIG_IGN) == SIG_ERR)
		return EXIT_FAILED;
	if (variable_is_set("THONGKE_CONFIG")) {
		cli.file = getenv("THONGKE_CONFIG");
		cli.file_named = true;
	}
	cli.language = language_of_environment();
	cli.colours = terminal_has_colours();
	wish = parse_options(&cli, argc, argv);
	cli.argc = argc - optind;
	cli.argv = argv + optind;
	status = write_out(&cli, fulfil(&cli, wish));
	buf_fini(&cli.out);
	if (cli.redis != NULL)
		redisFree(cli.redis);
	sites_free(cli.sites);
	config_free(cli.config);
	return status;
}
