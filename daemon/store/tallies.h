/* tallies.h - what a batch adds to its day's pages, details, referrers and
 * visitors. */
#ifndef STORE_TALLIES_H
#define STORE_TALLIES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"
#include "store/names.h"

enum { TAG_BYTES = 16 };

/* Start from { 0 }. */
struct tallies {
	char tag[TAG_BYTES]; /* that no other batch of the day has */
	struct names pages, details, hosts; /* counted: hits */
	struct buf viewers; /* visitors of views, 8 bytes each, the comers before the others */
	size_t ncomers; /* whose view came first, before a beat */
	uint32_t hits;
	uint64_t hosts_max;
	int64_t kept_ms;
};

void tallies_fini(struct tallies *t); /* to { 0 } */
void tallies_clear(struct tallies *t); /* the same, but keeps the memory */

/* Free what only adding needs: nothing is added any more. */
void tallies_freeze(struct tallies *t);

bool tallies_are_none(const struct tallies *t);

/* As payload.h has them. */
void tallies_pack(const struct tallies *t, struct buf *out);

#endif
