/* payload.h - the hits and beats of a batch as they come, and what apply.lua
 * unpacks of it: MessagePack, values one behind the other.  First what it does
 * with a batch as a whole, then what it needs only where it has to look at
 * each hit.  Numbers that Redis is told are texts, as it wants them; moments
 * and times are in ms.
 *
 *    1 day          20261123, of all of them
 *    2 field        1123
 *    3 leaving_from, 4 leaving_to: who was last seen between these is just
 *                   leaving, when a late hit of the batch begins a visit and
 *                   an early one does not
 *    5 forgotten    who was last seen before this is
 *    6 since        who was last seen after this is online
 *    7 presence_ttl, 8 ids_ttl, 9 kept: ms to live
 *   10 pages_max
 *   11 as_a_whole   false: each hit has to be looked at, as an id came twice,
 *                   views are not to be repeated, or online_window or the
 *                   batch itself is longer than a visit
 *   12 hits         how many views
 *   13 ids          those that views have, in their order; texts of names are
 *                   8 bytes each, one behind the other
 *   14 stayed, 15 came: of whom a beat came first, of whom a view did; 13
 *                   digits for the moment last seen, and the name, likewise
 *   16 viewers      the visitors of views, each once
 *   17 moved_from, 18 moved_to: yesterday's and today's name of visitors
 *   19 each         a text: now (when it was sealed), accepted (when the last
 *                   was), repeat_window, and columns, an item a hit or beat:
 *                   page_of, id_of, visitor_of, age_of, kind_of, host_of.
 *                   Numbers from 1 on, of pages, ids, the visitors of stayed
 *                   and then of came, kinds, hosts; 0 is none, page 0 a beat;
 *                   age is in ms before now.  Then kinds, arrays of numbers of
 *                   details, and where views are not to be repeated repeat_of,
 *                   a hash each, '' for none
 *   20 tallies      a text, '' when nothing is to be tallied: pages and the
 *                   hits of each, details likewise, hosts likewise, hosts_max,
 *                   kept.  What fold.lua adds up.  A page without hits is one
 *                   that was asked about. */
#ifndef STORE_PAYLOAD_H
#define STORE_PAYLOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"
#include "count/tally.h"
#include "store/names.h"

struct item;
struct kind;
struct move;
struct presence;

/* Start from { 0 }. */
struct payload {
	struct item *items; /* owned, as are the next five */
	size_t nitems, items_cap;
	int64_t first_ms; /* when the first of them was accepted; where there is one */
	uint64_t *ids;
	size_t nids, ids_cap;
	struct presence *visitors;
	size_t nvisitors, visitors_cap;
	struct kind *kinds;
	size_t nkinds, kinds_cap;
	struct move *moves;
	size_t nmoves, moves_cap;
	struct index id_index, visitor_index, kind_index;
	bool has_twins; /* an id came twice */
	struct names pages, hosts; /* counted: their hits */
	uint32_t hits;
	uint32_t refused[REFUSAL_COUNT];
};

/* pages stay as they are, for whoever waits; all else is freed. */
void payload_freeze(struct payload *p);
void payload_fini(struct payload *p);

/* Returns the number of its page, or -1 without one. */
int64_t payload_add(struct payload *p, const struct tally *t);

struct payload_head {
	int64_t now_ms, accepted_ms;
	uint32_t day; /* 20261123 */
	int64_t online_window_ms, dedupe_window_ms, repeat_window_ms, kept_ms;
	uint64_t pages_max, hosts_max;
};
void payload_pack(const struct payload *p, const struct payload_head *head, struct buf *out);

#endif
