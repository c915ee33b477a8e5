/* inspection.h - do the figures of sites agree, as Redis has them: all hits,
 * days and pages? */
#ifndef CLI_INSPECTION_H
#define CLI_INSPECTION_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"
#include "store/audit.h"

struct cli;
struct findings;
struct site;

/* One site of those asked for. */
struct inspected {
	struct site *site; /* borrowed */
	bool read; /* audit says what Redis has */
	struct audit audit; /* but for where */
	struct buf what; /* is odd in it, or why it could not be read; NUL-terminated */
};

/* Start from { .cli = … }, end with inspection_fini(). */
struct inspection {
	struct cli *cli; /* borrowed */
	struct inspected *sites; /* owned */
	size_t n;
};
void inspection_fini(struct inspection *in);

/* The sites named on the command line, or all; -1 after saying which is none. */
int inspection_choose(struct inspection *in) __attribute__((warn_unused_result));

/* Ask Redis; -1 after saying that the link is lost. */
int inspection_run(struct inspection *in) __attribute__((warn_unused_result));

/* A finding for each thing that is not as it should be. */
void inspection_judge(const struct inspection *in, struct findings *f);

#endif
