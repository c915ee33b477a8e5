/* internal.h - what store.c, rounds.c, answers.c and keeping.c share: the store
 * itself.  Nobody else includes it.
 *
 *   store_hit → rounds: the open batch of its site, sealed when a round begins
 *             → commit: to Redis          → answers: with fresh figures
 *             → keeping: into the spool   → answers: with the last known ones
 */
#ifndef STORE_INTERNAL_H
#define STORE_INTERNAL_H

#include <event2/util.h>

#include "base/log.h"
#include "count/site.h"
#include "store/account.h"
#include "store/commit.h"
#include "store/daykeys.h"
#include "store/folding.h"
#include "store/gathering.h"
#include "store/guarantee.h"
#include "store/inquiry.h"
#include "store/keys.h"
#include "store/retention.h"
#include "store/rewrite.h"
#include "store/spool.h"
#include "store/store.h"
#include "store/takeover.h"
#include "store/timesync.h"

struct event;

TAILQ_HEAD(accounts, account);

struct store {
	const struct config *config;
	const struct sites *sites;
	char writer[WRITER_HEX + 1];
	struct link *link;
	struct commit *commit;
	struct retention *retention;
	struct inquiries *inquiries;
	struct daykeys *daykeys;
	struct timesync *timesync;
	struct guarantee *guarantee;
	struct rewrite *rewrite;
	struct folding *folding;
	struct rollcall *rollcall;
	size_t keys_due; /* day keys asked for, not answered */
	int64_t up_us, up_since_us; /* how long the link was up, and since when it is; 0: it is not */
	struct account **accounts; /* by site slot; NULL until the site is first used */
	size_t naccounts;
	struct event *upkeep;
	unsigned upkeeps; /* so often it ran */

	/* rounds.c */
	struct gatherings *gatherings;
	struct accounts dirty;
	size_t gathered; /* items in open batches */
	size_t concurrent; /* so many items were pending at once, since a linger was last in vain */
	struct event *linger;
	int64_t began_us, took_us; /* when the last round began, monotonic; how long it took */
	size_t came; /* hits since store_rest_us() was asked last */

	/* answers.c */
	struct batches waiting; /* that somebody waits for */
	size_t pending; /* items that are neither applied nor in the spool */
	struct event *deadline;
	uint64_t rejected_hits, failed_hits, repeated_hits;

	/* keeping.c */
	struct spool *spool; /* NULL: there is none */
	struct takeovers *takeovers; /* NULL: there is no spool */
	struct batches exposed; /* sealed, neither applied nor in the spool */
	bool slow; /* Redis let redis_timeout pass and has not answered since */
	bool full; /* the last batch found no room, and this was said */
	size_t nkept; /* own batches in the spool that are not applied */
	int64_t retry_us; /* monotonic: when to try a spool that has failed again; 0: it has not */
	struct event *keeper, *saver;
	uint64_t spooled_hits, replayed_batches, late_hits, quarantined_batches;

	void (*on_settled)(void *arg);
	void *settled_arg;
	void (*on_drained)(void *arg);
	void *drained_arg;
	bool ended; /* what a clean exit leaves behind was seen to */
};

/* store.c */
struct account *account_of(struct store *s, const struct site *site);
void arm(struct event *timer, int64_t us);
bool redis_takes(const struct store *s); /* hits go there, and not to the spool */
int64_t link_age(const struct store *s); /* a clock that stands still while the link is down */
struct retention_limits retention_limits(const struct store *s);
void check_drained(struct store *s);

/* rounds.c */
void gather(struct store *s, struct account *a, const struct tally *t, store_cb *cb, void *arg);
void seal_all(struct store *s);
void flush_or_linger(struct store *s);
void on_linger(evutil_socket_t fd, short what, void *arg);
void on_idle(void *arg);

/* answers.c */
void answer(struct store *s, struct batch *b, enum store_result result, const struct figures *figures);
void on_outcome(void *arg, struct batch *b, enum commit_outcome outcome, const struct applied *said);
void on_past(void *arg, struct account *a, const struct past *past);
void arm_deadline(struct store *s);
void on_deadline(evutil_socket_t fd, short what, void *arg);
struct inquiry_when when_now(const struct store *s, int32_t day);

/* keeping.c */
int keeping_open(struct store *s, struct event_base *base); /* -1, said why: the spool cannot be used */
void keeping_start(struct store *s, struct event_base *base); /* once there is a commit */
void keeping_tend(struct store *s); /* every now and then */
void keeping_close(struct store *s);
bool can_keep(const struct store *s); /* in the spool, as far as is known */
void expose(struct store *s, struct batch *b); /* it was sealed, or returned by retention */
void cover(struct store *s, struct batch *b); /* it is exposed no more */
void keep_exposed(struct store *s, bool in_flight_too);
void keep_soon(struct store *s); /* what is exposed and not on its way to Redis */
void save_retained(struct store *s);
bool save_all_retained(struct store *s); /* at once; false: the spool does not take it */
/* One that lies in a spool; said as on_outcome() has it. */
void kept_settled(struct store *s, const struct batch *b, const struct applied *said);
void release(struct store *s, struct batch *b); /* free it, and its place in the spool */
int load_payload(void *arg, struct batch *b);
int set_aside(void *arg, struct batch *b);
void on_returned(void *arg, struct batch *b);

#endif
