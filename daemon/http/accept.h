/* accept.h - what a client prefers, and what it has already: Accept,
 * Accept-Encoding and If-None-Match.  Pure. */
#ifndef HTTP_ACCEPT_H
#define HTTP_ACCEPT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

/* The weight, 0 to 1000, that a list such as "br;q=0.5, gzip" gives to name
 * itself ("*" is none of its names): 0 when it is not in it.  RFC 9110, 12.4.2. */
unsigned accept_weight(struct str list, struct str name);

/* The entity tag of a body, and whether an If-None-Match has it. */
uint64_t etag_of(struct str body);
bool etag_matches(struct str if_none_match, uint64_t etag);

#endif
