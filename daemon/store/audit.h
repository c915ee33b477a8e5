/* audit.h - whether a site's figures agree: the command and the answer of
 * verify.lua. */
#ifndef STORE_AUDIT_H
#define STORE_AUDIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

struct redisReply;

struct audit_query {
	struct str site;
	const int32_t *years; /* that may have days, each once */
	size_t nyears;
};

/* One command, script included. */
void audit_command(struct buf *out, const struct audit_query *q);

struct audit {
	int64_t hits; /* of totals */
	int64_t days, pages; /* sums */
	int64_t visits, visits_of_days; /* of totals; their sum */
	int64_t odd; /* values that are no number of hits, and in no sum */
	struct str where; /* the first of them; borrowed from the reply */
};

/* -1 when it is no answer of verify.lua. */
int audit_parse(const struct redisReply *reply, struct audit *ret_audit) __attribute__((warn_unused_result));

bool audit_agrees(const struct audit *a);

#endif
