/* commit.h - carries sealed batches to Redis and makes sure that each is
 * applied exactly once and in order: sequence, marker, gap, rejection.
 * DESIGN section 2. */
#ifndef STORE_COMMIT_H
#define STORE_COMMIT_H

#include <stddef.h>
#include <stdint.h>

#include "base/histogram.h"
#include "store/account.h"
#include "store/link.h"

struct commit;
struct retention;

enum commit_outcome {
	COMMIT_APPLIED, /* batch.applied says what Redis said */
	COMMIT_REJECTED /* never will be: not counted */
};

struct commit_options {
	struct link *link; /* borrowed, as is retention */
	struct retention *retention;
	/* The batch is off its account and the callee's to free. */
	void (*on_outcome)(void *arg, struct batch *b, enum commit_outcome outcome);
	void (*on_idle)(void *arg); /* nothing is in flight any more */
	void *arg;
};

struct commit *commit_new(const struct commit_options *o);
void commit_free(struct commit *c);

/* Send, in order, what of the account's unapplied batches is not in flight. */
void commit_send(struct commit *c, struct account *a);

/* The link is down and every answer was given. */
void commit_pause(struct account *a);

/* The link is back: read a's marker and send again, in order, what is missing. */
void commit_resume(struct commit *c, struct account *a);

size_t commit_in_flight(const struct commit *c);

struct commit_status {
	uint64_t applied_batches, rejected_batches;
	uint64_t returned_batches; /* that Redis had lost, sent again from retention */
	uint64_t lost_batches; /* that Redis had lost and nobody has kept */
	struct histogram latency; /* microseconds from sending a batch to its answer */
	struct histogram items; /* hits and beats of a batch */
};
const struct commit_status *commit_status(const struct commit *c);

#endif
