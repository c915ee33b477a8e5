/* answer.h - what whoever asked the store hears of it. */
#ifndef STORE_ANSWER_H
#define STORE_ANSWER_H

#include <stdbool.h>
#include <stddef.h>

#include "count/figures.h"

enum store_result {
	STORE_DONE, /* counted and durable, or read: the figures are of now */
	STORE_STALE, /* not read: the last known figures, unknown ones where there are none */
	STORE_FAILED, /* a hit that is not known to be counted; it may still be, once */
};

struct answer {
	struct str site; /* its name */
	const struct figures *figures;
	const struct page_views *pages; /* of the pages asked about, in that order */
	size_t npages;
};

/* Called exactly once, from the loop.  answer is borrowed for the call, and
 * NULL iff result is STORE_FAILED. */
typedef void store_cb(void *arg, enum store_result result, const struct answer *answer);

#endif
