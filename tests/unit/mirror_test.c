/* mirror_test.c - what is forecast is what Redis would say; what is not known is not forecast. */
#include "mirror_harness.h"

static void
nothing_is_known_at_first(void **state)
{
	struct mirror m = { 0 };

	(void)state;
	assert_false(knows(&m, batch_of("a", 1, WINDOW, DAY)));
	mirror_forget(&m);
}

/* Two in a row, before Redis has said anything of the first. */
static void
the_next_are_forecast(void **state)
{
	struct mirror m = mirror_of_two();
	struct batch *b = batch_of("bcb", 3, WINDOW, DAY), *next = batch_of("ca", 0, WINDOW, DAY);
	struct forecast f;

	(void)state;
	assert_true(mirror_forecast(&m, b, NOW_US, &f));
	assert_true(f.applied.now);
	assert_int_equal(f.applied.counted, 3);
	assert_int_equal(f.applied.visits, 1);
	assert_int_equal(f.applied.online, 3);
	assert_int_equal(f.applied.sums[FIGURE_HITS].today, 10);
	assert_int_equal(f.applied.sums[FIGURE_HITS].total, 10);
	assert_int_equal(f.applied.sums[FIGURE_VISITS].today, 3);
	assert_int_equal(f.applied.sums[FIGURE_VISITS].total, 4);
	assert_int_equal(f.applied.views[0], 12);
	assert_int_equal(f.applied.views[1], 1);
	assert_int_equal(f.pages, 2);
	assert_int_equal(f.ids, 2);
	free(f.applied.views);

	assert_true(mirror_forecast(&m, next, NOW_US, &f));
	assert_int_equal(f.applied.sums[FIGURE_HITS].total, 12);
	assert_int_equal(f.applied.visits, 0);
	assert_int_equal(f.applied.views[0], 2);
	assert_int_equal(f.applied.views[1], 11);
	assert_int_equal(f.pages, 3);
	free(f.applied.views);
	batch_free(b);
	batch_free(next);
	mirror_forget(&m);
}

