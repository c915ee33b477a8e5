/* limit.h - how many hits each client may send: a token bucket for every IPv4
 * address and IPv6 /64, in 1 MiB however many there are. */
#ifndef COUNT_LIMIT_H
#define COUNT_LIMIT_H

#include <stdbool.h>
#include <stdint.h>

#include "count/bucket.h"

struct address;

/* 65,536 buckets of 16 bytes, in sets of 8.  Which set a client falls into is
 * told by a hash under a random key, so that nobody can choose to share one.
 * A bucket that is not busy is free for anybody; where all 8 are busy the one
 * that has let least through is given away, and its client starts anew: a
 * flood of clients may forget a limit, but never refuses anybody.  One that
 * sends too much is kept, being busier than those that come once. */
struct limit;

struct limit *limit_new(struct pace pace);
void limit_free(struct limit *l); /* NULL is allowed */
void limit_set(struct limit *l, struct pace pace); /* what was let through stays so */

/* Whether one more hit of that client is within its limit. */
bool limit_take(struct limit *l, const struct address *client, int64_t now_us);

#endif
