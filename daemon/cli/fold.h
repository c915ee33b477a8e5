/* fold.h - what daemons have not folded into the days' pages, details,
 * referrers and visitors yet, some seconds' hits, or what a dead one has left. */
#ifndef CLI_FOLD_H
#define CLI_FOLD_H

#include <stdint.h>

#include "base/str.h"

struct cli;

/* Of these days, both included; site is NUL-terminated.  A Redis that does not let us write is told of, and no failure:
 * what it shows is a little behind then.  -1 after saying why not. */
int cli_fold(struct cli *cli, struct str site, int32_t from, int32_t to) __attribute__((warn_unused_result));

#endif
