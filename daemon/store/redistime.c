/* redistime.c - Cristian's algorithm: the answer was made half a round trip
 * ago. */
#include "store/redistime.h"

#include <hiredis/hiredis.h>

#include "base/mem.h"
#include "base/str.h"

int
redistime_offset(const struct redisReply *reply, int64_t trip_us, int64_t own_ms, int64_t *ret_offset_ms)
{
	uint64_t part[2]; /* seconds, microseconds */

	if (reply->type != REDIS_REPLY_ARRAY || reply->elements != NITEMS(part))
		return -1;
	for (size_t i = 0; i < NITEMS(part); i++) {
		const redisReply *r = reply->element[i];
		if (r->type != REDIS_REPLY_STRING ||
		    str_to_uint((struct str){ r->str, r->len }, 0, INT64_MAX / 1000000, &part[i]) != 0)
			return -1;
	}
	*ret_offset_ms = (int64_t)(part[0] * 1000 + part[1] / 1000) + trip_us / 2000 - own_ms;
	return 0;
}
