/* histogram.h - how often a value fell into each of a few ranges. */
#ifndef BASE_HISTOGRAM_H
#define BASE_HISTOGRAM_H

#include <stddef.h>
#include <stdint.h>

enum { HISTOGRAM_BOUNDS_MAX = 15 };

/* Values are whole numbers of some unit (microseconds, hits).  bounds are
 * the upper ends of the ranges, ascending; above the last is one more. */
struct histogram {
	const uint32_t *bounds; /* borrowed, static */
	size_t nbounds;
	uint64_t counts[HISTOGRAM_BOUNDS_MAX + 1]; /* of each range alone */
	uint64_t sum;
};

#define HISTOGRAM(bounds_array)                                                                                        \
	{                                                                                                              \
		.bounds = (bounds_array), .nbounds = NITEMS(bounds_array)                                              \
	}

void histogram_observe(struct histogram *h, uint64_t value);

#endif
