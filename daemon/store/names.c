/* names.c - hashed without a key: names come from our own sites' visitors, and
 * a batch has at most a thousand of them, a sum some thousands. */
#include "store/names.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

void
names_freeze(struct names *n)
{
	index_fini(&n->index);
}

void
names_fini(struct names *n)
{
	names_freeze(n);
	free(n->items);
	buf_fini(&n->text);
	*n = (struct names){ 0 };
}

void
names_clear(struct names *n)
{
	buf_clear(&n->text);
	index_clear(&n->index);
	n->n = 0;
}

size_t
names_bytes(const struct names *n)
{
	return n->text.cap + n->cap * sizeof(*n->items) + n->index.cap * sizeof(*n->index.slots);
}

/* Eight bytes at a time. */
static uint32_t
hash_name(struct str name)
{
	uint64_t h = name.n;

	while (name.n > 0) {
		size_t n = name.n < sizeof(uint64_t) ? name.n : sizeof(uint64_t);
		uint64_t w = 0;

		memcpy(&w, name.p, n);
		h = (h ^ w) * 0xff51afd7ed558ccdULL;
		h ^= h >> 32;
		name = (struct str){ name.p + n, name.n - n };
	}
	return index_hash(h);
}

struct str
names_at(const struct names *n, size_t i)
{
	return (struct str){ n->text.p + n->items[i].at, n->items[i].n };
}

static int
find(const struct names *n, struct str name, uint32_t hash, uint32_t *ret_number)
{
	for (size_t slot = index_first(&n->index, hash); index_at(&n->index, slot, ret_number);
	     slot = index_next(&n->index, slot)) {
		if (n->index.slots[slot].hash == hash && str_eq(names_at(n, *ret_number), name))
			return 0;
	}
	return -1;
}

int
names_find(const struct names *n, struct str name, uint32_t *ret_number)
{
	return find(n, name, hash_name(name), ret_number);
}

uint32_t
names_add(struct names *n, struct str name)
{
	uint32_t hash = hash_name(name), i;

	if (find(n, name, hash, &i) == 0)
		return i;
	n->items = grown(n->items, n->n, &n->cap, sizeof(*n->items));
	n->items[n->n] = (struct name){ .at = n->text.n, .n = name.n };
	buf_str(&n->text, name);
	index_add(&n->index, hash);
	return (uint32_t)n->n++;
}

struct written {
	int64_t count;
	size_t n; /* bytes of the name, which follows */
};

void
names_write(const struct names *n, struct buf *out)
{
	buf_add(out, &n->n, sizeof(n->n));
	for (size_t i = 0; i < n->n; i++) {
		struct written w = { n->items[i].count, n->items[i].n };

		buf_add(out, &w, sizeof(w));
		buf_str(out, names_at(n, i));
	}
}

void
names_add_written(struct names *n, struct str *text)
{
	size_t left;

	memcpy(&left, str_take(text, sizeof(left)).p, sizeof(left));
	for (; left > 0; left--) {
		struct written w;
		uint32_t name;

		memcpy(&w, str_take(text, sizeof(w)).p, sizeof(w));
		name = names_add(n, str_take(text, w.n));
		n->items[name].count += w.count;
	}
}
