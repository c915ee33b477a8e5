/* histogram.c - a walk over the bounds: most values are small. */
#include "base/histogram.h"

void
histogram_observe(struct histogram *h, uint64_t value)
{
	size_t i = 0;

	while (i < h->nbounds && value > h->bounds[i])
		i++;
	h->counts[i]++;
	h->sum += value;
}
