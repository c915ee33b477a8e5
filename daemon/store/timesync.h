/* timesync.h - one clock for all daemons: Redis's.  Asks it for TIME and sets
 * this process's offset. */
#ifndef STORE_TIMESYNC_H
#define STORE_TIMESYNC_H

#include <stdint.h>

struct link;
struct timesync;

struct timesync *timesync_new(void);
void timesync_free(struct timesync *t);

/* Ask once; while an answer is due, nothing is asked.  Only while the link is
 * ready. */
void timesync_ask(struct timesync *t, struct link *l);

#endif
