/* rollcall.h - who is present at a site, told by Redis, a thousand at once, until the
 * site's mirror knows all of them: after a start, or when it had to forget.  Else it
 * would know them only when the last whom it has not seen itself is forgotten. */
#ifndef STORE_ROLLCALL_H
#define STORE_ROLLCALL_H

#include <stdint.h>

struct account;
struct link;

/* Begin one if it is needed, none is on its way, and those present would take bytes_max of memory at most; to be
 * called every now and then, while the link is ready.  The account outlives the link. */
void rollcall_tend(struct link *l, struct account *a, uint64_t bytes_max);

#endif
