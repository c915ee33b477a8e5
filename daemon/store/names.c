/* names.c - FNV-1a: names come from our own sites' visitors, and a batch has at
 * most a thousand of them, so a keyed hash would buy nothing. */
#include "store/names.h"

#include <stdlib.h>

#include "base/mem.h"

enum { FIRST_CAP = 16 };

struct name {
	size_t at, n; /* in text */
	uint32_t hash;
};

void
names_freeze(struct names *n)
{
	free(n->index);
	n->index = NULL;
}

void
names_fini(struct names *n)
{
	names_freeze(n);
	free(n->items);
	buf_fini(&n->text);
	*n = (struct names){ 0 };
}

static uint32_t
hash_name(struct str name)
{
	uint32_t h = 2166136261U;

	for (size_t i = 0; i < name.n; i++)
		h = (h ^ (unsigned char)name.p[i]) * 16777619U;
	return h;
}

struct str
names_at(const struct names *n, size_t i)
{
	return (struct str){ n->text.p + n->items[i].at, n->items[i].n };
}

static void
index_item(struct names *n, size_t i)
{
	size_t slot = n->items[i].hash & (n->index_cap - 1);

	while (n->index[slot] != 0)
		slot = (slot + 1) & (n->index_cap - 1);
	n->index[slot] = (uint32_t)i + 1;
}

/* Half of the index stays empty, so a probe is short. */
static void
grow_index(struct names *n)
{
	if (n->n * 2 < n->index_cap)
		return;
	free(n->index);
	n->index_cap = n->index_cap > 0 ? n->index_cap * 2 : 2 * (size_t)FIRST_CAP;
	n->index = xcalloc(n->index_cap, sizeof(*n->index));
	for (size_t i = 0; i < n->n; i++)
		index_item(n, i);
}

uint32_t
names_add(struct names *n, struct str name)
{
	uint32_t hash = hash_name(name);

	grow_index(n);
	for (size_t slot = hash & (n->index_cap - 1); n->index[slot] != 0; slot = (slot + 1) & (n->index_cap - 1)) {
		uint32_t i = n->index[slot] - 1;
		if (n->items[i].hash == hash && str_eq(names_at(n, i), name))
			return i;
	}
	n->items = grown(n->items, n->n, &n->cap, sizeof(*n->items));
	n->items[n->n] = (struct name){ n->text.n, name.n, hash };
	buf_str(&n->text, name);
	index_item(n, n->n);
	return (uint32_t)n->n++;
}