static void
only_the_next_is_forecast(void **state)
{
	struct mirror m = mirror_of_two();
	struct batch *missed = batch_of("a", 0, WINDOW, DAY), *b = batch_of("a", 0, WINDOW, DAY);
	struct forecast f;

	(void)state;
	assert_false(mirror_forecast(&m, b, NOW_US, &f));
	batch_free(missed);
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

/* A clock that is not set: the window before the first has a place, too. */
static void
in_the_first_window_nothing_is_forecast(void **state)
{
	struct batch *b = batch_of("ab", 1, 0, DAY);
	struct mirror m = { 0 };

	(void)state;
	learn(&m, b, said_of(b, 7, 2, 2));
	batch_free(b);
	assert_false(knows(&m, batch_of("a", 3, 0, DAY)));
	assert_false(knows(&m, batch_of("a", 3, 1, DAY)));
	assert_true(knows(&m, batch_of("a", 3, 3, DAY)));
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
	learn(&m, b, said_of(b, 10, 2, 2)); /* lost is lost */
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

/* One that is too large to be kept whole while it is on its way. */
static void
a_large_batch_may_bring_a_page(void **state)
{
	struct mirror m = mirror_of_two();
	char pages[100 + 1] = { 0 };

	(void)state;
	memset(pages, 'a', sizeof(pages) - 1);
	pages[70] = 'c';
	assert_true(knows(&m, batch_of(pages, 3, WINDOW, DAY)));
	pages[70] = 'd';
	pages[80] = 'e';
	assert_false(knows(&m, batch_of(pages, 200, WINDOW, DAY)));
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
	struct batch *b = batch_of("aa", 3, WINDOW, DAY);
	struct applied said = said_of(b, 9, 2, 4);

	(void)state;
	said.held.alone = false;
	learn(&m, b, said);
	batch_free(b);
	b = batch_of("aa", 0, WINDOW, DAY);
	for (int i = 0; i < 8; i++) {
		assert_false(knows(&m, batch_of("a", 0, WINDOW, DAY))); /* the other may do so again */
		learn(&m, b, said_of(b, 11 + 2 * i, 2, 4));
	}
	assert_true(knows(&m, batch_of("a", 0, WINDOW, DAY)));
	assert_false(knows(&m, batch_of("b", 0, WINDOW, DAY)));
	assert_false(knows(&m, batch_of("a", 4, WINDOW, DAY)));
	batch_free(b);
	mirror_forget(&m);
}

static void
a_writers_first_batch_makes_nobody_wary(void **state)
{
	struct batch *b = batch_of("ab", 1, WINDOW, DAY);
	struct applied said = said_of(b, 7, 2, 2);
	struct mirror m = { 0 };

	(void)state;
	b->sequence = 1;
	said.held.alone = false; /* as it finds who counted before it */
	learn(&m, b, said);
	batch_free(b);
	assert_true(knows(&m, batch_of("a", 0, WINDOW, DAY)));
	mirror_forget(&m);
}

static void
all_is_forgotten_when_another_left_no_trace(void **state)
{
	struct mirror m = mirror_of_two();
	struct batch *b = batch_of("aa", 0, WINDOW, DAY);

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
	struct batch *b = batch_of("aa", 0, WINDOW, DAY), *next = batch_of("b", 0, WINDOW, DAY);
	struct forecast f;

	(void)state;
	learn(&m, b, said_of(b, 9, 1, 2));
	next->sequence = m.sequence + 1;
	assert_true(mirror_forecast(&m, next, NOW_US, &f));
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
	struct payload_head head = {
		.now_ms = 1000000, .online_window_ms = 300000, .repeat_window_ms = 1, .pages_max = PAGES_MAX
	};
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
	size_t most = 0;

	(void)state;
	for (unsigned n = 0; n < 80 * BATCH_MAX; n += BATCH_MAX) {
		struct batch *b = batch_new(gatherings, &stream, DAY, WINDOW);
		struct payload_head head = { .now_ms = 1000, .online_window_ms = 1, .pages_max = PAGES_MAX };
		struct applied said = { .now = true,
			.counted = BATCH_MAX,
			.held = { true, n + BATCH_MAX, { 0 }, 1 },
			.sums = { { n + BATCH_MAX, n + BATCH_MAX } },
			.views = xcalloc(BATCH_MAX, sizeof(int64_t)) };

		for (unsigned i = 0; i < BATCH_MAX; i++) {
			char page[16];

			(void)snprintf(page, sizeof(page), "/%u", n + i);
			(void)batch_add(b,
			    &(struct tally){ .kind = HIT_VIEW, .at_ms = 1, .page = str_of(page), .referrer = STR("") });
			said.views[i] = 1;
		}
		batch_seal(b, ++sequence, &head);
		learn(&m, b, said);
		batch_free(b);
		most = m.pages.n > most ? m.pages.n : most;
	}
	assert_true(most > 50000 && most <= 65536);
	assert_true(m.pages.n > 0 && m.pages.n < 20000);
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
	assert_true(mirror_forecast(&m, b, NOW_US, &f));
	mirror_forget(&m);
	assert_int_equal(mirror_bytes(&m), 0);
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
	struct applied said = said_of(b, 8, 2, 2);

	(void)state;
	batch_strip(b);
	learn(&m, b, said);
	batch_free(b);
	assert_false(knows(&m, batch_of("a", 0, WINDOW, DAY)));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_known_at_first),
		cmocka_unit_test(the_next_are_forecast),
		cmocka_unit_test(only_the_next_is_forecast),
		cmocka_unit_test(known_ids_are_not_forecast),
		cmocka_unit_test(an_id_is_known_in_the_next_window),
		cmocka_unit_test(in_the_first_window_nothing_is_forecast),
		cmocka_unit_test(more_ids_than_known_are_not_forecast),
		cmocka_unit_test(pages_that_may_be_there_are_not_forecast),
		cmocka_unit_test(pages_without_room_are_not_forecast),
		cmocka_unit_test(a_large_batch_may_bring_a_page),
		cmocka_unit_test(another_day_is_not_forecast),
		cmocka_unit_test(all_is_forgotten_when_another_has_counted),
		cmocka_unit_test(a_writers_first_batch_makes_nobody_wary),
		cmocka_unit_test(all_is_forgotten_when_another_left_no_trace),
		cmocka_unit_test(all_is_forgotten_when_pages_are_fewer),
		cmocka_unit_test(nothing_is_known_after_one_of_before),
		cmocka_unit_test(only_what_is_counted_as_a_whole_is_forecast),
		cmocka_unit_test(pages_that_are_too_many_are_forgotten),
		cmocka_unit_test(what_was_forgotten_meanwhile_stays_so),
		cmocka_unit_test(nothing_is_known_after_one_that_went_to_the_spool),
	};

	return cmocka_run_group_tests_name("mirror", tests, set_up, tear_down);
}
