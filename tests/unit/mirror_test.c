/* mirror_test.c - what is forecast is what Redis would say; what is not known is not forecast. */
#include "store/mirror.h"

#include <stdlib.h>

#include "base/mem.h"
#include "cases.h"
#include "count/calendar.h"
#include "store/gathering.h"
#include "store/payload.h"
#include "store/stream.h"

enum { DAY = 20780, WINDOW = 1959889, PAGES_MAX = 4, HITS_MAX = 8, NOW_US = 7000000 };

static struct stream stream;
static struct gatherings *gatherings;

static int
set_up(void **state)
{
	(void)state;
	stream_init(&stream, STR("demo"), "0123456789abcdef0123456789abcdef");
	gatherings = gatherings_new();
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	gatherings_free(gatherings);
	return 0;
}

/* Views of those pages, a letter each; ids from the first on, 0: none. */
static struct batch *
batch_of(const char *pages, uint64_t first_id, int64_t ids_window, int32_t day)
{
	struct payload_head head = { .now_ms = 1000000, .online_window_ms = 300000, .dedupe_window_ms = 900000 };
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
	batch_seal(b, 1, &head);
	return b;
}

/* What Redis says of it: so many hits and pages before it, all views being one more. */
static struct applied
said_of(const struct batch *b, int64_t hits, int64_t pages, int64_t ids)
{
	struct applied a = {
		.now = true,
		.newest = day_number(b->day),
		.counted = b->nviews,
		.held = { true, pages, { 0, ids, 0 } },
		.sums = { [FIGURE_HITS] = { hits, hits }, [FIGURE_VISITS] = { 2, 3 } },
		.views = xcalloc(HITS_MAX, sizeof(*a.views)),
	};

	for (size_t i = 0; i < batch_pages(b); i++)
		a.views[i] = 10;
	return a;
}

static void
learn(struct mirror *m, const struct batch *b, struct applied said)
{
	mirror_learn(m, b, &said);
	free(said.views);
}

/* Learned of the pages a and b, whose ids are 1 and 2, after 7 hits; nothing else is there. */
static struct mirror
mirror_of_two(void)
{
	struct batch *b = batch_of("ab", 1, WINDOW, DAY);
	struct mirror m = { 0 };

	learn(&m, b, said_of(b, 7, 2, 2));
	batch_free(b);
	return m;
}

/* Whether the next is forecast; the forecast is freed. */
static bool
knows(const struct mirror *m, struct batch *b)
{
	struct forecast f;
	bool does = mirror_forecast(m, b, PAGES_MAX, NOW_US, &f);

	if (does)
		free(f.applied.views);
	batch_free(b);
	return does;
}

static void
nothing_is_known_at_first(void **state)
{
	struct mirror m = { 0 };

	(void)state;
	assert_false(knows(&m, batch_of("a", 1, WINDOW, DAY)));
	mirror_forget(&m);
}

static void
the_next_is_forecast(void **state)
{
	struct mirror m = mirror_of_two();
	struct batch *b = batch_of("bcb", 3, WINDOW, DAY);
	struct forecast f;

	(void)state;
	assert_true(mirror_forecast(&m, b, PAGES_MAX, NOW_US, &f));
	assert_true(f.applied.now);
	assert_int_equal(f.applied.counted, 3);
	assert_int_equal(f.applied.sums[FIGURE_HITS].today, 10);
	assert_int_equal(f.applied.sums[FIGURE_HITS].total, 10);
	assert_int_equal(f.applied.sums[FIGURE_VISITS].total, 3);
	assert_int_equal(f.applied.views[0], 12);
	assert_int_equal(f.applied.views[1], 1);
	assert_int_equal(f.ids, 2);
	assert_int_equal(f.pages, 2);
	assert_int_equal(f.pages_then, 3);
	mirror_confirm(&m, b, &f);
	free(f.applied.views);
	batch_free(b);

	b = batch_of("ca", 0, WINDOW, DAY);
	assert_true(mirror_forecast(&m, b, PAGES_MAX, NOW_US, &f));
	assert_int_equal(f.applied.sums[FIGURE_HITS].total, 12);
	assert_int_equal(f.applied.views[0], 2);
	assert_int_equal(f.applied.views[1], 11);
	assert_int_equal(f.ids, 5);
	assert_int_equal(f.pages, 3);
	free(f.applied.views);
	batch_free(b);
	mirror_forget(&m);
}

