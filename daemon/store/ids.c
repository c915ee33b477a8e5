/* ids.c - open addressing; a probe is bounded, since who sends ids chooses them. */
#include "store/ids.h"

#include <stdlib.h>

#include "base/mem.h"

enum { CAP_MIN = 16, PROBE_MAX = 128 };

void
ids_fini(struct ids *x)
{
	free(x->places);
	*x = (struct ids){ 0 };
}

/* Its place, or the empty one where it belongs; NULL when there is neither within PROBE_MAX. */
static uint64_t *
place_of(const struct ids *x, uint64_t id)
{
	size_t at = (id * 0x9e3779b97f4a7c15ULL) >> 32;

	for (size_t i = 0; i < PROBE_MAX && i < x->cap; i++) {
		uint64_t *place = &x->places[(at + i) & (x->cap - 1)];

		if (*place == id || *place == 0)
			return place;
	}
	return NULL;
}

bool
ids_has(const struct ids *x, uint64_t id)
{
	uint64_t *place;

	if (id == 0)
		return x->has_zero;
	place = place_of(x, id);
	return place != NULL && *place == id;
}

static int
grow(struct ids *x)
{
	struct ids wider = { .n = x->n, .cap = x->cap > 0 ? 2 * x->cap : CAP_MIN, .has_zero = x->has_zero };
	uint64_t *place;

	wider.places = xcalloc(wider.cap, sizeof(*wider.places));
	for (size_t i = 0; i < x->cap; i++) {
		if (x->places[i] == 0)
			continue;
		place = place_of(&wider, x->places[i]);
		if (place == NULL) {
			free(wider.places);
			return -1;
		}
		*place = x->places[i];
	}
	free(x->places);
	*x = wider;
	return 0;
}

int
ids_add(struct ids *x, uint64_t id)
{
	uint64_t *place;

	if (ids_has(x, id))
		return 0;
	if (x->n == IDS_MAX || (2 * (x->n + 1) > x->cap && grow(x) != 0))
		return -1;
	if (id == 0) {
		x->has_zero = true;
		x->n++;
		return 0;
	}
	place = place_of(x, id);
	if (place == NULL)
		return -1;
	*place = id;
	x->n++;
	return 0;
}
