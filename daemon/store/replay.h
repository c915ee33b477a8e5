/* replay.h - replays a spool's folder because somebody asked for it: those of
 * dead writers, whatever their age, and the batches in quarantine.  The
 * daemon does the former by itself, in takeover.c. */
#ifndef STORE_REPLAY_H
#define STORE_REPLAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/config.h"

struct replay_status {
	bool reached; /* Redis */
	size_t unapplied; /* batches still to come */
	uint64_t batches, hits; /* applied, those that had been before included */
	uint64_t rejected; /* in the end: batches that Redis refuses for good, and that stay in quarantine */
	uint64_t damaged; /* files in quarantine that cannot be read, and batches that went bad in their spool */
	size_t too_old; /* writers whose spools were left alone */
};

struct replay_options {
	const struct config *config; /* where Redis is */
	const char *dir; /* the folder that has the writers' */
	bool any_age; /* also what is older than Redis remembers having counted */
	void (*on_progress)(void *arg, const struct replay_status *status); /* some ten times a second */
	void *arg;
};

/* Returns when all that can be done is done, or Redis was not reached.  -1,
 * and the log says why: dir cannot be used. */
int replay_run(const struct replay_options *o, struct replay_status *ret_status) __attribute__((warn_unused_result));

#endif
