/* mirror_harness.h - batches as a site's daemon would send them, and what Redis
 * would say of them. */
#ifndef UNIT_MIRROR_HARNESS_H
#define UNIT_MIRROR_HARNESS_H

#include <stdlib.h>

#include "base/mem.h"
#include "cases.h"
#include "count/calendar.h"
#include "store/gathering.h"
#include "store/mirror.h"
#include "store/payload.h"
#include "store/stream.h"

enum { DAY = 20780, WINDOW = 1959889, PAGES_MAX = 4, HITS_MAX = 8, NOW_US = 7000000 };

static struct stream stream;
static struct gatherings *gatherings;
static uint64_t sequence; /* the last that a batch was given */

static inline int
set_up(void **state)
{
	(void)state;
	stream_init(&stream, STR("demo"), "0123456789abcdef0123456789abcdef");
	gatherings = gatherings_new();
	return 0;
}

static inline int
tear_down(void **state)
{
	(void)state;
	gatherings_free(gatherings);
	return 0;
}

/* Views of those pages, a letter each; ids from the first on, 0: none. */
static inline struct batch *
batch_of(const char *pages, uint64_t first_id, int64_t ids_window, int32_t day)
{
	struct payload_head head = {
		.now_ms = 1000000, .online_window_ms = 300000, .dedupe_window_ms = 900000, .pages_max = PAGES_MAX
	};
	struct batch *b = batch_new(gatherings, &stream, day, ids_window);

	for (size_t i = 0; pages[i] != '\0'; i++) {
		struct tally t = {
			.kind = HIT_VIEW,
			.at_ms = 999990,
			.visitor = i + 1,
			.has_id = first_id != 0,
			.id = first_id + i,
			.page = { &pages[i], 1 },
			.referrer = STR("(direct)"),
		};
		(void)batch_add(b, &t);
	}
	batch_seal(b, ++sequence, &head);
	return b;
}

/* What Redis says of it: so many hits and pages before it, all views being one more, and nobody is present who is not
 * in this batch or in one of two views. */
static inline struct applied
said_of(const struct batch *b, int64_t hits, int64_t pages, int64_t ids)
{
	struct applied a = {
		.now = true,
		.newest = day_number(b->day),
		.counted = b->nviews,
		.held = { true, pages, { 0, ids, 0 }, b->nviews > 2 ? b->nviews : 2 },
		.sums = { [FIGURE_HITS] = { hits, hits }, [FIGURE_VISITS] = { 2, 3 } },
		.views = xcalloc(HITS_MAX, sizeof(*a.views)),
	};

	for (size_t i = 0; i < batch_pages(b); i++)
		a.views[i] = 10;
	return a;
}

static inline void
learn(struct mirror *m, const struct batch *b, struct applied said)
{
	mirror_learn(m, b, &said);
	free(said.views);
}

/* Learned of the pages a and b, whose ids are 1 and 2, after 7 hits; nothing else is there. */
static inline struct mirror
mirror_of_two(void)
{
	struct batch *b = batch_of("ab", 1, WINDOW, DAY);
	struct mirror m = { 0 };

	learn(&m, b, said_of(b, 7, 2, 2));
	batch_free(b);
	return m;
}

/* Whether it is forecast when it is the next; then it is taken to be applied. */
static inline bool
knows(struct mirror *m, struct batch *b)
{
	struct forecast f;
	bool does;

	b->sequence = m->sequence + 1;
	does = mirror_forecast(m, b, NOW_US, &f);
	if (does)
		free(f.applied.views);
	batch_free(b);
	return does;
}

#endif
