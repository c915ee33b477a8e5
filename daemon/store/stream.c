/* stream.c - two lists, by sequence. */
#include "store/stream.h"

void
stream_init(struct stream *st, struct str site, const char *writer)
{
	*st = (struct stream){ .site = site, .writer = writer };
	TAILQ_INIT(&st->unapplied);
	TAILQ_INIT(&st->retained);
}

static void
free_batches(struct batches *list)
{
	struct batch *b;

	while ((b = TAILQ_FIRST(list)) != NULL) {
		TAILQ_REMOVE(list, b, next);
		batch_free(b);
	}
}

void
stream_fini(struct stream *st)
{
	free_batches(&st->unapplied);
	free_batches(&st->retained);
	st->nunapplied = 0;
}

/* The last batch that b belongs behind, or NULL. */
static struct batch *
place_of(struct stream *st, const struct batch *b, struct batch *before)
{
	struct batch *at = before, *next;

	if (at == NULL || at->sequence > b->sequence)
		at = TAILQ_LAST(&st->unapplied, batches);
	while (at != NULL && at->sequence > b->sequence)
		at = TAILQ_PREV(at, batches, next);
	while (at != NULL && (next = TAILQ_NEXT(at, next)) != NULL && next->sequence <= b->sequence)
		at = next;
	return at;
}

int
stream_insert(struct stream *st, struct batch *b, struct batch *before)
{
	struct batch *at = place_of(st, b, before);

	if (at != NULL && at->sequence == b->sequence)
		return -1;
	if (at != NULL)
		TAILQ_INSERT_AFTER(&st->unapplied, at, b, next);
	else
		TAILQ_INSERT_HEAD(&st->unapplied, b, next);
	st->nunapplied++;
	if (b->sequence > st->sequence)
		st->sequence = b->sequence;
	return 0;
}

void
stream_append(struct stream *st, struct batch *b)
{
	TAILQ_INSERT_TAIL(&st->unapplied, b, next);
	st->nunapplied++;
	st->sequence = b->sequence;
}

void
stream_remove(struct stream *st, struct batch *b)
{
	TAILQ_REMOVE(&st->unapplied, b, next);
	st->nunapplied--;
}

void
stream_retain(struct stream *st, struct batch *b)
{
	struct batch *at = TAILQ_LAST(&st->retained, batches);

	while (at != NULL && at->sequence > b->sequence)
		at = TAILQ_PREV(at, batches, next);
	if (at != NULL)
		TAILQ_INSERT_AFTER(&st->retained, at, b, next);
	else
		TAILQ_INSERT_HEAD(&st->retained, b, next);
}
