/* timesync.h - one clock for all daemons: Redis's.  Asks it for TIME and sets
 * this process's offset. */
#ifndef STORE_TIMESYNC_H
#define STORE_TIMESYNC_H

#include <stdint.h>

struct link;
struct timesync;

/* on_synced(arg) is called after each answer, good or not, and when the link
 * was lost before it. */
struct timesync *timesync_new(void (*on_synced)(void *arg), void *arg);
void timesync_free(struct timesync *t);

/* Ask once; while an answer is due, nothing is asked.  Only while the link is
 * ready. */
void timesync_ask(struct timesync *t, struct link *l);

#endif
