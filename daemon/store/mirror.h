/* mirror.h - what Redis holds of a site, as far as this daemon has written it and
 * nobody else has counted since.  With it what a batch will come to is forecast,
 * and forecast.lua writes that without looking each thing up, once it has seen
 * that the forecast still holds.  Where it does not, apply.lua looks, and its answer
 * tells how much there is: what is known is all there is if it is as much. */
#ifndef STORE_MIRROR_H
#define STORE_MIRROR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/batch.h"
#include "store/ids.h"
#include "store/names.h"
#include "store/presence.h"

enum { MIRROR_WINDOWS = 3 };

/* The ids of one window. */
struct window {
	int64_t number;
	struct ids ids;
	bool is_whole; /* none is in Redis that is not here */
};

/* Start from { 0 }. */
struct mirror {
	bool is_known; /* anything at all */
	unsigned wary; /* so many batches more are not forecast, as somebody else counts the site, too */
	uint64_t sequence; /* the last batch that is in it: applied, or forecast and on its way */
	int64_t tended_us; /* monotonic: when presence was last tended by a forecast; 0: never */
	int32_t day; /* that last's sums are of */
	struct applied last; /* no views */
	int64_t npages; /* in Redis */
	struct names pages; /* some or all of those; counted: their views */
	struct window windows[MIRROR_WINDOWS]; /* by number, modulo */
	struct presence presence;
	bool knows_all_present; /* nobody is in Redis who is not here */
};

void mirror_forget(struct mirror *m); /* to { 0 }: nothing is known, and no memory taken */
size_t mirror_bytes(const struct mirror *m); /* of memory, but for its own */

struct forecast {
	struct applied applied; /* views are owned */
	int64_t pages, ids; /* how many there are before it, ids of its window */
	size_t pages_viewed; /* of the batch: those that it has hits of */
	bool tends_presence; /* it is time to renew its time to live, and to forget who left */
};

/* What a sealed batch comes to if it follows what is known: from then on it is taken to be applied, so that the next
 * can be forecast before Redis has answered.  Whoever hears that it was not must mirror_forget().  False when it is
 * not known.  now_us: monotonic. */
bool mirror_forecast(struct mirror *m, const struct batch *b, int64_t now_us, struct forecast *ret_forecast)
    __attribute__((warn_unused_result));

/* What Redis said that was asked without one.  Nothing is known any more where the batch does not follow what was, or
 * has given its pages and ids away, as it went to the spool meanwhile. */
void mirror_learn(struct mirror *m, const struct batch *b, const struct applied *said);

/* Redis says that he is present, and since when. */
void mirror_meet(struct mirror *m, uint64_t visitor, int64_t at_ms);

#endif
