/* figures_test.c - each day has hits of its own power of two, so that a sum
 * tells which days are in it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "count/figures.h"

static int32_t
day_of(int year, int month, int day)
{
	return day_of_date((struct date){ year, (uint8_t)month, (uint8_t)day });
}

static void
a_fresh_past_is_empty(void **state)
{
	struct past p;
	struct figures f = figures_unknown;

	(void)state;
	memset(&p, 0x55, sizeof(p));
	past_start(&p, 20000, 7);
	assert_int_equal(p.today, 20000);
	assert_int_equal(p.generation, 7);
	past_figures(&p, 3, &f);
	assert_int_equal(f.today, 3);
	assert_int_equal(f.yesterday, 0);
	assert_int_equal(f.week, 3);
	assert_int_equal(f.month, 3);
	assert_int_equal(f.year, 3);
}

static void
what_past_does_not_know_stays(void **state)
{
	struct past p;
	struct figures f = { .online = 5, .total = 1000 };

	(void)state;
	past_start(&p, 20000, 0);
	past_figures(&p, 3, &f);
	assert_int_equal(f.online, 5);
	assert_int_equal(f.total, 1000);
}

static void
periods_by_the_calendar(void **state)
{
	static const struct {
		int year, month, day;
		enum config_week_start week_start;
		int yesterday, week, month_days, year_days; /* how many days before today each has */
	} rows[] = {
		{ 2026, 11, 25, WEEK_MONDAY, 1, 2, 24, 328 }, /* a Wednesday in mid-year */
		{ 2026, 11, 25, WEEK_SUNDAY, 1, 3, 24, 328 },
		{ 2026, 11, 23, WEEK_MONDAY, 1, 0, 22, 326 }, /* Monday: yesterday was last week */
		{ 2026, 11, 22, WEEK_MONDAY, 1, 6, 21, 325 }, /* Sunday */
		{ 2026, 11, 22, WEEK_SUNDAY, 1, 0, 21, 325 },
		{ 2026, 12, 1, WEEK_MONDAY, 1, 1, 0, 334 }, /* yesterday was last month */
		{ 2026, 1, 1, WEEK_MONDAY, 1, 3, 0, 0 }, /* Thursday: the week began last year */
		{ 2025, 1, 1, WEEK_MONDAY, 1, 2, 0, 0 },
		{ 2025, 1, 5, WEEK_MONDAY, 1, 6, 4, 4 }, /* its Sunday is not yet over */
		{ 2025, 1, 5, WEEK_SUNDAY, 1, 0, 4, 4 },
		{ 2024, 3, 1, WEEK_MONDAY, 1, 4, 0, 60 }, /* a leap year */
		{ 2024, 12, 31, WEEK_MONDAY, 1, 1, 30, 365 },
	};

	(void)state;
	for (size_t i = 0; i < NITEMS(rows); i++) {
		int32_t today = day_of(rows[i].year, rows[i].month, rows[i].day);
		struct figures f = figures_unknown;
		struct past p;

		past_start(&p, today, 0);
		for (int32_t day = today + 400; day >= today - 800; day--) /* backwards: any order will do */
			past_add(&p, day, 1, rows[i].week_start);
		past_figures(&p, 0, &f);
		assert_int_equal(f.yesterday, rows[i].yesterday);
		assert_int_equal(f.week, rows[i].week);
		assert_int_equal(f.month, rows[i].month_days);
		assert_int_equal(f.year, rows[i].year_days);
	}
}

static void
each_day_in_its_sums(void **state)
{
	/* Saturday 3 January 2026; the week began on 29 December. */
	int32_t today = day_of(2026, 1, 3);
	struct figures f = figures_unknown;
	struct past p;

	(void)state;
	past_start(&p, today, 0);
	past_add(&p, day_of(2026, 1, 2), 1, WEEK_MONDAY);
	past_add(&p, day_of(2026, 1, 1), 2, WEEK_MONDAY);
	past_add(&p, day_of(2025, 12, 31), 4, WEEK_MONDAY);
	past_add(&p, day_of(2025, 12, 29), 8, WEEK_MONDAY);
	past_add(&p, day_of(2025, 12, 28), 16, WEEK_MONDAY); /* last week, last year */
	past_add(&p, today, 32, WEEK_MONDAY); /* comes with past_figures() */
	past_add(&p, day_of(2025, 1, 2), 64, WEEK_MONDAY);
	past_add(&p, day_of(2026, 1, 4), 128, WEEK_MONDAY); /* from a clock that is ahead */
	past_figures(&p, 256, &f);
	assert_int_equal(f.today, 256);
	assert_int_equal(f.yesterday, 1);
	assert_int_equal(f.week, 256 + 1 + 2 + 4 + 8);
	assert_int_equal(f.month, 256 + 1 + 2);
	assert_int_equal(f.year, 256 + 1 + 2);
}

static void
sums_are_64_bit(void **state)
{
	struct figures f = figures_unknown;
	struct past p;

	(void)state;
	past_start(&p, day_of(2026, 1, 3), 0);
	past_add(&p, day_of(2026, 1, 2), INT64_C(3000000000), WEEK_MONDAY);
	past_add(&p, day_of(2026, 1, 1), INT64_C(3000000000), WEEK_MONDAY);
	past_figures(&p, INT64_C(3000000000), &f);
	assert_int_equal(f.year, INT64_C(9000000000));
}

static void
unknown_hits_of_today(void **state)
{
	struct figures f = { 0 };
	struct past p;

	(void)state;
	past_start(&p, day_of(2026, 1, 3), 0);
	past_add(&p, day_of(2026, 1, 2), 9, WEEK_MONDAY);
	past_figures(&p, FIGURE_UNKNOWN, &f);
	assert_int_equal(f.today, FIGURE_UNKNOWN);
	assert_int_equal(f.yesterday, 9);
	assert_int_equal(f.week, FIGURE_UNKNOWN);
	assert_int_equal(f.month, FIGURE_UNKNOWN);
	assert_int_equal(f.year, FIGURE_UNKNOWN);
}

static void
nothing_is_known_of_unknown_figures(void **state)
{
	const int64_t all[] = { figures_unknown.online, figures_unknown.today, figures_unknown.yesterday,
		figures_unknown.week, figures_unknown.month, figures_unknown.year, figures_unknown.total };

	(void)state;
	assert_int_equal(sizeof(all), sizeof(struct figures));
	for (size_t i = 0; i < NITEMS(all); i++)
		assert_int_equal(all[i], FIGURE_UNKNOWN);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_fresh_past_is_empty),
		cmocka_unit_test(what_past_does_not_know_stays),
		cmocka_unit_test(periods_by_the_calendar),
		cmocka_unit_test(each_day_in_its_sums),
		cmocka_unit_test(sums_are_64_bit),
		cmocka_unit_test(unknown_hits_of_today),
		cmocka_unit_test(nothing_is_known_of_unknown_figures),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
