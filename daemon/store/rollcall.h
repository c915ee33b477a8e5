/* rollcall.h - who is present at a site, told by Redis, some at once, until the site's
 * mirror knows all of them: after a start, or when it had to forget.  Else it
 * would know them only when the last whom it has not seen itself is forgotten.
 * One question is on its way at a time, of all sites: after a lost link all of
 * them have forgotten, and hits are not to wait for all of their rolls. */
#ifndef STORE_ROLLCALL_H
#define STORE_ROLLCALL_H

#include <stddef.h>
#include <stdint.h>

struct account;
struct link;
struct rollcall;

/* on_end is told when a site's has ended, well or not, so that the next can be begun. */
struct rollcall *rollcall_new(struct link *l, void (*on_end)(void *arg), void *arg);
void rollcall_free(struct rollcall *r); /* after its link */

/* Begin that of the next of these n accounts (some NULL) that needs it, if none is on its way, the link is ready, and
 * those present there would take bytes_max of memory at most.  An account outlives the link. */
void rollcall_tend(struct rollcall *r, struct account *const *accounts, size_t n, uint64_t bytes_max);

#endif
