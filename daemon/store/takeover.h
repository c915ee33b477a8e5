/* takeover.h - spools of writers that have died: taken over under their lock
 * and replayed under their own writer and sequences, beside new hits.  A
 * folder goes when all in it is applied and retention has passed too. */
#ifndef STORE_TAKEOVER_H
#define STORE_TAKEOVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/stream.h"

struct commit;
struct event_base;
struct spool;
struct takeovers;

/* A spool older than this is left alone: ten days less than a marker lives, so
 * that what is younger has one if it was applied. */
#define TAKEOVER_OLD_MS (80LL * 86400 * 1000)

struct takeovers_options {
	struct spool *spool; /* borrowed, as is commit */
	struct commit *commit;
	/* The account of a site that is served here, or NULL. */
	struct account *(*account_of)(void *arg, struct str site);
	void *arg;
	struct event_base *base; /* borrowed: its loop comes round between two folders */
	bool any_age; /* also those so old that Redis may have forgotten their markers */
};

struct takeovers *takeovers_new(const struct takeovers_options *o);
void takeovers_free(struct takeovers *t); /* what is not finished is left as it is */

/* Look for dead writers' spools, and take over what there is: one folder in
 * each turn of the loop, as it is read through.  One that was found to be too
 * old is not looked at again, and one that cannot be read not soon. */
void takeovers_look(struct takeovers *t);

/* The link is up, or down; and every now and then: finish, and try again. */
void takeovers_resume(struct takeovers *t);
void takeovers_pause(struct takeovers *t);
void takeovers_tend(struct takeovers *t);

struct takeovers_status {
	size_t writers; /* whose spools are held */
	size_t unapplied; /* batches */
	size_t too_old; /* writers whose spools were left alone */
	bool looking; /* there are folders that were not looked at yet */
};
void takeovers_status(const struct takeovers *t, struct takeovers_status *ret_status);

/* The payload of a batch of a taken stream, as commit.h's load wants it. */
int takeover_load(struct batch *b);

#endif
