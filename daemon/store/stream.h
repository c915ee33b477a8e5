/* stream.h - the batches of one site by one writer, on their way to Redis in
 * the order of their sequence.  The writer is this process, or a dead one
 * whose spool was taken over.  Data only; commit.c carries. */
#ifndef STORE_STREAM_H
#define STORE_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "store/batch.h"

struct account;
struct taken;

struct stream {
	struct str site; /* its name; borrowed, NUL-terminated */
	const char *writer; /* borrowed */
	struct account *account; /* borrowed: of the site; NULL when nobody here serves it */
	struct taken *taken; /* borrowed: where its batches lie; NULL: the writer is this process */
	struct batches unapplied; /* sealed; a run of them from the first on may be in flight */
	struct batches retained; /* applied and answered; see retention.h */
	size_t nunapplied;
	size_t nsettling; /* applied, on their way to be retained */
	uint64_t sequence; /* the highest that was given to a batch */

	/* commit.c's: */
	size_t in_flight; /* batches, a skip, a look at the marker */
	bool gap; /* one is missing: send nothing before all in flight is answered and the hole is closed */
	bool rejecting; /* the last batch was rejected, and that was said */
	uint64_t marker; /* the sequence that Redis last said to have applied */
	bool is_backlogged; /* more lies in the spool than may be in flight */
	TAILQ_ENTRY(stream) backlog;
};

TAILQ_HEAD(streams, stream);

void stream_init(struct stream *st, struct str site, const char *writer);
void stream_fini(struct stream *st); /* and its batches */

/* Put a sealed batch where its sequence belongs among the unapplied.  Fast
 * when it belongs at either end or behind the one before (NULL: none was).
 * -1 when that sequence is there already. */
int stream_insert(struct stream *st, struct batch *b, struct batch *before) __attribute__((warn_unused_result));
void stream_append(struct stream *st, struct batch *b); /* its sequence is the highest */
void stream_remove(struct stream *st, struct batch *b);

/* Put a batch that is in no list among the retained ones. */
void stream_retain(struct stream *st, struct batch *b);

#endif