static void
known_ids_are_not_forecast(void **state)
{
	struct mirror m = mirror_of_two();

	(void)state;
	assert_false(knows(&m, batch_of("a", 2, WINDOW, DAY)));
	assert_true(knows(&m, batch_of("a", 3, WINDOW, DAY)));
	assert_false(knows(&m, batch_of("a", 3, WINDOW + 1, DAY))); /* whose window is not looked at yet */
	assert_true(knows(&m, batch_of("a", 0, WINDOW + 9, DAY)));
	mirror_forget(&m);
}

static void
an_id_is_known_in_the_next_window(void **state)
{
	struct mirror m = mirror_of_two();
	struct batch *b = batch_of("a", 3, WINDOW + 1, DAY);
	struct applied said = said_of(b, 8, 2, 1);

	(void)state;
	said.held.ids[0] = 2;
	learn(&m, b, said);
	batch_free(b);
	assert_false(knows(&m, batch_of("a", 1, WINDOW + 1, DAY)));
	assert_true(knows(&m, batch_of("a", 4, WINDOW + 1, DAY)));
	assert_false(knows(&m, batch_of("a", 4, WINDOW, DAY))); /* the one before it has made room */
	mirror_forget(&m);
}

/* Others' ids of this window, and what they mean for its neighbours. */
static void
more_ids_than_known_are_not_forecast(void **state)
{
	struct batch *b = batch_of("ab", 1, WINDOW, DAY);
	struct mirror m = { 0 };

	(void)state;
	learn(&m, b, said_of(b, 7, 2, 3));
	assert_false(knows(&m, batch_of("a", 9, WINDOW, DAY)));
	assert_true(knows(&m, batch_of("a", 0, WINDOW, DAY)));
	learn(&m, b, said_of(b, 9, 2, 2)); /* lost is lost */
	assert_false(knows(&m, batch_of("a", 9, WINDOW, DAY)));
	batch_free(b);
	mirror_forget(&m);
}

static void
pages_that_may_be_there_are_not_forecast(void **state)
{
	struct batch *b = batch_of("ab", 1, WINDOW, DAY);
	struct mirror m = { 0 };

	(void)state;
	learn(&m, b, said_of(b, 7, 3, 2));
	assert_true(knows(&m, batch_of("ba", 3, WINDOW, DAY)));
	assert_false(knows(&m, batch_of("c", 3, WINDOW, DAY)));
	batch_free(b);
	mirror_forget(&m);
}

static void
pages_without_room_are_not_forecast(void **state)
{
	struct mirror m = mirror_of_two();

	(void)state;
	assert_true(knows(&m, batch_of("acd", 3, WINDOW, DAY)));
	assert_false(knows(&m, batch_of("acde", 3, WINDOW, DAY)));
	mirror_forget(&m);
}

static void
another_day_is_not_forecast(void **state)
{
	struct mirror m = mirror_of_two();
	struct batch *late = batch_of("a", 3, WINDOW, DAY - 1);
	struct applied said = said_of(late, 8, 2, 3);

	(void)state;
	assert_false(knows(&m, batch_of("a", 3, WINDOW, DAY + 1)));
	said.newest = day_number(DAY);
	learn(&m, late, said); /* its sums are of the day before */
	assert_false(knows(&m, batch_of("a", 4, WINDOW, DAY)));
	assert_false(knows(&m, batch_of("a", 4, WINDOW, DAY - 1)));
	batch_free(late);
	mirror_forget(&m);
}

