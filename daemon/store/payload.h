/* payload.h - the hits and beats of a batch as they come, and the MessagePack
 * that apply.lua unpacks.  A map:
 *
 *   now, accepted     ms; when it was sealed, and when the last of its hits was accepted
 *   day               20261123, of all of them
 *   window, dedupe, repeat_window, kept   ms
 *   pages_max, hosts_max
 *   pages, hosts      names, each once; kinds: arrays of details (profile.h), each once
 *   page_of, id_of, visitor_of, age_of, kind_of, host_of   a column each, an item a hit or beat:
 *                     numbers count from 1 as Lua does, page 0 is a beat, id '' none; age: ms before now
 *   repeat_of         likewise, where views are not to be repeated; '' for none
 *   moved_from, moved_to   yesterday's and today's name of visitors
 *   refused           reason -> how many */
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

/* Start from { 0 }. */
struct payload {
	struct item *items; /* owned, as are the next three */
	size_t nitems, items_cap;
	struct kind *kinds;
	size_t nkinds, kinds_cap;
	uint32_t *kind_index; /* open addressing: number + 1, or 0 */
	size_t kind_index_cap;
	struct move *moves;
	size_t nmoves, moves_cap;
	struct names pages, hosts;
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
