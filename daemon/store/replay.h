/* replay.h - replays a spool's folder because somebody asked for it: those of
 * dead writers, whatever their age, and the batches in quarantine.  The
 * daemon does the former by itself, in takeover.c. */
#ifndef STORE_REPLAY_H
#define STORE_REPLAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/config.h"

struct event_base;
struct replay;

struct replay_options {
	const struct config *config; /* borrowed: where Redis is */
	const char *dir; /* borrowed; the folder that has the writers' */
	bool any_age; /* also what is older than Redis remembers having counted */
	void (*on_progress)(void *arg); /* some ten times a second */
	void (*on_done)(void *arg); /* once: all that can be done is done, or Redis was not reached */
	void *arg;
};

/* Begins once the loop runs.  NULL, and the log says why: dir cannot be used. */
struct replay *replay_new(struct event_base *base, const struct replay_options *o) __attribute__((warn_unused_result));
void replay_free(struct replay *r);

struct replay_status {
	bool reached; /* Redis */
	size_t unapplied; /* batches still to come */
	uint64_t batches, hits; /* applied, those that had been before included */
	uint64_t rejected; /* batches that Redis refuses for good: they are in quarantine */
	uint64_t damaged; /* files in quarantine that cannot be read */
	size_t too_old; /* writers whose spools were left alone */
};
void replay_status(const struct replay *r, struct replay_status *ret_status);

#endif
