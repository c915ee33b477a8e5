/* backlog.h - what lies in the spool, by writer and site, and what of it Redis
 * has not applied.  Pure. */
#ifndef CLI_BACKLOG_H
#define CLI_BACKLOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"
#include "store/keys.h"

struct spool_record;

enum backlog_state {
	BACKLOG_HELD, /* by a process that lives */
	BACKLOG_LEFT,
	BACKLOG_REFUSED /* Redis never takes it, as its data is */
};
extern const char *const backlog_states[]; /* for programs */

struct backlog_batch {
	uint64_t sequence;
	uint32_t hits;
};

/* Of one site, one writer and one state. */
struct backlog_item {
	char writer[WRITER_HEX + 1];
	enum backlog_state state;
	char *site; /* owned */
	struct backlog_batch *batches; /* owned */
	size_t n, cap;
};

/* Start from { 0 }, end with backlog_fini(). */
struct backlog {
	struct backlog_item *items; /* owned; by state, writer and site */
	size_t n, cap;
};
void backlog_fini(struct backlog *b);

/* Whose records are being added. */
struct backlog_writer {
	const char *id; /* WRITER_HEX digits */
	enum backlog_state state;
};
void backlog_add(struct backlog *b, const struct backlog_writer *writer, const struct spool_record *r);

/* The marker of its writer and site says that all up to this sequence is
 * applied: forget that, and what was there twice. */
void backlog_applied(struct backlog_item *item, uint64_t sequence);

struct backlog_sum {
	uint64_t batches, hits;
};
struct backlog_sum backlog_sum(const struct backlog_item *item);

/* Whether something is left that a living process holds. */
bool backlog_is_held(const struct backlog *b);

#endif
