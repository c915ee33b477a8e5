/* folding.h - has Redis add the tallies that batches leave in a day's list to
 * the day's pages, details, referrers and visitors (fold.lua): every few
 * seconds, or as soon as a site has left many. */
#ifndef STORE_FOLDING_H
#define STORE_FOLDING_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

struct applied;
struct batch;
struct folding;
struct link;
struct redisReply;
struct sum;

/* on_idle(arg): all that was asked for is answered. */
struct folding *folding_new(struct link *l, void (*on_idle)(void *arg), void *arg); /* l is borrowed */
void folding_free(struct folding *f); /* only after the link */

/* That site's day may have tallies; or it has those of a batch, and Redis said so. */
void folding_note(struct folding *f, struct str site, int32_t day);
void folding_note_batch(struct folding *f, const struct batch *b, const struct applied *said);

/* Redis may have lost some, or have others than it was sent. */
void folding_doubt(struct folding *f);

/* See to what was noted, if it is time and the link is ready; what fails is noted again. */
void folding_tend(struct folding *f);

/* To all of it now, and to what is noted meanwhile. */
void folding_finish(struct folding *f);
bool folding_is_busy(const struct folding *f);

/* Run fold.lua: EVAL with its text, or EVALSHA with its hash.  Without a sum (NULL) so many of the list at once, and so
 * many bytes, which keep Redis for a millisecond or two; with one, all that is in it. */
enum { FOLD_MOST = 64, FOLD_BYTES = 32768 };
struct fold_script {
	struct str how, which;
};
void folding_command(struct buf *out, struct str site, int32_t day, const struct fold_script *script, struct sum *sum);

struct folded {
	int64_t left; /* tallies */
	bool by_sum; /* the sum was taken */
	bool has_begun; /* the day's visitors are begun anew */
};

/* -1 when it is no answer of fold.lua. */
int folding_parse(const struct redisReply *reply, struct folded *ret_folded) __attribute__((warn_unused_result));

#endif
