/* limit.c - a set-associative table, as a processor's cache is one: 8 buckets
 * of 16 bytes are two of its lines. */
#include "count/limit.h"

#include <stdlib.h>

#include "base/hash.h"
#include "base/mem.h"
#include "count/address.h"

enum { SETS = 8192, WAYS = 8 };

struct slot {
	uint64_t client; /* its hash; all zeros is a free slot */
	struct bucket bucket;
};

struct limit {
	struct hash_key key;
	struct pace pace;
	struct slot slots[SETS][WAYS];
};

_Static_assert(sizeof(((struct limit *)NULL)->slots) == 1 << 20, "limit.h says 1 MiB");

struct limit *
limit_new(struct pace pace)
{
	struct limit *l = xcalloc(1, sizeof(*l));

	hash_draw_key(&l->key);
	l->pace = pace;
	return l;
}

void
limit_free(struct limit *l)
{
	free(l);
}

void
limit_set(struct limit *l, struct pace pace)
{
	l->pace = pace;
}

/* The client's bucket, which it may have taken from the least busy. */
static struct bucket *
bucket_of(struct limit *l, uint64_t client, int64_t now_us)
{
	struct slot *set = l->slots[client % SETS], *least = set;
	int64_t least_level = INT64_MAX;

	for (struct slot *s = set; s < set + WAYS; s++) {
		if (s->client == client)
			return &s->bucket;
	}
	for (struct slot *s = set; s < set + WAYS; s++) {
		int64_t level = bucket_level(&s->bucket, &l->pace, now_us);

		if (level < least_level) {
			least_level = level;
			least = s;
		}
	}
	*least = (struct slot){ .client = client };
	return &least->bucket;
}

bool
limit_take(struct limit *l, const struct address *client, int64_t now_us)
{
	struct address network;

	if (l->pace.interval_ns == 0)
		return true;
	network = address_network(client);
	return bucket_take(
	    bucket_of(l, hash_of(&l->key, network.bytes, sizeof(network.bytes)), now_us), &l->pace, now_us);
}
