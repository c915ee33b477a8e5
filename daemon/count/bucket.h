/* bucket.h - a token bucket in one number: GCRA, the generic cell rate
 * algorithm (ITU-T I.371).  Time is the caller's, in microseconds, and may
 * jump: a bucket that seems fuller than full is an empty one, so that nobody
 * is refused because a clock went back. */
#ifndef COUNT_BUCKET_H
#define COUNT_BUCKET_H

#include <stdbool.h>
#include <stdint.h>

/* What a bucket lets through: a burst at once, and in the long run so many a
 * second.  Of rates up to 1,000,000 a second it is exact to 0.1 %. */
struct pace {
	int64_t interval_ns; /* between two at that rate; 0: any number passes */
	int64_t burst_ns; /* the interval times the burst */
};

/* per_second 0 is no limit; a burst is 1 at least.  Both up to 1,000,000. */
struct pace pace_of(uint64_t per_second, uint64_t burst);

/* { 0 } has let nothing through yet. */
struct bucket {
	int64_t busy_until_ns; /* when all that passed will have passed at the pace */
};

/* How full it is: for how many nanoseconds it is busy yet. */
int64_t bucket_level(const struct bucket *b, const struct pace *p, int64_t now_us);

/* Let one more through, or say that it is too many, which costs nothing. */
bool bucket_take(struct bucket *b, const struct pace *p, int64_t now_us);

#endif
