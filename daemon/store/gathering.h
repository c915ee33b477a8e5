/* gathering.h - what a batch needs from its first hit until its answer.  With
 * many sites a batch has a hit or two and would make and free some thirty pieces
 * of memory for them; so what one has done with is kept for the next. */
#ifndef STORE_GATHERING_H
#define STORE_GATHERING_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/queue.h>

#include "store/batch.h"
#include "store/payload.h"

enum { SPARE_MOST = 128, SPARE_ITEMS = 64, SPARE_BYTES = 4096 };

struct gathering {
	struct gatherings *owner; /* borrowed: where it goes when it is done with */
	SLIST_ENTRY(gathering) next; /* among the spare ones */
	struct payload payload;
	struct waiter *waiters; /* owned */
	size_t nwaiters, waiters_cap;
	bool is_applied;
	struct applied applied; /* its views are owned */
	bool is_small; /* it may serve another batch */
};

/* Spare ones: SPARE_MOST at most, each of a batch that had SPARE_ITEMS at most
 * and a payload of SPARE_BYTES, so that what an hour of many hits has taken is
 * not held for ever. */
struct gatherings;

struct gatherings *gatherings_new(void);
void gatherings_free(struct gatherings *gs); /* all that were taken have come back */
size_t gatherings_spare(const struct gatherings *gs);

/* An empty one: the one that came back last, whose memory is in the processor's cache. */
struct gathering *gathering_take(struct gatherings *gs);
void gathering_give_back(struct gathering *g);

/* Its batch is sealed: nothing is added any more. */
void gathering_seal(struct gathering *g, size_t nitems, size_t payload_bytes);

#endif
