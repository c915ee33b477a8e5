/* redistime.h - what Redis answers to TIME.  Pure. */
#ifndef STORE_REDISTIME_H
#define STORE_REDISTIME_H

#include <stdint.h>

struct redisReply;

enum { REDISTIME_WARN_MS = 2000 }; /* a larger offset is worth a warning */

/* What to add to a clock that said own_ms when the answer came, trip_us after
 * the question; -1 if the reply is no answer to TIME. */
int redistime_offset(const struct redisReply *reply, int64_t trip_us, int64_t own_ms, int64_t *ret_offset_ms)
    __attribute__((warn_unused_result));

#endif
