/* info.h - what Redis tells of itself: lines "name:value", as INFO has them.
 * Pure. */
#ifndef STORE_INFO_H
#define STORE_INFO_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

enum { REDIS_LEAST = 7 }; /* major version */

/* The value of the first line of that name; absent if there is none. */
struct str info_field(struct str info, const char *name);
bool info_is(struct str info, const char *name, const char *value); /* false if there is none */

/* The major version; -1 if it is not told. */
int info_version(struct str info, uint64_t *ret_major) __attribute__((warn_unused_result));

/* Whether figures may be deleted to make room once memory is limited, and
 * whether it is.  What is not told may be so. */
bool info_may_evict(struct str info);
bool info_is_limited(struct str info);

#endif
