/* index.h - where in an array something stands: open addressing over the
 * array's numbers, by hashes that the array's owner computes.
 *
 *	for (slot = index_first(&x, hash); index_at(&x, slot, &i); slot = index_next(&x, slot))
 *		if (x.slots[slot].hash == hash && items[i] is it) …
 */
#ifndef STORE_INDEX_H
#define STORE_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct index_slot {
	uint32_t hash;
	uint32_t number; /* + 1; 0: empty */
};

/* Start from { 0 }. */
struct index {
	struct index_slot *slots; /* owned */
	size_t n, cap; /* cap: a power of two, or 0; half of it stays empty, so a probe is short */
};

void index_fini(struct index *x);

/* Nothing is there any more.  The memory is kept, unless it is far more than what was there needs. */
void index_clear(struct index *x);

/* Number n, the next: it is not there yet. */
void index_add(struct index *x, uint32_t hash);

static inline size_t
index_first(const struct index *x, uint32_t hash)
{
	return hash & (x->cap - 1);
}

static inline size_t
index_next(const struct index *x, size_t slot)
{
	return (slot + 1) & (x->cap - 1);
}

/* False when what was looked for is not there. */
static inline bool
index_at(const struct index *x, size_t slot, uint32_t *ret_number)
{
	if (x->cap == 0 || x->slots[slot].number == 0)
		return false;
	*ret_number = x->slots[slot].number - 1;
	return true;
}

/* All bits of w in each bit of the hash. */
static inline uint32_t
index_hash(uint64_t w)
{
	return (uint32_t)((w * 0x9e3779b97f4a7c15ULL) >> 32);
}

#endif
