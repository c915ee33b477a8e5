/* index.c - it doubles, and then all are put in again.  To clear it costs as much as
 * was put in: many slots are not cleared for a few. */
#include "store/index.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum { FIRST_CAP = 16, CLEARED_EACH = 8 };

void
index_fini(struct index *x)
{
	free(x->slots);
	*x = (struct index){ 0 };
}

void
index_clear(struct index *x)
{
	if (x->cap > FIRST_CAP && x->cap > x->n * CLEARED_EACH)
		index_fini(x);
	else if (x->n > 0)
		memset(x->slots, 0, x->cap * sizeof(*x->slots));
	x->n = 0;
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
