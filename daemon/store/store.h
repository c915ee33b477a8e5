/* store.h - where hits are counted: gathers them, commits them in groups to
 * Redis, or to the spool while Redis does not take them, and answers each when
 * it is durable.  Nothing is acknowledged that is in neither. */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/config.h"
#include "base/siphash.h"
#include "count/tally.h"
#include "store/answer.h"
#include "store/commit.h"
#include "store/link.h"

struct event_base;
struct guarantee;
struct sites;
struct store;

/* on_settled(arg) is called once: when Redis was first reached, or first was
 * not.  c is borrowed until store_reload() gives another. */
struct store_options {
	const struct config *config;
	const struct sites *sites;
	void (*on_settled)(void *arg);
	void *arg;
};

/* NULL, and the log says why, when spool_dir cannot be used. */
struct store *store_new(struct event_base *base, const struct store_options *o) __attribute__((warn_unused_result));
void store_reload(struct store *s, const struct config *c, const struct sites *sites);
void store_free(struct store *s); /* who still waits is told STORE_FAILED */

/* Count t, which is copied, and answer when it is durable: STORE_STALE when it
 * lies in the spool.  A heartbeat that Redis cannot take is dropped, and told
 * STORE_STALE before this returns.  -1, and cb never called, when too many
 * wait already. */
int store_hit(struct store *s, const struct tally *t, store_cb *cb, void *arg) __attribute__((warn_unused_result));

/* Read a site's figures and the views of npages pages; pages are copied.  cb
 * may be called before this returns. */
void store_read(
    struct store *s, struct site *site, const struct page_views *pages, size_t npages, store_cb *cb, void *arg);

/* The key under which visitors of that date are hashed.  Shared by all
 * daemons, or this one's own while Redis has not been reached. */
const uint8_t *store_day_key(struct store *s, int32_t day);

/* For how many microseconds the loop may rest before it looks what else has
 * come; to be asked in each of its rounds.  0 but under load, while hits are
 * on their way or gather: what comes meanwhile is answered with the next, and
 * read ten at a time it costs less than one by one. */
int64_t store_rest_us(struct store *s);

/* on_drained(arg), once: when nothing waits, and all is applied or in the
 * spool, or neither is there to take it. */
void store_drain(struct store *s, void (*on_drained)(void *arg), void *arg);

/* For /metrics and /readyz. */
struct store_status {
	enum link_state link;
	bool is_ready; /* can take a hit: Redis does, or the spool */
	uint64_t reconnects;
	size_t pending; /* hits and beats neither applied nor in the spool */
	size_t unapplied_batches; /* that Redis has not applied yet, those in spools included */
	bool has_spool;
	bool spool_failing; /* it did not take the last batch */
	size_t spool_batches; /* of this process, in the spool and not applied */
	size_t taken_batches; /* of dead writers, not applied */
	uint64_t spool_bytes; /* on disk, of this process and taken over */
	uint64_t spooled_hits; /* acknowledged because they lie in the spool */
	uint64_t replayed_batches; /* applied from a spool */
	uint64_t late_hits; /* of them, applied later than dedupe_window after they were accepted */
	uint64_t quarantined_batches;
	size_t retained_bytes; /* of batches kept after they were applied */
	uint64_t rejected_hits, failed_hits;
	uint64_t repeated_hits; /* that repeat_window left out */
	uint64_t own_day_keys; /* dates for which no shared key was there when it was needed */
	const struct commit_status *commit; /* borrowed, as is the next */
	const struct guarantee *guarantee;
};
void store_status(const struct store *s, struct store_status *ret_status);

/* Of one site: what was applied by this daemon since its start, and the
 * figures last heard (unknown ones before that). */
struct store_counts {
	uint64_t hits, visits, beats;
	struct figures figures; /* as the box shows them */
};
struct store_counts store_site_counts(const struct store *s, const struct site *site);

#endif