/* The views that were known are another's now. */
static void
all_is_forgotten_when_another_has_counted(void **state)
{
	struct mirror m = mirror_of_two();
	struct batch *b = batch_of("a", 3, WINDOW, DAY);
	struct applied said = said_of(b, 8, 2, 3);

	(void)state;
	said.held.alone = false;
	learn(&m, b, said);
	batch_free(b);
	b = batch_of("a", 0, WINDOW, DAY);
	for (int i = 0; i < 8; i++) {
		assert_false(knows(&m, batch_of("a", 0, WINDOW, DAY))); /* the other may do so again */
		learn(&m, b, said_of(b, 9 + i, 2, 3));
	}
	assert_true(knows(&m, batch_of("a", 0, WINDOW, DAY)));
	assert_false(knows(&m, batch_of("b", 0, WINDOW, DAY)));
	assert_false(knows(&m, batch_of("a", 4, WINDOW, DAY)));
	batch_free(b);
	mirror_forget(&m);
}

static bool
renews(struct mirror *m, int64_t now_us)
{
	struct batch *b = batch_of("a", 0, WINDOW, DAY);
	struct forecast f;

	assert_true(mirror_forecast(m, b, PAGES_MAX, now_us, &f));
	mirror_confirm(m, b, &f);
	free(f.applied.views);
	batch_free(b);
	return f.renews_presence;
}

static void
presence_is_renewed_now_and_then(void **state)
{
	struct mirror m = mirror_of_two();

	(void)state;
	assert_true(renews(&m, NOW_US));
	assert_false(renews(&m, NOW_US + 49 * 1000000));
	assert_true(renews(&m, NOW_US + 50 * 1000000));
	assert_false(renews(&m, NOW_US + 51 * 1000000));
	mirror_forget(&m);
}

/* Somebody has, without leaving a trace. */
static void
all_is_forgotten_when_hits_are_others(void **state)
{
	struct mirror m = mirror_of_two();
	struct batch *b = batch_of("a", 0, WINDOW, DAY);

	(void)state;
	learn(&m, b, said_of(b, 20, 2, 2));
	assert_true(knows(&m, batch_of("a", 0, WINDOW, DAY)));
	assert_false(knows(&m, batch_of("b", 0, WINDOW, DAY)));
	batch_free(b);
	mirror_forget(&m);
}

static void
all_is_forgotten_when_pages_are_fewer(void **state)
{
	struct mirror m = mirror_of_two();
	struct batch *b = batch_of("a", 0, WINDOW, DAY), *next = batch_of("b", 0, WINDOW, DAY);
	struct forecast f;

	(void)state;
	learn(&m, b, said_of(b, 8, 1, 2));
	assert_true(mirror_forecast(&m, next, PAGES_MAX, NOW_US, &f));
	assert_int_equal(f.applied.views[0], 1); /* not one more than it had */
	free(f.applied.views);
	batch_free(next);
	batch_free(b);
	mirror_forget(&m);
}

/* It was applied before: nobody knows what came after it. */
static void
nothing_is_known_after_one_of_before(void **state)
{
	struct mirror m = mirror_of_two();
	struct batch *b = batch_of("a", 3, WINDOW, DAY);
	struct applied said = said_of(b, 8, 2, 3);

	(void)state;
	said.now = false;
	learn(&m, b, said);
	assert_false(knows(&m, batch_of("a", 0, WINDOW, DAY)));
	batch_free(b);
	mirror_forget(&m);
}

static void
only_what_is_counted_as_a_whole_is_forecast(void **state)
{
	struct mirror m = mirror_of_two();
	struct payload_head head = { .now_ms = 1000000, .online_window_ms = 300000, .repeat_window_ms = 1 };
	struct batch *b = batch_new(gatherings, &stream, DAY, WINDOW);

	(void)state;
	(void)batch_add(b, &(struct tally){ .kind = HIT_VIEW, .at_ms = 1, .page = STR("a"), .referrer = STR("") });
	batch_seal(b, 2, &head);
	assert_false(knows(&m, b));
	mirror_forget(&m);
}

/* Bounded: some are forgotten, and found again. */
static void
pages_that_are_too_many_are_forgotten(void **state)
{
	struct mirror m = { 0 };

	(void)state;
	for (unsigned n = 0; n < 5000; n++) {
		struct batch *b = batch_new(gatherings, &stream, DAY, WINDOW);
		struct payload_head head = { .now_ms = 1000, .online_window_ms = 1 };
		char page[16];

		(void)snprintf(page, sizeof(page), "/%u", n);
		(void)batch_add(
		    b, &(struct tally){ .kind = HIT_VIEW, .at_ms = 1, .page = str_of(page), .referrer = STR("") });
		batch_seal(b, n + 1, &head);
		learn(&m, b, said_of(b, n + 1, n + 1, 0));
		batch_free(b);
		assert_true(m.pages.n <= 2048);
	}
	assert_true(m.pages.n > 0);
	mirror_forget(&m);
}

