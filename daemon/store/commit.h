/* commit.h - carries sealed batches to Redis and makes sure that each is
 * applied exactly once and in order: sequence, marker, gap, rejection.
 * DESIGN section 2. */
#ifndef STORE_COMMIT_H
#define STORE_COMMIT_H

#include <stddef.h>
#include <stdint.h>

#include "base/histogram.h"
#include "store/link.h"
#include "store/stream.h"

struct commit;
struct retention;

enum commit_outcome {
	COMMIT_APPLIED, /* now, or it is known to have been before */
	COMMIT_REJECTED /* never will be: not counted */
};

struct commit_options {
	struct link *link; /* borrowed, as is retention */
	struct retention *retention;

	/* Bring back the payload of a batch that only the spool has.  -1 and
	 * errno: EBADMSG when it never will be, else it may be later. */
	int (*load)(void *arg, struct batch *b);

	/* Redis will never apply b; it is about to be passed over, and this is
	 * the moment to keep it elsewhere, or to tell who waits for it: once
	 * the marker is past it nobody may acknowledge it any more.  -1: not
	 * now; asked again later. */
	int (*set_aside)(void *arg, struct batch *b);

	/* Redis has lost b, which it had acknowledged; it is unapplied again. */
	void (*on_returned)(void *arg, struct batch *b);

	/* The batch is off its stream and the callee's to free.  said is what
	 * Redis answered, its views the callee's; NULL when it was rejected,
	 * or when the marker alone told that it was applied. */
	void (*on_outcome)(void *arg, struct batch *b, enum commit_outcome outcome, const struct applied *said);

	void (*on_idle)(void *arg); /* nothing that somebody waits for is in flight any more */
	void (*on_heard)(void *arg); /* Redis has answered something */
	void *arg;
};

struct commit *commit_new(const struct commit_options *o);
void commit_free(struct commit *c);

/* Send, in order, what of the stream's unapplied batches is not in flight: of
 * those that lie in the spool only so many at once that others keep room. */
void commit_send(struct commit *c, struct stream *st);

/* The link is down and every answer was given. */
void commit_pause(struct commit *c, struct stream *st);

/* The link is up: read the stream's marker and send what is missing, in order. */
void commit_resume(struct commit *c, struct stream *st);

/* Try again what could not be done: to be called every now and then. */
void commit_retry(struct commit *c, struct stream *st);

/* Let the stream's marker live for so many seconds from now. */
void commit_expire(struct commit *c, struct stream *st, int64_t seconds);

size_t commit_expiring(const struct commit *c); /* commit_expire()s not answered */
size_t commit_in_flight(const struct commit *c); /* errands of any kind */
size_t commit_live(const struct commit *c); /* batches that only memory has, in flight */

enum { MARKER_TTL_S = 90 * 86400, MARKER_TTL_ENDED_S = 86400 };

struct commit_status {
	uint64_t applied_batches, rejected_batches;
	uint64_t forecast_batches; /* of those that were applied */
	uint64_t returned_batches; /* that Redis had lost, sent again from retention */
	uint64_t lost_batches; /* that Redis had lost and nobody has kept */
	struct histogram latency; /* microseconds from sending a batch to its answer */
	struct histogram items; /* hits and beats of a batch */
};
const struct commit_status *commit_status(const struct commit *c);

#endif
