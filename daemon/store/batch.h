/* batch.h - the hits and beats of one site and one day that go to Redis
 * together, and who waits for the answer.  Open, it gathers; sealed, it has a
 * sequence and a payload whose bytes never change again. */
#ifndef STORE_BATCH_H
#define STORE_BATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "base/str.h"
#include "count/tally.h"
#include "store/answer.h"

enum { BATCH_MAX = 1000 }; /* items, so that no unpack in Lua overflows */

struct account;

struct waiter {
	store_cb *cb;
	void *arg;
	int64_t page; /* number of the page asked about, or -1 */
	int64_t since_us; /* monotonic: when it came */
};

/* What Redis said when it had applied the batch. */
struct applied {
	int64_t generation, newest, today, total, opening, online;
	int64_t counted; /* views that were new; 0 when it had been applied before */
	int64_t *views; /* owned; of each page in order */
};

struct batch {
	TAILQ_ENTRY(batch) next; /* in its account: by sequence */
	TAILQ_ENTRY(batch) waiting; /* in the store, while nwaiters > 0 */
	TAILQ_ENTRY(batch) kept; /* in retention, once applied: by kept_us */
	int64_t kept_us;
	struct account *account; /* borrowed */
	int32_t day; /* local day of all its hits */
	uint64_t sequence; /* 0 while open */
	bool in_flight; /* sent, not answered */
	int64_t sent_us; /* monotonic: when it was sent last */
	bool rejected; /* Redis will never apply it */
	bool was_applied; /* before: it is sent again because Redis has lost it */
	struct buf payload; /* once sealed */
	int64_t ids_window; /* number of the window whose set takes its ids */

	struct batch_item *items; /* owned; gone once sealed */
	size_t nitems, items_cap, nviews;
	struct buf names; /* of the pages, one behind the other */
	struct batch_page *pages; /* owned */
	size_t npages, pages_cap;
	uint32_t *index; /* owned; open addressing: page number + 1, or 0 */
	size_t index_cap; /* a power of two, or 0 */

	struct waiter *waiters; /* owned */
	size_t nwaiters, waiters_cap;
	struct applied applied;
};

TAILQ_HEAD(batches, batch);

struct batch *batch_new(struct account *account, int32_t day, int64_t ids_window);
/* Free what only the first answer needs: all but what is sent. */
void batch_strip(struct batch *b);

void batch_free(struct batch *b); /* who still waits is forgotten, so answer first */

/* Add one hit or beat to an open batch that is not full.  Returns the number
 * of its page, or -1 for a beat without one. */
int64_t batch_add(struct batch *b, const struct tally *t);
void batch_wait(struct batch *b, const struct waiter *w); /* none came after it */

struct batch_times {
	int64_t now_ms; /* wall: when it is sealed */
	int64_t online_window_ms, dedupe_window_ms;
};
void batch_seal(struct batch *b, uint64_t sequence, const struct batch_times *times);

struct str batch_page_name(const struct batch *b, size_t page);

/* Answer and forget all who wait, or those who came until then.  figures is NULL iff result is STORE_FAILED. */
void batch_answer(struct batch *b, enum store_result result, const struct figures *figures);
void batch_answer_until(struct batch *b, int64_t until_us, enum store_result result, const struct figures *figures);

#endif
