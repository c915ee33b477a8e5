/* clock.h - the two clocks.  Wall time is what windows and days are judged
 * by; monotonic time is what intervals and time-outs are measured with. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

/* Milliseconds since 1970 UTC on the clock that all daemons share: this
 * machine's plus the offset last set; or the frozen moment. */
int64_t clock_wall_ms(void);

/* Microseconds since some moment in the past; never goes back. */
int64_t clock_mono_us(void);

/* What to add to this machine's wall clock, in milliseconds. */
void clock_set_offset(int64_t ms);
int64_t clock_offset(void);

/* For tests: wall time stands still at that moment; 0 lets it go on. */
void clock_freeze(int64_t ms);

#endif
