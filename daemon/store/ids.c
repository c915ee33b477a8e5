/* ids.c - a table of nothing but keys. */
#include "store/ids.h"

void
ids_fini(struct ids *x)
{
	linear_fini(&x->all);
	*x = (struct ids){ 0 };
}

size_t
ids_count(const struct ids *x)
{
	return x->all.n;
}

size_t
ids_bytes(const struct ids *x)
{
	return linear_bytes(&x->all);
}

bool
ids_has(const struct ids *x, uint64_t id)
{
	return linear_find(&x->all, id) != 0;
}

int
ids_add(struct ids *x, uint64_t id)
{
	x->all.item_bytes = sizeof(struct linear_item);
	if (x->all.n == IDS_MAX)
		return ids_has(x, id) ? 0 : -1;
	return linear_put(&x->all, id) != 0 ? 0 : -1;
}
