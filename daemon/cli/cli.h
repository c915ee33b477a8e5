/* cli.h - what the verbs of the thongke program share. */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <stddef.h>

#include "base/config.h"
#include "base/str.h"

struct redisContext;
struct sites;

enum { EXIT_FAILED = 1, EXIT_USAGE = 2 };
enum cli_format { FORMAT_TABLE, FORMAT_JSON };

struct cli {
	struct config *config;
	struct sites *sites;
	struct redisContext *redis; /* NULL until cli_connect() */
	enum cli_format format;
	int argc; /* of the verb: argv[0] is its name */
	char **argv;
};

/* One function a verb; returns the program's exit status. */
typedef int cli_verb(struct cli *cli);
cli_verb cli_show;

/* Connect to the configuration's Redis; -1 after saying why not. */
int cli_connect(struct cli *cli) __attribute__((warn_unused_result));

/* "thongke: " and the message, on standard error. */
void cli_complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
