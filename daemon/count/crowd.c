/* crowd.c - one hash table a generation holds tokens and addresses alike,
 * with linear probing, and doubles when it is 3/4 full.
 *
 * Of an address a generation knows how many tokens it has seen, and how many
 * of them were fresh, that is, not in the generation before.  So the tokens of
 * both are the older one's seen plus the younger one's fresh. */
#include "count/crowd.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/mem.h"
#include "count/address.h"

enum { CAP_MIN = 256, CAP_MAX = 1 << 20 };

struct entry {
	uint64_t hash; /* of a token or an address; 0: free */
	uint32_t seen, fresh; /* of an address */
};

struct generation {
	struct entry *entries; /* owned; NULL while there is none */
	size_t n, cap; /* cap is a power of two */
};

struct crowd {
	struct hash_key key;
	struct crowd_rule rule;
	struct generation young, old;
	int64_t since_us; /* when the young one began */
};

_Static_assert(CAP_MAX * sizeof(struct entry) == 16 << 20, "crowd.h says 16 MiB");

/* Where hash is, or would be; the table has a free entry. */
static struct entry *
place_of(const struct generation *g, uint64_t hash)
{
	size_t i = hash & (g->cap - 1);

	while (g->entries[i].hash != 0 && g->entries[i].hash != hash)
		i = (i + 1) & (g->cap - 1);
	return &g->entries[i];
}

static struct entry *
find(const struct generation *g, uint64_t hash)
{
	struct entry *e = g->cap > 0 ? place_of(g, hash) : NULL;

	return e != NULL && e->hash != 0 ? e : NULL;
}

/* Room for two more entries, of a token and its address; false when there is
 * none. */
static bool
make_room(struct generation *g)
{
	struct generation wider = { .n = g->n, .cap = g->cap > 0 ? 2 * g->cap : CAP_MIN };

	if (g->n + 2 <= g->cap / 4 * 3)
		return true;
	if (wider.cap > CAP_MAX)
		return false;
	wider.entries = xcalloc(wider.cap, sizeof(*wider.entries));
	for (size_t i = 0; i < g->cap; i++) {
		if (g->entries[i].hash != 0)
			*place_of(&wider, g->entries[i].hash) = g->entries[i];
	}
	free(g->entries);
	*g = wider;
	return true;
}

static struct entry *
put(struct generation *g, uint64_t hash)
{
	struct entry *e = place_of(g, hash);

	if (e->hash == 0) {
		e->hash = hash;
		g->n++;
	}
	return e;
}

static void
rotate(struct crowd *c, int64_t now_us)
{
	free(c->old.entries);
	c->old = c->young;
	c->young = (struct generation){ 0 };
	c->since_us = now_us;
}

static void
keep_time(struct crowd *c, int64_t now_us)
{
	int64_t age = now_us - c->since_us;

	if (age < 0) /* the clock went back: this generation is a little longer */
		c->since_us = now_us;
	if (age < c->rule.window_us)
		return;
	rotate(c, now_us);
	if (age >= 2 * c->rule.window_us)
		rotate(c, now_us);
}

struct crowd *
crowd_new(struct crowd_rule rule)
{
	struct crowd *c = xcalloc(1, sizeof(*c));

	hash_draw_key(&c->key);
	c->rule = rule;
	return c;
}

void
crowd_free(struct crowd *c)
{
	if (c == NULL)
		return;
	free(c->young.entries);
	free(c->old.entries);
	free(c);
}

void
crowd_set(struct crowd *c, struct crowd_rule rule)
{
	c->rule = rule;
}

static uint64_t
hash_of_address(const struct crowd *c, const struct crowd_member *m)
{
	uint8_t in[sizeof(struct address) + sizeof(m->site)];
	struct address network = address_network(m->address);
	uint64_t hash;

	memcpy(in, network.bytes, sizeof(network.bytes));
	memcpy(in + sizeof(network.bytes), &m->site, sizeof(m->site));
	hash = hash_of(&c->key, in, sizeof(in));
	return hash != 0 ? hash : 1;
}

static uint64_t
hash_of_token(const struct crowd *c, uint64_t address, uint64_t token)
{
	uint64_t in[2] = { address, token }, hash = hash_of(&c->key, in, sizeof(in));

	return hash != 0 ? hash : 1;
}

bool
crowd_admit(struct crowd *c, const struct crowd_member *m, int64_t now_us)
{
	uint64_t address = hash_of_address(c, m), token = hash_of_token(c, address, m->token);
	const struct entry *before, *now;
	struct entry *e;
	bool fresh;

	keep_time(c, now_us);
	if (find(&c->young, token) != NULL)
		return true;
	fresh = find(&c->old, token) == NULL;
	before = find(&c->old, address);
	now = find(&c->young, address);
	if (fresh && (before != NULL ? before->seen : 0) + (uint64_t)(now != NULL ? now->fresh : 0) >= c->rule.most)
		return false;
	if (!make_room(&c->young)) {
		rotate(c, now_us);
		fresh = find(&c->old, token) == NULL;
		(void)make_room(&c->young);
	}
	(void)put(&c->young, token);
	e = put(&c->young, address);
	e->seen++;
	e->fresh += fresh;
	return true;
}

size_t
crowd_bytes(const struct crowd *c)
{
	return (c->young.cap + c->old.cap) * sizeof(struct entry);
}
