/* linear_hash.h - a table of items with a key of 64 bits that grows by one item
 * and one bucket at a time (Litwin, "Linear Hashing", VLDB 1980): it is never put
 * together anew, so nobody waits for that, however many items there are.
 *
 * An item has a number from 1 on, and stays where it is.  It begins with struct
 * linear_item; what follows is its owner's. */
#ifndef STORE_LINEAR_HASH_H
#define STORE_LINEAR_HASH_H

#include <stddef.h>
#include <stdint.h>

struct linear_item {
	uint64_t key;
	uint32_t next; /* in its bucket; 0: none.  A spare one: the next of these */
	uint32_t first; /* of the bucket that has this item's number */
};

enum { LINEAR_CHUNK_MIN = 8 };

/* Start from { .item_bytes = sizeof(its items) }. */
struct linear_hash {
	size_t item_bytes;
	char **chunks; /* owned, all: of 8, 16, 32 … items */
	size_t nchunks;
	size_t n; /* keys */
	uint32_t used; /* items, the spare ones too; and buckets */
	uint32_t spare;
};

void linear_fini(struct linear_hash *h); /* to where it started */
size_t linear_bytes(const struct linear_hash *h); /* of memory that it has taken, about, but for its own */

static inline void *
linear_at(const struct linear_hash *h, uint32_t number)
{
	uint32_t place = number - 1 + LINEAR_CHUNK_MIN;
	int bit = 31 - __builtin_clz(place);

	return h->chunks[bit - __builtin_ctz(LINEAR_CHUNK_MIN)] + (place - (1U << bit)) * h->item_bytes;
}

uint32_t linear_find(const struct linear_hash *h, uint64_t key); /* its number, or 0 */

/* The number of a key that is there now, whether it was or not; what is the owner's of one that was not is as it
 * happens to be.  0 when there is no room: too many keys lie where it would. */
uint32_t linear_put(struct linear_hash *h, uint64_t key) __attribute__((warn_unused_result));

void linear_remove(struct linear_hash *h, uint32_t number); /* that is in use */

#endif
