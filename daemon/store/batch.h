/* batch.h - the hits and beats of one site and one day that go to Redis
 * together, and who waits for the answer.  Open, it gathers; sealed, it has a
 * sequence and a payload whose bytes never change again; in the spool, the
 * payload lies there and is in memory only while it is needed. */
#ifndef STORE_BATCH_H
#define STORE_BATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "base/str.h"
#include "count/figures.h"
#include "count/tally.h"
#include "store/answer.h"
#include "store/spool.h"

enum { BATCH_MAX = 1000 }; /* items, so that no unpack in Lua overflows */

struct gathering;
struct gatherings;
struct payload;
struct payload_head;
struct stream;
struct tallies;

struct waiter {
	store_cb *cb;
	void *arg;
	int64_t page; /* number of the page asked about, or -1 */
	int64_t since_us; /* monotonic: when it came */
};

/* How much there is of a site when a batch was applied. */
struct held {
	bool alone; /* nobody else has counted since the writer's batch before */
	int64_t pages;
	int64_t ids[3]; /* in the window before the batch's, in its own, in the one after */
	int64_t present; /* visitors who are not forgotten */
};

/* What Redis said when it had applied the batch. */
struct applied {
	int64_t generation, newest, opening, online;
	struct sums sums[CONFIG_FIGURES]; /* by enum config_figure */
	bool now; /* it was not applied before */
	/* Of this batch: views that were new, visits that they opened, and views that were not counted again; 0 when
	 * it had been applied before. */
	int64_t counted, visits, repeated;
	bool has_comers; /* its comers (tallies.h) are among the day's visitors */
	int64_t *views; /* owned; of each page in order */
	struct held held;
};

struct batch {
	TAILQ_ENTRY(batch) next; /* in its stream, or settling in its account */
	TAILQ_ENTRY(batch) safety; /* among the store's exposed, or in retention */
	TAILQ_ENTRY(batch) waiting; /* in the store, while somebody waits */
	struct stream *stream; /* borrowed */
	uint64_t sequence; /* 0 while open */
	int64_t ids_window; /* number of the window whose set takes its ids */
	int64_t accepted_ms; /* wall: when the last of its items was accepted */
	int64_t sent_us; /* monotonic: when it was sent last */
	int64_t kept_us; /* on retention's clock: since when it is kept */
	int32_t day; /* local day of all its hits */
	uint32_t nitems, nviews, nbeats; /* items: refused ones too */
	bool is_exposed; /* neither known to be applied nor in the spool */
	bool in_spool; /* durable, at place; of a taken stream always */
	bool in_flight; /* sent, not answered */
	bool rejected; /* Redis will never apply it */
	bool passed_over; /* that is settled: it is or will be in quarantine, or was answered 503, and is never sent
			     again */
	bool was_applied; /* before: it is sent again because Redis has lost it */
	struct spool_place place;
	struct buf payload; /* once sealed; empty while only the spool has it */
	struct gathering *gathering; /* taken; NULL once nobody can ask any more */
};

TAILQ_HEAD(batches, batch);

/* gatherings are borrowed until it is stripped or freed. */
struct batch *batch_new(struct gatherings *gatherings, struct stream *stream, int32_t day, int64_t ids_window);
/* One that was found in a spool: sealed, without its payload. */
struct batch *batch_of_record(struct stream *stream, const struct spool_record *r, struct spool_place place);
struct spool_record batch_record(const struct batch *b); /* borrows from it */
void batch_free(struct batch *b); /* who still waits is forgotten, so answer first */

/* Give back what only the first answer needs: all but what is sent. */
void batch_strip(struct batch *b);

/* Add one hit or beat to an open batch that is not full.  Returns the number
 * of its page, or -1 for a beat without one. */
int64_t batch_add(struct batch *b, const struct tally *t);
void batch_wait(struct batch *b, const struct waiter *w); /* none came after it */

/* head: all but its day and accepted_ms, which are the batch's. */
void batch_seal(struct batch *b, uint64_t sequence, struct payload_head *head);

size_t batch_pages(const struct batch *b);
struct str batch_page_name(const struct batch *b, size_t page);

/* Of one that is sealed; NULL once nobody can ask any more, or when it comes from the spool. */
const struct tallies *batch_tallies(const struct batch *b);

/* What it gathered, likewise. */
const struct payload *batch_payload(const struct batch *b);

/* Whether Redis has, or may have, other tallies of it than these: some of its hits were not counted, or
 * under «(other)». */
bool batch_was_changed(const struct batch *b, const struct applied *said);

/* What Redis said; views are the batch's from now on.  NULL before that. */
void batch_set_applied(struct batch *b, const struct applied *applied);
const struct applied *batch_applied(const struct batch *b);

/* Of one that is sealed: whether its sums are what its hits and beats are one by one, if Redis holds nothing that
 * stands against it; the hits of a page. */
bool batch_is_plain(const struct batch *b);
int64_t batch_page_hits(const struct batch *b, size_t page);

/* How many wait, and since when the first does (monotonic). */
size_t batch_waiters(const struct batch *b);
int64_t batch_waits_since(const struct batch *b);

/* Answer and forget all who wait, or those who came until then.  figures is NULL iff result is STORE_FAILED. */
void batch_answer(struct batch *b, enum store_result result, const struct figures *figures);
void batch_answer_until(struct batch *b, int64_t until_us, enum store_result result, const struct figures *figures);

#endif
