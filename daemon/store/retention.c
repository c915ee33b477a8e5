/* retention.c - one list of all, oldest first, through the accounts' lists. */
#include "store/retention.h"

#include <stdlib.h>

#include "base/mem.h"

struct retention {
	struct batches kept; /* by kept_us */
	size_t bytes;
};

struct retention *
retention_new(void)
{
	struct retention *r = xcalloc(1, sizeof(*r));

	TAILQ_INIT(&r->kept);
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

static void
release(struct retention *r, struct batch *b)
{
	TAILQ_REMOVE(&r->kept, b, kept);
	TAILQ_REMOVE(&b->account->retained, b, next);
	r->bytes -= size_of(b);
}

void
retention_expire(struct retention *r, int64_t age_us, struct retention_limits limits)
{
	struct batch *b;

	while (
	    (b = TAILQ_FIRST(&r->kept)) != NULL && (age_us - b->kept_us >= limits.age_us || r->bytes > limits.bytes)) {
		release(r, b);
		batch_free(b);
	}
}

void
retention_keep(struct retention *r, struct batch *b, int64_t age_us, struct retention_limits limits)
{
	batch_strip(b);
	b->kept_us = age_us;
	TAILQ_INSERT_TAIL(&r->kept, b, kept);
	TAILQ_INSERT_TAIL(&b->account->retained, b, next);
	r->bytes += size_of(b);
	retention_expire(r, age_us, limits);
}

size_t
retention_return(struct retention *r, struct account *a, uint64_t sequence)
{
	struct batch *b;
	size_t n = 0;

	/* From the newest back, each in front of the one after it. */
	while ((b = TAILQ_LAST(&a->retained, batches)) != NULL && b->sequence >= sequence) {
		release(r, b);
		TAILQ_INSERT_HEAD(&a->unapplied, b, next);
		n++;
	}
	return n;
}

size_t
retention_bytes(const struct retention *r)
{
	return r->bytes;
}
