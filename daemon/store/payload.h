/* payload.h - the hits and beats of a batch as they come, and the MessagePack
 * that apply.lua unpacks: first what it does with a batch as a whole, then what
 * it needs only where it has to look at each hit.  An array:
 *
 *    1 now, 2 accepted, 3 earliest   ms; when it was sealed, when the last of its hits and beats was accepted, and the
 * first 4 day            20261123, of all of them 5 window, 6 dedupe, 7 repeat_window, 8 kept   ms 9 pages_max 10 hits
 * how many views 11 ids            those that views have, in their order 12 stayed, 13 came   { moment last seen,
 * visitor, … } in two lists: those of whom a beat came first, and those of whom a view did.  A moment is ms in decimal,
 * as Redis wants it 14 viewers        the visitors of views, each once 15 moved_from, 16 moved_to   yesterday's and
 * today's name of visitors 17 each           a text: six columns, an item a hit or beat.  page_of, id_of, visitor_of,
 * age_of, kind_of, host_of: they number pages, ids, the visitors of stayed and then of came, kinds, hosts from 1 on; 0
 * is none, page 0 a beat; age: ms before now.  Then kinds: arrays of numbers of details, and repeat_of: where views are
 * not to be repeated, a hash each, '' for none 18 tallies        a text, '' when nothing is to be tallied
 *
 * Tallies are what fold.lua adds up, one value behind the other: pages, hits of each; details, hits of each; hosts,
 * hits of each; hosts_max, kept.  A page without hits is one that was asked about. */
#ifndef STORE_PAYLOAD_H
#define STORE_PAYLOAD_H

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
	uint64_t *ids;
	size_t nids, ids_cap;
	struct presence *visitors;
	size_t nvisitors, visitors_cap;
	struct kind *kinds;
	size_t nkinds, kinds_cap;
	struct move *moves;
	size_t nmoves, moves_cap;
	struct index visitor_index, kind_index;
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
