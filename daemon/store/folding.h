/* folding.h - has Redis add the tallies that batches leave in a day's list to
 * the day's pages, details and referrers (fold.lua): every second, or as soon
 * as a site has left many. */
#ifndef STORE_FOLDING_H
#define STORE_FOLDING_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

struct folding;
struct link;

/* on_idle(arg): all that was asked for is answered. */
struct folding *folding_new(struct link *l, void (*on_idle)(void *arg), void *arg); /* l is borrowed */
void folding_free(struct folding *f); /* only after the link */

/* That site's day may have tallies. */
void folding_note(struct folding *f, struct str site, int32_t day);

/* See to all that was noted, if the link is ready; what fails is noted again. */
void folding_tend(struct folding *f);

/* Likewise, and to what is noted meanwhile. */
void folding_finish(struct folding *f);
bool folding_is_busy(const struct folding *f);

/* Run fold.lua: EVAL with its text, or EVALSHA with its hash.  So many of the list at once, and so many bytes,
 * which keep Redis for a millisecond or two. */
enum { FOLD_MOST = 64, FOLD_BYTES = 32768 };
void folding_command(struct buf *out, struct str site, int32_t day, struct str how, struct str script);

#endif
