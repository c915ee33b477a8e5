/* sum.h - what the tallies of a day's batches come to, one after the other, as
 * long as all that Redis has of them is known: fold.lua is then told the sum and
 * need not take each apart. */
#ifndef STORE_SUM_H
#define STORE_SUM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/names.h"
#include "store/payload.h"

struct recent;

/* Start from { 0 }. */
struct sum {
	struct names pages, details, hosts; /* counted: hits */
	struct buf viewers; /* 8 bytes each */
	uint64_t hosts_max;
	int64_t kept_ms;
	size_t n, hits; /* tallies in it, and views */
	char first[TAG_BYTES], last[TAG_BYTES];
	bool is_broken; /* one of them is not known: it is of no use */
};

void sum_fini(struct sum *s); /* to { 0 } */

/* A batch's payload that was packed: Redis has its tallies as it was sent them.
 * Visitors who were in a sum of that day before need not be in one again. */
void sum_add(struct sum *s, const struct payload *p, struct recent *visitors);

/* Something is, or may be, among the tallies that is not known. */
void sum_break(struct sum *s);

/* As the tallies of one batch, without its tag (payload.h). */
void sum_pack(const struct sum *s, struct buf *out);

#endif
