/* backlog.c - items are found by halving: there may be a thousand sites, and
 * a million batches. */
#include "cli/backlog.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "store/segment.h"

const char *const backlog_states[] = {
	[BACKLOG_HELD] = "held", [BACKLOG_LEFT] = "left", [BACKLOG_REFUSED] = "refused"
};

void
backlog_fini(struct backlog *b)
{
	for (size_t i = 0; i < b->n; i++) {
		free(b->items[i].site);
		free(b->items[i].batches);
	}
	free(b->items);
	*b = (struct backlog){ NULL, 0, 0 };
}

static int
compare(const struct backlog_item *item, const struct backlog_writer *writer, struct str site)
{
	int order = (int)item->state - (int)writer->state;

	if (order == 0)
		order = strcmp(item->writer, writer->id);
	if (order == 0)
		order = strncmp(item->site, site.p, site.n);
	if (order == 0 && item->site[site.n] != '\0')
		order = 1; /* the other is the beginning of it */
	return order;
}

/* Where the item is, or is to be put. */
static size_t
place_of(const struct backlog *b, const struct backlog_writer *writer, struct str site)
{
	size_t low = 0, high = b->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare(&b->items[middle], writer, site) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static struct backlog_item *
item_of(struct backlog *b, const struct backlog_writer *writer, struct str site)
{
	size_t at = place_of(b, writer, site);

	if (at < b->n && compare(&b->items[at], writer, site) == 0)
		return &b->items[at];
	if (b->n == b->cap) {
		b->cap = b->cap > 0 ? b->cap * 2 : 16;
		b->items = xrealloc(b->items, b->cap * sizeof(*b->items));
	}
	memmove(&b->items[at + 1], &b->items[at], (b->n - at) * sizeof(*b->items));
	b->items[at] = (struct backlog_item){ .state = writer->state, .site = xstrndup(site.p, site.n) };
	(void)snprintf(b->items[at].writer, sizeof(b->items[at].writer), "%s", writer->id);
	b->n++;
	return &b->items[at];
}

void
backlog_add(struct backlog *b, const struct backlog_writer *writer, const struct spool_record *r)
{
	struct backlog_item *item = item_of(b, writer, r->site);

	if (item->n == item->cap) {
		item->cap = item->cap > 0 ? item->cap * 2 : 16;
		item->batches = xrealloc(item->batches, item->cap * sizeof(*item->batches));
	}
	item->batches[item->n++] = (struct backlog_batch){ r->sequence, r->hits };
}

static int
by_sequence(const void *a, const void *b)
{
	const struct backlog_batch *x = a, *y = b;

	return (x->sequence > y->sequence) - (x->sequence < y->sequence);
}

void
backlog_applied(struct backlog_item *item, uint64_t sequence)
{
	uint64_t last = sequence;
	size_t kept = 0;

	if (item->n > 1)
		qsort(item->batches, item->n, sizeof(*item->batches), by_sequence);
	for (size_t i = 0; i < item->n; i++) {
		if (item->batches[i].sequence <= last)
			continue;
		last = item->batches[i].sequence;
		item->batches[kept++] = item->batches[i];
	}
	item->n = kept;
}

struct backlog_sum
backlog_sum(const struct backlog_item *item)
{
	struct backlog_sum sum = { item->n, 0 };

	for (size_t i = 0; i < item->n; i++)
		sum.hits += item->batches[i].hits;
	return sum;
}

bool
backlog_is_held(const struct backlog *b)
{
	for (size_t i = 0; i < b->n; i++) {
		if (b->items[i].state == BACKLOG_HELD && b->items[i].n > 0)
			return true;
	}
	return false;
}
