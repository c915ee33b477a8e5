/* sum.h - what the tallies of a day's batches come to, one after the other, as
 * long as all that Redis has of them is known: fold.lua is then told the sum and
 * need not take each apart. */
#ifndef STORE_SUM_H
#define STORE_SUM_H

#include <stdbool.h>
#include <stddef.h>

#include "store/tallies.h"

/* Start from { 0 }. */
struct sum {
	struct tallies of; /* with the tag of the first */
	size_t n; /* tallies in it */
	char last[TAG_BYTES];
	bool is_broken; /* one of them is not known: it is of no use */
};

void sum_fini(struct sum *s); /* to { 0 } */

/* What one batch has left, if anything: Redis has it as it was sent. */
void sum_add(struct sum *s, const struct tallies *t, struct recent *visitors);

/* Something is, or may be, among the tallies that is not known. */
void sum_break(struct sum *s);

#endif
