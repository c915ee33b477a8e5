/* sum.h - what the tallies of a day's batches come to, one after the other, as
 * long as all that Redis has of them is known: fold.lua is then told the sum and
 * need not take each apart. */
#ifndef STORE_SUM_H
#define STORE_SUM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"
#include "store/tallies.h"

struct recent;

/* Start from { 0 }. */
struct sum {
	struct tallies of; /* with the tag of the first */
	struct buf text; /* what the last batches have left, one behind the other, as sum.c writes it */
	size_t n; /* batches in it */
	size_t nviewers;
	char last[TAG_BYTES];
	bool is_broken; /* one of them is not known: it is of no use */
};

void sum_fini(struct sum *s); /* to { 0 } */

/* What one batch has left, if anything: Redis has it as it was sent.  Visitors who are known already are left out, and
 * are known from now on; has_comers: who came with it (tallies.h) is left out, too, being among the day's visitors. */
void sum_add(struct sum *s, const struct tallies *t, bool has_comers, struct recent *visitors);

/* So much that it is to be folded soon. */
bool sum_is_large(const struct sum *s);

/* Something is, or may be, among the tallies that is not known. */
void sum_break(struct sum *s);

/* All of it, as the tallies of one batch; good until the sum is changed. */
const struct tallies *sum_up(struct sum *s);

#endif
