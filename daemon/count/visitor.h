/* visitor.h - who a hit comes from, as a number that can not be turned back:
 * SipHash-2-4 under a key that is drawn anew each day. */
#ifndef COUNT_VISITOR_H
#define COUNT_VISITOR_H

#include <stdint.h>

#include "base/siphash.h"
#include "base/str.h"
#include "count/address.h"

/* By the random token that the widget keeps in the page's own storage. */
uint64_t visitor_of_token(const uint8_t key[SIPHASH_KEY_BYTES], struct str site, uint64_t token);

/* Without one: by client address (IPv6 cut to its /64) and User-Agent; an
 * address that is not known is NULL. */
uint64_t visitor_of_address(
    const uint8_t key[SIPHASH_KEY_BYTES], struct str site, const struct address *address, struct str agent);

/* A visitor's view of a page in one number, which is not 0. */
uint64_t visitor_view(const uint8_t key[SIPHASH_KEY_BYTES], uint64_t visitor, struct str page);

#endif
