/* index.c - it doubles, and then all are put in again. */
#include "store/index.h"

#include <stdlib.h>

#include "base/mem.h"

enum { FIRST_CAP = 32 };

void
index_fini(struct index *x)
{
	free(x->slots);
	*x = (struct index){ 0 };
}

static void
put(struct index *x, struct index_slot s)
{
	size_t slot = index_first(x, s.hash);

	while (x->slots[slot].number != 0)
		slot = index_next(x, slot);
	x->slots[slot] = s;
}

static void
grow(struct index *x)
{
	struct index_slot *before = x->slots;
	size_t cap = x->cap;

	x->cap = cap > 0 ? cap * 2 : FIRST_CAP;
	x->slots = xcalloc(x->cap, sizeof(*x->slots));
	for (size_t i = 0; i < cap; i++) {
		if (before[i].number != 0)
			put(x, before[i]);
	}
	free(before);
}

void
index_add(struct index *x, uint32_t hash)
{
	if (x->n * 2 >= x->cap)
		grow(x);
	put(x, (struct index_slot){ hash, (uint32_t)++x->n });
}
