/* arrears.h - what the spool has that Redis has not: the folders of spool_dir
 * against the markers. */
#ifndef CLI_ARREARS_H
#define CLI_ARREARS_H

#include "cli/backlog.h"

struct cli;
struct findings;

/* Add to the backlog what lies in spool_dir, of the sites named on the command
 * line or of all, those included that are configured no more.  What cannot be
 * read, or only in part, is a finding. */
void arrears_read(const struct cli *cli, struct backlog *b, struct findings *f);

/* Take from it what is applied by now; -1 after saying that Redis does not
 * tell.  May be done again and again. */
int arrears_settle(struct cli *cli, struct backlog *b) __attribute__((warn_unused_result));

/* A finding for each writer of whom something is left. */
void arrears_judge(const struct backlog *b, struct findings *f);

#endif
