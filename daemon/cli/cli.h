/* cli.h - what the verbs of the thongke program share. */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <stdbool.h>
#include <stddef.h>

#include "base/config.h"
#include "base/str.h"
#include "cli/texts.h"

struct redisContext;
struct redisReply;
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
	int argc; /* of the verb: argv[0] is its name */
	char **argv;
	struct config *config; /* NULL until cli_load() */
	struct sites *sites;
	struct redisContext *redis; /* NULL until cli_connect() */
	struct buf out; /* for standard output; main.c writes it when the verb has returned */
};

/* One function a verb; returns the program's exit status. */
typedef int cli_verb(struct cli *cli);
cli_verb cli_check;
cli_verb cli_help;
cli_verb cli_show;
cli_verb cli_sites;
cli_verb cli_snippet;

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
const struct verb *verb_find(const char *name); /* NULL if there is none */
const struct verb *verb_nearest(const char *name); /* NULL if none is near */

/* Help on a verb, or on the program for NULL. */
void help_print(struct cli *cli, const struct verb *verb);

/* "thongke: " and the text with its words (text_add()) on standard error. */
void cli_say(const struct cli *cli, enum text id, ...) __attribute__((sentinel));

/* Read the configuration; -1 after saying what is wrong with it. */
int cli_load(struct cli *cli) __attribute__((warn_unused_result));

/* Connect to the configuration's Redis and set this process's clock by its
 * TIME; cli_connect() has said why not when it returns -1, cli_reach() leaves
 * it in *ret_why.  *ret_contact may be NULL. */
struct contact {
	long trip_us; /* that the answer took */
	bool timed; /* the clock was set; clock_offset() tells by how much */
	bool connected; /* though it may have refused what was asked then */
};
int cli_connect(struct cli *cli) __attribute__((warn_unused_result));
int cli_reach(struct cli *cli, struct contact *ret_contact, struct buf *ret_why) __attribute__((warn_unused_result));

/* Queue a command (of resp.h), and wait for the answer to the first one that
 * has none; the answer is the caller's to free.  NULL: the link is lost. */
int cli_ask(struct cli *cli, struct str command) __attribute__((warn_unused_result));
struct redisReply *cli_answer(struct cli *cli) __attribute__((warn_unused_result));

#endif
