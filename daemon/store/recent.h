/* recent.h - which 64-bit names have been seen: some that have are forgotten,
 * as two that share a place displace each other; none that has not is known, but
 * one in 2^64 behind a recent_forget(). */
#ifndef STORE_RECENT_H
#define STORE_RECENT_H

#include <stdbool.h>
#include <stdint.h>

struct recent;

/* With places for so many, a power of two. */
struct recent *recent_new(uint32_t places);
void recent_free(struct recent *r);

/* Whether it was known; it is from now on.  Names are hashes: their bits are their place. */
bool recent_note(struct recent *r, uint64_t name);

void recent_forget(struct recent *r); /* all, at once */

#endif
