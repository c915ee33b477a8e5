/* gathering.c - spare ones are a stack.  A small one is left as it is when its
 * batch is sealed; a large one is not used again, and frees what it can then. */
#include "store/gathering.h"

#include <stdlib.h>

#include "base/mem.h"

struct gatherings {
	SLIST_HEAD(, gathering) spare; /* owned; empty, with their memory */
	size_t nspare;
};

struct gatherings *
gatherings_new(void)
{
	struct gatherings *gs = xcalloc(1, sizeof(*gs));

	SLIST_INIT(&gs->spare);
	return gs;
}

static void
destroy(struct gathering *g)
{
	payload_fini(&g->payload);
	free(g->waiters);
	free(g);
}

void
gatherings_free(struct gatherings *gs)
{
	struct gathering *g;

	if (gs == NULL)
		return;
	while ((g = SLIST_FIRST(&gs->spare)) != NULL) {
		SLIST_REMOVE_HEAD(&gs->spare, next);
		destroy(g);
	}
	free(gs);
}

size_t
gatherings_spare(const struct gatherings *gs)
{
	return gs->nspare;
}

struct gathering *
gathering_take(struct gatherings *gs)
{
	struct gathering *g = SLIST_FIRST(&gs->spare);

	if (g != NULL) {
		SLIST_REMOVE_HEAD(&gs->spare, next);
		gs->nspare--;
		return g;
	}
	g = xcalloc(1, sizeof(*g));
	g->owner = gs;
	return g;
}

static void
clear(struct gathering *g)
{
	payload_clear(&g->payload);
	g->nwaiters = 0;
	g->is_applied = false;
	g->applied = (struct applied){ 0 };
	g->is_small = false;
}

void
gathering_give_back(struct gathering *g)
{
	struct gatherings *gs = g->owner;

	free(g->applied.views);
	if (!g->is_small || gs->nspare == SPARE_MOST) {
		destroy(g);
		return;
	}
	clear(g);
	SLIST_INSERT_HEAD(&gs->spare, g, next);
	gs->nspare++;
}

void
gathering_seal(struct gathering *g, size_t nitems, size_t payload_bytes)
{
	g->is_small = nitems <= SPARE_ITEMS && payload_bytes <= SPARE_BYTES;
	if (!g->is_small)
		payload_freeze(&g->payload);
}
