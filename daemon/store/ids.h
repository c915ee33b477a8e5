/* ids.h - a set of 64-bit hit ids, to be asked for each hit: 16 bytes each.
 * Bounded in size and in time, whatever ids are sent. */
#ifndef STORE_IDS_H
#define STORE_IDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/linear_hash.h"

enum { IDS_MAX = 1 << 21 }; /* 32 MB */

/* Start from { 0 }. */
struct ids {
	struct linear_hash all;
};

void ids_fini(struct ids *x); /* to { 0 } */

size_t ids_count(const struct ids *x);
size_t ids_bytes(const struct ids *x); /* of memory, but for its own */
bool ids_has(const struct ids *x, uint64_t id);

/* -1 when there is no room for it: IDS_MAX, or too many that lie where it would. */
int ids_add(struct ids *x, uint64_t id) __attribute__((warn_unused_result));

#endif
