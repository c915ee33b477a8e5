/* cli.h - what the verbs of the thongke program share. */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/config.h"
#include "base/str.h"
#include "cli/texts.h"

struct redisContext;
struct redisReply;
struct site;
struct sites;

enum { EXIT_FAILED = 1, EXIT_USAGE = 2 };

/* Bits, so that a verb can say which it has. */
enum cli_format { FORMAT_TABLE = 1, FORMAT_JSON = 2, FORMAT_CSV = 4, FORMAT_PLAIN = 8 };

struct cli {
	const char *file; /* of the configuration */
	bool file_named; /* by -c or THONGKE_CONFIG */
	enum language language;
	enum cli_format format;
	bool colours;
	const char *period, *limit; /* of the verb top; NULL: not given */
	bool yes; /* what would be asked about is wanted */
	int argc; /* of the verb: argv[0] is its name */
	char **argv;
	struct config *config; /* NULL until cli_load() */
	struct sites *sites;
	struct redisContext *redis; /* NULL until cli_connect() */
	struct buf out; /* for standard output; main.c writes it when the verb has returned */
};

/* One function a verb; returns the program's exit status. */
typedef int cli_verb(struct cli *cli);
cli_verb cli_base;
cli_verb cli_check;
cli_verb cli_help;
cli_verb cli_purge;
cli_verb cli_replay; /* of the verb spool */
cli_verb cli_show;
cli_verb cli_sites;
cli_verb cli_snippet;
cli_verb cli_spool;
cli_verb cli_top;
cli_verb cli_verify;

struct verb {
	const char *name;
	const char *arguments; /* NULL: it takes none */
	unsigned formats; /* of enum cli_format */
	cli_verb *run;
	const char *summary[LANGUAGES]; /* a line */
	const char *help[LANGUAGES]; /* more, with examples; ends with a newline */
};

/* The i-th verb; NULL past the last. */
const struct verb *verb_at(size_t i);
/* NULL, after saying so, if there is none of that name. */
const struct verb *verb_find(const struct cli *cli, const char *name);

/* Help on a verb, or on the program for NULL. */
void help_print(struct cli *cli, const struct verb *verb);

/* "thongke: " and the text with its words (text_add()) on standard error. */
void cli_say(const struct cli *cli, enum text id, ...) __attribute__((sentinel));

/* Read the configuration; -1 after saying what is wrong with it. */
int cli_load(struct cli *cli) __attribute__((warn_unused_result));

/* The site of that name; NULL after saying that there is none. */
struct site *cli_site(struct cli *cli, const char *name);

/* What stands between groups of digits in the language: 1.234 or 1,234. */
char cli_group(const struct cli *cli);

/* What is learned when Redis is reached. */
struct contact {
	int64_t trip_us; /* that the first answer took */
	char layout[16]; /* what tk:schema holds; empty: there is no data yet */
	bool timed; /* this process's clock was set by Redis's TIME; clock_offset() tells by how much */
};

/* Connect to the configuration's Redis; -1 with *ret_why saying why not. */
int cli_reach(struct cli *cli, struct contact *ret_contact, struct buf *ret_why) __attribute__((warn_unused_result));

/* The same for who only wants to read; -1 after saying why not. */
int cli_connect(struct cli *cli) __attribute__((warn_unused_result));

/* Queue a command (of resp.h), and wait for the answer to the first one that
 * has none; the answer is the caller's to free.  NULL: the link is lost. */
int cli_ask(struct cli *cli, struct str command) __attribute__((warn_unused_result));
struct redisReply *cli_answer(struct cli *cli) __attribute__((warn_unused_result));

/* The answer, or NULL after saying that the link is lost. */
struct redisReply *cli_hear(struct cli *cli) __attribute__((warn_unused_result));

#endif
