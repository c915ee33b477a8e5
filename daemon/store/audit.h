/* audit.h - whether a site's figures agree: the command and the answer of
 * verify.lua. */
#ifndef STORE_AUDIT_H
#define STORE_AUDIT_H

#include <stdint.h>

#include "base/str.h"

struct redisReply;

/* One command, script included. */
void audit_command(struct buf *out, struct str site);

struct audit {
	int64_t hits; /* all */
	int64_t days, pages; /* sums */
	int64_t visits, visits_of_days; /* all; the sum of days */
	int64_t odd; /* values that are no number of hits, and in no sum */
	struct str where; /* the first of them; borrowed from the reply */
};

/* -1 when it is no answer of verify.lua. */
int audit_parse(const struct redisReply *reply, struct audit *ret_audit) __attribute__((warn_unused_result));

#endif