static void
what_was_forgotten_meanwhile_stays_so(void **state)
{
	struct mirror m = mirror_of_two();
	struct batch *b = batch_of("a", 3, WINDOW, DAY);
	struct forecast f;

	(void)state;
	assert_true(mirror_bytes(&m) > 0);
	assert_true(mirror_forecast(&m, b, PAGES_MAX, NOW_US, &f));
	mirror_forget(&m);
	assert_int_equal(mirror_bytes(&m), 0);
	mirror_confirm(&m, b, &f);
	free(f.applied.views);
	batch_free(b);
	assert_false(knows(&m, batch_of("a", 1, WINDOW, DAY)));
	assert_int_equal(mirror_bytes(&m), 0);
}

/* Its pages and ids are gone with it, and the views that were known are too few. */
static void
nothing_is_known_after_one_that_went_to_the_spool(void **state)
{
	struct mirror m = mirror_of_two();
	struct batch *b = batch_of("a", 0, WINDOW, DAY);
	struct forecast f;

	(void)state;
	assert_true(mirror_forecast(&m, b, PAGES_MAX, NOW_US, &f));
	batch_strip(b);
	mirror_confirm(&m, b, &f);
	free(f.applied.views);
	batch_free(b);
	assert_false(knows(&m, batch_of("a", 0, WINDOW, DAY)));
}

/* ---- ids ---------------------------------------------------------------- */

static void
ids_are_kept(void **state)
{
	struct ids x = { 0 };

	(void)state;
	for (uint64_t i = 0; i < 10000; i += 2) {
		assert_int_equal(ids_add(&x, i), 0);
		assert_int_equal(ids_add(&x, i), 0);
	}
	assert_int_equal(x.n, 5000);
	for (uint64_t i = 0; i < 10000; i++)
		assert_int_equal(ids_has(&x, i), i % 2 == 0);
	ids_fini(&x);
}

/* The inverse of the multiplier makes all of them lie in one place. */
static void
ids_that_are_chosen_to_collide_are_refused(void **state)
{
	struct ids x = { 0 };
	uint64_t n = 0;

	(void)state;
	while (n < 100000 && ids_add(&x, 0xf1de83e19937733dULL * (n + 1)) == 0)
		n++;
	assert_true(n < 100000);
	assert_true(ids_has(&x, 0xf1de83e19937733dULL));
	ids_fini(&x);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_known_at_first),
		cmocka_unit_test(the_next_is_forecast),
		cmocka_unit_test(known_ids_are_not_forecast),
		cmocka_unit_test(an_id_is_known_in_the_next_window),
		cmocka_unit_test(more_ids_than_known_are_not_forecast),
		cmocka_unit_test(pages_that_may_be_there_are_not_forecast),
		cmocka_unit_test(pages_without_room_are_not_forecast),
		cmocka_unit_test(another_day_is_not_forecast),
		cmocka_unit_test(presence_is_renewed_now_and_then),
		cmocka_unit_test(all_is_forgotten_when_another_has_counted),
		cmocka_unit_test(all_is_forgotten_when_hits_are_others),
		cmocka_unit_test(all_is_forgotten_when_pages_are_fewer),
		cmocka_unit_test(nothing_is_known_after_one_of_before),
		cmocka_unit_test(only_what_is_counted_as_a_whole_is_forecast),
		cmocka_unit_test(pages_that_are_too_many_are_forgotten),
		cmocka_unit_test(what_was_forgotten_meanwhile_stays_so),
		cmocka_unit_test(nothing_is_known_after_one_that_went_to_the_spool),
		cmocka_unit_test(ids_are_kept),
		cmocka_unit_test(ids_that_are_chosen_to_collide_are_refused),
	};

	return cmocka_run_group_tests_name("mirror", tests, set_up, tear_down);
}
