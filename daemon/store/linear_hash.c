/* linear_hash.c - of the n items there are, each has the head of a bucket: the
 * one that is added takes over what belongs to it from the bucket that has had
 * it until then, which is that of the same number without its highest bit.
 *
 * Who sends ids chooses them, so a bucket is bounded. */
#include "store/linear_hash.h"

#include <stdlib.h>

#include "base/mem.h"
#include "store/index.h"

enum { BUCKET_MAX = 128, USED_MAX = 1 << 30 };
enum { SMALL_BYTES = 128 * 1024 }; /* of what is larger, places that were not written to are mostly no memory yet */

static struct linear_item *
at(const struct linear_hash *h, uint32_t number)
{
	return linear_at(h, number);
}

void
linear_fini(struct linear_hash *h)
{
	for (size_t i = 0; i < h->nchunks; i++)
		free(h->chunks[i]);
	free(h->chunks);
	*h = (struct linear_hash){ .item_bytes = h->item_bytes };
}

size_t
linear_bytes(const struct linear_hash *h)
{
	size_t places = ((size_t)LINEAR_CHUNK_MIN << h->nchunks) - LINEAR_CHUNK_MIN;
	size_t items = places * h->item_bytes <= SMALL_BYTES ? places : h->used;

	return items * h->item_bytes + h->nchunks * sizeof(*h->chunks);
}

/* The highest bit of a number that is not 0. */
static uint32_t
highest(uint32_t number)
{
	return 1U << (31 - __builtin_clz(number));
}

/* The bucket of a key where there is one: its hash's last bits, one less of them where those before have not all been
 * divided yet. */
static uint32_t *
bucket_of(const struct linear_hash *h, uint64_t key)
{
	uint32_t half = highest(h->used), bucket = index_hash(key) & (2 * half - 1);

	return &at(h, (bucket < h->used ? bucket : bucket - half) + 1)->first;
}

uint32_t
linear_find(const struct linear_hash *h, uint64_t key)
{
	uint32_t number = h->used > 0 ? *bucket_of(h, key) : 0;

	while (number != 0 && at(h, number)->key != key)
		number = at(h, number)->next;
	return number;
}

/* Bucket number `own`, which is new, takes what is its own. */
static void
divide(struct linear_hash *h, uint32_t own)
{
	uint32_t half = highest(own), *from = &at(h, own - half + 1)->first, *to = &at(h, own + 1)->first;

	while (*from != 0) {
		struct linear_item *item = at(h, *from);

		if ((index_hash(item->key) & half) != 0) {
			*to = *from;
			*from = item->next;
			to = &item->next;
		} else {
			from = &item->next;
		}
	}
	*to = 0;
}

/* The next item, with a bucket. */
static uint32_t
extend(struct linear_hash *h)
{
	size_t size = (size_t)LINEAR_CHUNK_MIN << h->nchunks;

	if (h->used + LINEAR_CHUNK_MIN == size) {
		h->chunks = xrealloc(h->chunks, (h->nchunks + 1) * sizeof(*h->chunks));
		h->chunks[h->nchunks++] = xmalloc(size * h->item_bytes);
	}
	h->used++;
	if (h->used > 1)
		divide(h, h->used - 1);
	else
		at(h, 1)->first = 0;
	return h->used;
}

uint32_t
linear_put(struct linear_hash *h, uint64_t key)
{
	uint32_t number = h->used > 0 ? *bucket_of(h, key) : 0, *bucket;
	size_t before = 0;

	for (; number != 0 && at(h, number)->key != key; before++)
		number = at(h, number)->next;
	if (number != 0)
		return number;
	if (before == BUCKET_MAX || (h->spare == 0 && h->used == USED_MAX))
		return 0;
	number = h->spare;
	if (number != 0)
		h->spare = at(h, number)->next;
	else
		number = extend(h);
	bucket = bucket_of(h, key);
	at(h, number)->key = key;
	at(h, number)->next = *bucket;
	*bucket = number;
	h->n++;
	return number;
}

void
linear_remove(struct linear_hash *h, uint32_t number)
{
	struct linear_item *item = at(h, number);
	uint32_t *link = bucket_of(h, item->key);

	while (*link != number)
		link = &at(h, *link)->next;
	*link = item->next;
	item->next = h->spare;
	h->spare = number;
	h->n--;
}
