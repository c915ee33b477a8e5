/* ids.h - a set of 64-bit hit ids, to be asked for each hit: eight bytes a place,
 * half of them empty.  Bounded in size and in time, whatever ids are sent. */
#ifndef STORE_IDS_H
#define STORE_IDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { IDS_MAX = 1 << 21 }; /* 32 MB */

/* Start from { 0 }. */
struct ids {
	uint64_t *places; /* owned; 0: empty */
	size_t n, cap; /* cap: a power of two, or 0 */
	bool has_zero; /* the id 0, which has no place */
};

void ids_fini(struct ids *x); /* to { 0 } */

bool ids_has(const struct ids *x, uint64_t id);

/* -1 when there is no room for it: IDS_MAX, or too many that lie where it would. */
int ids_add(struct ids *x, uint64_t id) __attribute__((warn_unused_result));

#endif
