/* rewrite.h - once a night Redis rewrites its append-only file, so that what
 * has expired, the keys under which visitors were hashed above all, leaves the
 * disk.  One of all daemons asks for it. */
#ifndef STORE_REWRITE_H
#define STORE_REWRITE_H

#include <stdint.h>

struct link;
struct rewrite;

struct rewrite *rewrite_new(void);
void rewrite_free(struct rewrite *r); /* only after the link it asks over */

/* Ask for this night's, unless that was done.  Only while the link is ready
 * and Redis has an append-only file; cheap to be called often. */
void rewrite_tend(struct rewrite *r, struct link *l, int64_t now_ms);

#endif
