/* payload.h - the hits and beats of a batch as they come, and what apply.lua and
 * forecast.lua take of it.  First what it does with a batch as a whole, values of
 * MessagePack.  Numbers that Redis is told each time are texts, as it wants
 * them; moments and times are in ms.
 *
 *    1 day          20261123, of all of them
 *    2 field        the same as a text
 *    3 leaving_to   who was last seen at it or before is a new visitor when
 *                   he comes again, or becomes one while the batch lasts
 *    4 forgotten    who was last seen before this is forgotten
 *    5 since        who was last seen after this is online
 *    6 presence_ttl, 7 ids_ttl, 8 kept: to live
 *    9 pages_max
 *   10 as_a_whole   false: each hit has to be looked at, as an id came twice,
 *                   views are not to be repeated, or online_window or the
 *                   batch itself is longer than a visit
 *   11 hits         how many views
 *   12 ids_n, 13 stayed_n, 14 came_n, 15 moved_n: how many of the names below
 *   16 each_size    bytes
 *
 * Behind them lie, without anything between:
 *
 *    ids            8 bytes each: those that views have, in their order
 *    stayed, came   of whom a beat came first, of whom a view did: 13 digits
 *                   for the moment last seen, and 8 bytes for the name
 *    moved          yesterday's names of visitors, then today's of the same
 *    each           MessagePack: now (when it was sealed), accepted (when the
 *                   last was), repeat_window, and columns, an item a hit or
 *                   beat: page_of, id_of, visitor_of, age_of, kind_of, host_of.
 *                   Numbers from 1 on, of pages, ids, the visitors of stayed
 *                   and then of came, kinds, hosts; 0 is none, page 0 a beat;
 *                   age is in ms before now.  Then kinds, arrays of numbers of
 *                   details, and where views are not to be repeated repeat_of,
 *                   a hash each, '' for none
 *    tallies        nothing when nothing is to be tallied; else 16 bytes that
 *                   no other batch has, and MessagePack: pages and the hits of
 *                   each, details likewise, hosts likewise, hosts_max, kept,
 *                   and the visitors of views, each once, 8 bytes each.  What
 *                   fold.lua adds up.  A page without hits is one that was
 *                   asked about. */
#ifndef STORE_PAYLOAD_H
#define STORE_PAYLOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"
#include "count/tally.h"
#include "store/index.h"
#include "store/tallies.h"

struct item;
struct kind;

/* A visitor of the batch. */
struct sighting {
	uint64_t visitor;
	int64_t at_ms; /* last seen */
	bool stayed; /* a beat of it came first */
	bool viewed;
	uint32_t place; /* among those who stayed, or those who came */
};

struct move {
	uint64_t from, to; /* visitors */
};

/* As above. */
struct payload_moments {
	int64_t leaving_to, forgotten, since, presence_ttl, ids_ttl;
};

/* Start from { 0 }. */
struct payload {
	struct item *items; /* owned, as are the next five */
	size_t nitems, items_cap;
	int64_t first_ms; /* when the first of them was accepted; where there is one */
	uint64_t *ids;
	size_t nids, ids_cap;
	struct sighting *visitors;
	size_t nvisitors, visitors_cap;
	struct kind *kinds;
	size_t nkinds, kinds_cap;
	struct move *moves;
	size_t nmoves, moves_cap;
	struct index id_index, visitor_index, kind_index;
	bool has_twins; /* an id came twice */
	/* Once it is packed: */
	bool is_plain; /* counted as a whole, and nobody is to be moved */
	struct payload_moments moments;
	uint64_t pages_max;
	/* Where in it these begin; ids and presence end where the next begins. */
	size_t ids_at, presence_at, moved_at, tally_at;
	uint32_t refused[REFUSAL_COUNT];
	struct tallies tallies; /* all of them once it is packed */
	struct buf text, each, packed; /* scratch */
};

/* It is packed, and nothing is added any more: ids, visitors, moves and tallies
 * stay as they are, with the pages for whoever waits; all else is freed. */
void payload_freeze(struct payload *p);
void payload_fini(struct payload *p); /* to { 0 } */
void payload_clear(struct payload *p); /* the same, but keeps the memory */

/* Returns the number of its page, or -1 without one. */
int64_t payload_add(struct payload *p, const struct tally *t);

struct payload_head {
	int64_t now_ms, accepted_ms;
	uint32_t day; /* 20261123 */
	int64_t online_window_ms, dedupe_window_ms, repeat_window_ms, kept_ms;
	uint64_t pages_max, hosts_max;
	char tag[TAG_BYTES];
};
/* An empty out gets no more memory than it needs. */
void payload_pack(struct payload *p, const struct payload_head *head, struct buf *out);

#endif
