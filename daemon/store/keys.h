/* keys.h - the only place where a Redis key is spelled.  All that belongs to
 * a site carries {site}, so that it lies in one slot of a cluster. */
#ifndef STORE_KEYS_H
#define STORE_KEYS_H

#include <stdint.h>

#include "base/str.h"

enum { WRITER_HEX = 32 }; /* digits of a writer's 128-bit id */

/* The version of this layout, as tk:schema holds it. */
#define SCHEMA "3"

/* Each appends its key to out as one item of a command (resp.h). */
void key_counts(struct buf *out, struct str site); /* tk:{myloc}:counts */
void key_pages(struct buf *out, struct str site); /* tk:{myloc}:pages */
void key_online(struct buf *out, struct str site); /* tk:{myloc}:online */
void key_ids(struct buf *out, struct str site, int64_t window); /* tk:{myloc}:ids:1959889 */
void key_visitors(struct buf *out, struct str site, int32_t day); /* tk:{myloc}:visitors:20261123 */
void key_details(struct buf *out, struct str site, int32_t day); /* tk:{myloc}:details:20261123 */
void key_referrers(struct buf *out, struct str site, int32_t day); /* tk:{myloc}:referrers:20261123 */
void key_day_pages(struct buf *out, struct str site, int32_t day); /* tk:{myloc}:pages:20261123 */
void key_tallies(struct buf *out, struct str site, int32_t day); /* tk:{myloc}:tallies:20261123 */
void key_repeats(struct buf *out, struct str site); /* tk:{myloc}:repeats */
void key_marker(struct buf *out, struct str site, const char *writer); /* tk:{myloc}:writer:0123…cdef */
void key_day_key(struct buf *out, int32_t day); /* tk:key:20261123 */
void key_rewritten(struct buf *out, int32_t night); /* tk:rewritten:20261123 */
void key_schema(struct buf *out); /* tk:schema */

/* A pattern for SCAN, as one item of a command: all keys of a site.  And what
 * such a key is; KEY_NONE: not of this site. */
enum key_kind { KEY_NONE, KEY_COUNTS, KEY_MARKER, KEY_DAY_PAGES, KEY_OTHER };
void keys_site_pattern(struct buf *out, struct str site);
enum key_kind keys_kind(struct str key, struct str site);

#endif
