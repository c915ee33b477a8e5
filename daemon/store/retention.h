/* retention.h - batches that Redis has acknowledged, kept for a while so that
 * they can be sent again when Redis loses them: a cut tail of its log, a
 * fail-over.  Bounded in age and bytes of memory; while the link is down
 * nothing ages. */
#ifndef STORE_RETENTION_H
#define STORE_RETENTION_H

#include <stddef.h>
#include <stdint.h>

#include "store/stream.h"

struct retention;

/* spool is borrowed; NULL: there is none. */
struct retention *retention_new(struct spool *spool);
void retention_free(struct retention *r); /* its batches are their streams' */

struct retention_limits {
	int64_t age_us;
	size_t bytes;
};

/* Keep an applied batch that is in no list; it goes to its stream's retained
 * ones.  age_us is a clock that stands still while the link is down.  What is
 * then too old, or too much, is freed, and its place in the spool released. */
void retention_keep(struct retention *r, struct batch *b, int64_t age_us, struct retention_limits limits);
void retention_expire(struct retention *r, int64_t age_us, struct retention_limits limits);

/* Put what only memory keeps into the spool too, about so many bytes of it.
 * 1: there is more, 0: that was all, -1: the spool does not take it. */
int retention_save(struct retention *r, size_t bytes) __attribute__((warn_unused_result));

/* Put the stream's retained batches from that sequence on back in front of
 * its unapplied ones.  Returns how many. */
size_t retention_return(struct retention *r, struct stream *st, uint64_t sequence);

size_t retention_bytes(const struct retention *r);

#endif
