/* geo.h - which country an address is in, by a database in memory that
 * nothing can change or take away. */
#ifndef COUNT_GEO_H
#define COUNT_GEO_H

#include <stdint.h>

#include "base/str.h"

struct address;

struct geo;

/* Read a database of MaxMind's format, whose records have
 * {"country": {"iso_code": "VN"}} or {"country_code": "VN"}: some 30 ms for one
 * of 8 MB, and 6 MB of memory.  NULL with the reason in words appended to why
 * when it can not be read, is damaged or knows no country at all. */
struct geo *geo_load(const char *path, struct buf *why);
void geo_free(struct geo *g);

/* Two capital letters of ISO 3166, which live as long as g does; absent where
 * no country is known.  Of IPv6 the upper 64 bits count. */
struct str geo_country(const struct geo *g, const struct address *a);

int64_t geo_built(const struct geo *g); /* the database, in seconds since 1970 */

#endif
