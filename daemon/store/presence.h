/* presence.h - when which visitor was last seen: a table to find him in, and a
 * list in the order of these moments, so that who is online is a count that is
 * kept, and who is forgotten stands at the end.  Names are hashes under a key that
 * no visitor knows, so they spread by themselves. */
#ifndef STORE_PRESENCE_H
#define STORE_PRESENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/linear_hash.h"

/* Start from { 0 }. */
struct presence {
	struct linear_hash visitors; /* by numbers; 0 is nobody */
	uint32_t oldest, newest;
	uint32_t edge; /* the oldest of those who are online */
	size_t online;
	int64_t since_ms; /* who was seen after it is online */
	int64_t gone_ms; /* when the newest of those who are forgotten was seen; 0: nobody is */
};

void presence_fini(struct presence *p); /* to { 0 } */
size_t presence_count(const struct presence *p); /* visitors */
size_t presence_bytes(const struct presence *p); /* of memory, but for its own */

/* Whether he is known, and when he was last seen. */
bool presence_find(const struct presence *p, uint64_t visitor, int64_t *ret_at_ms);

/* He was seen at that moment; an older one than is known changes nothing.  -1, and nothing is changed, when that
 * moment lies so far behind others' that its place is not found soon, or there is no room for him. */
int presence_see(struct presence *p, uint64_t visitor, int64_t at_ms) __attribute__((warn_unused_result));

void presence_leave(struct presence *p, uint64_t visitor); /* if he is known */
void presence_forget_before(struct presence *p, int64_t at_ms); /* who was last seen before it */

/* How many were seen after that. */
size_t presence_online(struct presence *p, int64_t since_ms);

#endif
