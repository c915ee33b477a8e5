/* bucket.c - each that passes keeps the bucket busy for one interval; when it
 * is busy for longer than a whole burst takes, it overflows. */
#include "count/bucket.h"

enum { NS_PER_US = 1000, NS_PER_SECOND = 1000000000 };

struct pace
pace_of(uint64_t per_second, uint64_t burst)
{
	struct pace p = { 0, 0 };

	if (per_second > 0) {
		p.interval_ns = NS_PER_SECOND / (int64_t)per_second;
		p.burst_ns = p.interval_ns * (int64_t)(burst > 0 ? burst : 1);
	}
	return p;
}

int64_t
bucket_level(const struct bucket *b, const struct pace *p, int64_t now_us)
{
	int64_t level = b->busy_until_ns - now_us * NS_PER_US;

	return level > 0 && level <= p->burst_ns ? level : 0;
}

bool
bucket_take(struct bucket *b, const struct pace *p, int64_t now_us)
{
	int64_t level = bucket_level(b, p, now_us) + p->interval_ns;

	if (level > p->burst_ns)
		return false;
	b->busy_until_ns = now_us * NS_PER_US + level;
	return true;
}
