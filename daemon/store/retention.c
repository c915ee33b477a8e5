/* retention.c - two lists of all streams' batches, oldest first: those that
 * only memory has, and those that lie in a spool too. */
#include "store/retention.h"

#include <stdlib.h>

#include "base/mem.h"

struct retention {
	struct spool *spool;
	struct batches in_memory, in_spool; /* by kept_us */
	size_t bytes;
};

struct retention *
retention_new(struct spool *spool)
{
	struct retention *r = xcalloc(1, sizeof(*r));

	r->spool = spool;
	TAILQ_INIT(&r->in_memory);
	TAILQ_INIT(&r->in_spool);
	return r;
}

void
retention_free(struct retention *r)
{
	free(r);
}

static size_t
size_of(const struct batch *b)
{
	return sizeof(*b) + b->payload.cap;
}

static struct batches *
list_of(struct retention *r, const struct batch *b)
{
	return b->in_spool ? &r->in_spool : &r->in_memory;
}

static void
let_go(struct retention *r, struct batch *b)
{
	TAILQ_REMOVE(list_of(r, b), b, safety);
	TAILQ_REMOVE(&b->stream->retained, b, next);
	r->bytes -= size_of(b);
}

static void
expire(struct retention *r, struct batches *list, int64_t age_us, struct retention_limits limits)
{
	struct batch *b;

	while ((b = TAILQ_FIRST(list)) != NULL && (age_us - b->kept_us >= limits.age_us || r->bytes > limits.bytes)) {
		let_go(r, b);
		if (b->in_spool && b->stream->taken == NULL)
			spool_release(r->spool, b->place);
		batch_free(b);
	}
}

void
retention_expire(struct retention *r, int64_t age_us, struct retention_limits limits)
{
	expire(r, &r->in_memory, age_us, limits);
	expire(r, &r->in_spool, age_us, limits);
}

void
retention_keep(struct retention *r, struct batch *b, int64_t age_us, struct retention_limits limits)
{
	batch_strip(b);
	if (b->in_spool)
		buf_fini(&b->payload);
	b->kept_us = age_us;
	TAILQ_INSERT_TAIL(list_of(r, b), b, safety);
	stream_retain(b->stream, b);
	r->bytes += size_of(b);
	retention_expire(r, age_us, limits);
}

/* The first of them are in the spool now. */
static void
move_saved(struct retention *r, size_t n)
{
	while (n-- > 0) {
		struct batch *b = TAILQ_FIRST(&r->in_memory), *before;

		TAILQ_REMOVE(&r->in_memory, b, safety);
		r->bytes -= size_of(b);
		b->in_spool = true;
		buf_fini(&b->payload);
		r->bytes += size_of(b);
		before = TAILQ_LAST(&r->in_spool, batches);
		while (before != NULL && before->kept_us > b->kept_us)
			before = TAILQ_PREV(before, batches, safety);
		if (before != NULL)
			TAILQ_INSERT_AFTER(&r->in_spool, before, b, safety);
		else
			TAILQ_INSERT_HEAD(&r->in_spool, b, safety);
	}
}

int
retention_save(struct retention *r, size_t bytes)
{
	struct batch *b;
	size_t n = 0;
	bool full = false;

	TAILQ_FOREACH(b, &r->in_memory, safety)
	{
		struct spool_record record = batch_record(b);

		if (bytes < record_size(&record) && n > 0)
			break;
		if (!spool_has_room(r->spool, record_size(&record)) ||
		    spool_append(r->spool, &record, &b->place) != 0) {
			full = true;
			break;
		}
		bytes -= record_size(&record) < bytes ? record_size(&record) : bytes;
		n++;
	}
	if (spool_commit(r->spool) != 0)
		return -1;
	move_saved(r, n);
	return full ? -1 : !TAILQ_EMPTY(&r->in_memory);
}

size_t
retention_return(struct retention *r, struct stream *st, uint64_t sequence)
{
	struct batch *b;
	size_t n = 0;

	/* From the newest back, each in front of the one after it. */
	while ((b = TAILQ_LAST(&st->retained, batches)) != NULL && b->sequence >= sequence) {
		let_go(r, b);
		TAILQ_INSERT_HEAD(&st->unapplied, b, next);
		st->nunapplied++;
		n++;
	}
	return n;
}

size_t
retention_bytes(const struct retention *r)
{
	return r->bytes;
}
