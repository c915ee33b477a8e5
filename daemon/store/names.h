/* names.h - names that are numbered as they come, each once, and counted: a
 * batch's pages, the hosts that its visitors come from. */
#ifndef STORE_NAMES_H
#define STORE_NAMES_H

#include <stddef.h>
#include <stdint.h>

#include "base/str.h"
#include "store/index.h"

struct name {
	size_t at, n; /* in text */
	int64_t count; /* 0 at first; its owner's */
};

/* Start from { 0 }. */
struct names {
	struct buf text; /* one behind the other */
	struct name *items; /* owned */
	size_t n, cap;
	struct index index; /* empty once frozen */
};

void names_fini(struct names *n);
void names_clear(struct names *n); /* keeps the memory */
size_t names_bytes(const struct names *n); /* of memory, but for its own */

/* Its number, from 0 on; name is copied when it is new. */
uint32_t names_add(struct names *n, struct str name);

/* -1 when it is not there. */
int names_find(const struct names *n, struct str name, uint32_t *ret_number) __attribute__((warn_unused_result));

/* Write all of them with their counts behind out, as bytes for this process; take what was so written off the front of
 * text, and add it. */
void names_write(const struct names *n, struct buf *out);
void names_add_written(struct names *n, struct str *text);

/* Free what only adding and finding need: neither is called any more. */
void names_freeze(struct names *n);

struct str names_at(const struct names *n, size_t i); /* good until the next names_add() */

#endif
