/* zone.h - a time zone of the tz database, read by name and not through the
 * process's TZ.  Directory: $TZDIR, or /usr/share/zoneinfo. */
#ifndef BASE_ZONE_H
#define BASE_ZONE_H

#include <stdint.h>

struct zone;

/* NULL when the tz database has no zone of that name ("Asia/Ho_Chi_Minh");
 * offsets ("+07:00") and rules ("EST5EDT,M3.2.0,M11.1.0") are no names.
 * "UTC" is there even where no database is. */
struct zone *zone_open(const char *name) __attribute__((warn_unused_result));
void zone_close(struct zone *z); /* NULL is allowed */

/* Where the tz database is looked for. */
const char *zone_directory(void);

/* Seconds to add to UTC to get this zone's local time at that moment.
 * *ret_until_ms: the first moment (ms since 1970) at which it may differ,
 * INT64_MAX if never; it may be NULL.  Cheap within the interval that was
 * looked at last, a few µs outside it.  From 2038 on Europe/Dublin, whose
 * winter is its daylight saving, is wrong: GLib 2.74 reads its rule so. */
int32_t zone_offset(struct zone *z, int64_t at_ms, int64_t *ret_until_ms);

#endif
