/* calendar_test.c - against the C library's calendar and, for the beginnings
 * of days, against a walk minute by minute. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/mem.h"
#include "base/zone.h"
#include "count/calendar.h"

static const int64_t MINUTE_MS = 60000, DAY_MS = 86400000;

static int32_t
day_of(int year, int month, int day)
{
	return day_of_date((struct date){ year, (uint8_t)month, (uint8_t)day });
}

static int64_t
utc_ms(int year, int month, int day, int hour, int minute)
{
	struct tm tm = {
		.tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = day, .tm_hour = hour, .tm_min = minute
	};

	return (int64_t)timegm(&tm) * 1000;
}

static struct tm
reference(int32_t day)
{
	time_t t = (time_t)day * 86400;
	struct tm tm;

	gmtime_r(&t, &tm);
	return tm;
}

static void
every_day_from_1970_to_2400(void **state)
{
	int32_t end = day_of(2400, 12, 31);

	(void)state;
	assert_int_equal(day_of(1970, 1, 1), 0);
	assert_int_equal(end, utc_ms(2400, 12, 31, 0, 0) / DAY_MS);
	for (int32_t day = 0; day <= end; day++) {
		struct date d = date_of_day(day);
		struct tm tm = reference(day);

		assert_int_equal(d.year, tm.tm_year + 1900);
		assert_int_equal(d.month, tm.tm_mon + 1);
		assert_int_equal(d.day, tm.tm_mday);
		assert_int_equal(day_of_date(d), day);
		assert_int_equal(day_of_number(day_number(day)), day);
		assert_int_equal(calendar_month_start(day), day - tm.tm_mday + 1);
		assert_int_equal(calendar_year_start(day), day - tm.tm_yday);
		assert_int_equal(calendar_week_start(day, WEEK_SUNDAY), day - tm.tm_wday);
		assert_int_equal(calendar_week_start(day, WEEK_MONDAY), day - (tm.tm_wday + 6) % 7);
	}
}

static void
days_before_1970(void **state)
{
	(void)state;
	for (int32_t day = day_of(1, 1, 1); day < 0; day += 13) {
		struct date d = date_of_day(day);
		struct tm tm = reference(day);

		assert_int_equal(d.year, tm.tm_year + 1900);
		assert_int_equal(d.month, tm.tm_mon + 1);
		assert_int_equal(d.day, tm.tm_mday);
		assert_int_equal(day_of_date(d), day);
		assert_int_equal(calendar_week_start(day, WEEK_SUNDAY), day - tm.tm_wday);
	}
}

static void
spelling_of_days(void **state)
{
	(void)state;
	assert_int_equal(day_number(day_of(2026, 11, 23)), 20261123);
	assert_int_equal(day_number(0), 19700101);
	assert_int_equal(day_of_number(20240229), day_of(2024, 2, 29));
}

static void
leap_years(void **state)
{
	static const struct {
		int year, days_in_february;
	} rows[] = { { 1900, 28 }, { 1972, 29 }, { 2000, 29 }, { 2023, 28 }, { 2024, 29 }, { 2100, 28 }, { 2400, 29 } };

	(void)state;
	for (size_t i = 0; i < NITEMS(rows); i++)
		assert_int_equal(day_of(rows[i].year, 3, 1) - day_of(rows[i].year, 2, 1), rows[i].days_in_february);
}

/* strftime's %G and %V are ISO 8601's too. */
static void
iso_weeks_at_the_turn_of_each_year(void **state)
{
	unsigned spanning = 0;

	(void)state;
	for (int year = 1969; year < 2400; year++) {
		for (int32_t day = day_of(year, 12, 28), end = day_of(year + 1, 1, 4); day <= end; day++) {
			struct tm tm = reference(day);
			char expected[32], got[32];
			int32_t iso_year;
			unsigned week;

			calendar_iso_week(day, &iso_year, &week);
			(void)strftime(expected, sizeof(expected), "%G-W%V", &tm);
			(void)snprintf(got, sizeof(got), "%d-W%02u", iso_year, week);
			assert_string_equal(got, expected);
			spanning += iso_year != tm.tm_year + 1900;
		}
	}
	assert_true(spanning > 431); /* there were such days to get wrong */
}

static void
known_iso_weeks(void **state)
{
	static const struct {
		int year, month, day, iso_year;
		unsigned week;
	} rows[] = { { 2024, 12, 30, 2025, 1 }, { 2024, 12, 29, 2024, 52 }, { 2027, 1, 3, 2026, 53 },
		{ 2027, 1, 4, 2027, 1 }, { 2023, 1, 1, 2022, 52 }, { 2020, 12, 31, 2020, 53 },
		{ 2026, 6, 15, 2026, 25 } };

	(void)state;
	for (size_t i = 0; i < NITEMS(rows); i++) {
		int32_t year;
		unsigned week;

		calendar_iso_week(day_of(rows[i].year, rows[i].month, rows[i].day), &year, &week);
		assert_int_equal(year, rows[i].iso_year);
		assert_int_equal(week, rows[i].week);
	}
}

static void
weeks_that_span_two_years(void **state)
{
	(void)state;
	assert_int_equal(calendar_week_start(day_of(2025, 1, 1), WEEK_MONDAY), day_of(2024, 12, 30));
	assert_int_equal(calendar_week_start(day_of(2025, 1, 5), WEEK_MONDAY), day_of(2024, 12, 30));
	assert_int_equal(calendar_week_start(day_of(2025, 1, 6), WEEK_MONDAY), day_of(2025, 1, 6));
	assert_int_equal(calendar_week_start(day_of(2025, 1, 1), WEEK_SUNDAY), day_of(2024, 12, 29));
	assert_int_equal(calendar_week_start(day_of(2025, 1, 5), WEEK_SUNDAY), day_of(2025, 1, 5));
}

static void
local_days(void **state)
{
	static const struct {
		const char *zone;
		int64_t day_before_epoch; /* what day it is there at -1 ms */
	} rows[] = { { "UTC", -1 }, { "Asia/Ho_Chi_Minh", 0 }, { "America/New_York", -1 } };

	(void)state;
	for (size_t i = 0; i < NITEMS(rows); i++) {
		struct zone *z = zone_open(rows[i].zone);
		assert_int_equal(calendar_day(z, -1), rows[i].day_before_epoch);
		zone_close(z);
	}
}

static void
days_begin_at_known_moments(void **state)
{
	static const struct {
		const char *zone;
		int day[3], utc[5];
	} rows[] = {
		{ "Asia/Ho_Chi_Minh", { 2026, 11, 23 }, { 2026, 11, 22, 17, 0 } },
		/* Set back at midnight, 00:00 +08 to 23:00 +07: the day has not begun yet. */
		{ "Asia/Ho_Chi_Minh", { 1975, 6, 13 }, { 1975, 6, 12, 17, 0 } },
		/* Set forward at 23:00 +07 to midnight +08. */
		{ "Asia/Ho_Chi_Minh", { 1960, 1, 1 }, { 1959, 12, 31, 16, 0 } },
		/* No midnight: 00:00 to 01:00. */
		{ "America/Havana", { 2024, 3, 10 }, { 2024, 3, 10, 5, 0 } },
		{ "Asia/Beirut", { 2024, 3, 31 }, { 2024, 3, 30, 22, 0 } },
		/* Two midnights: the first one counts. */
		{ "America/Havana", { 2024, 11, 3 }, { 2024, 11, 3, 4, 0 } },
		/* 00:00 to 23:00 of the day before. */
		{ "Asia/Beirut", { 2024, 10, 27 }, { 2024, 10, 26, 22, 0 } },
		/* 00:01 to 23:01 of the day before: it was the new day for a minute. */
		{ "America/St_Johns", { 2006, 10, 29 }, { 2006, 10, 29, 2, 30 } },
		/* A day that never was, and the one after. */
		{ "Pacific/Apia", { 2011, 12, 30 }, { 2011, 12, 30, 10, 0 } },
		{ "Pacific/Apia", { 2011, 12, 31 }, { 2011, 12, 30, 10, 0 } },
		{ "Europe/Berlin", { 2024, 3, 31 }, { 2024, 3, 30, 23, 0 } },
		{ "Europe/Berlin", { 2024, 4, 1 }, { 2024, 3, 31, 22, 0 } },
	};

	(void)state;
	for (size_t i = 0; i < NITEMS(rows); i++) {
		struct zone *z = zone_open(rows[i].zone);
		const int *d = rows[i].day, *u = rows[i].utc;

		assert_int_equal(calendar_day_start(z, day_of(d[0], d[1], d[2])), utc_ms(u[0], u[1], u[2], u[3], u[4]));
		zone_close(z);
	}
}

static void
check_years(const char *name, int first, int last)
{
	struct zone *z = zone_open(name);
	int64_t at = utc_ms(first, 1, 1, 0, 0), end = utc_ms(last + 1, 1, 1, 0, 0);
	int32_t latest = calendar_day(z, at);

	/* Transitions fall on whole minutes these days. */
	for (; at < end; at += MINUTE_MS) {
		int32_t day = calendar_day(z, at);
		if (day <= latest)
			continue;
		if (calendar_day_start(z, day) != at)
			fail_msg("%s: day %u begins at %lld, not %lld", name, day_number(day), (long long)at,
			    (long long)calendar_day_start(z, day));
		assert_true(calendar_day(z, at - 1) < day);
		latest = day;
	}
	zone_close(z);
}

static void
days_begin_when_a_walk_first_meets_them(void **state)
{
	(void)state;
	check_years("Asia/Ho_Chi_Minh", 1975, 1975);
	check_years("America/Havana", 2020, 2022);
	check_years("Asia/Beirut", 2020, 2022);
	check_years("America/St_Johns", 2005, 2007);
	check_years("America/Sao_Paulo", 2017, 2019);
	check_years("Australia/Lord_Howe", 2024, 2024);
	check_years("Europe/Berlin", 2039, 2040);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_day_from_1970_to_2400),
		cmocka_unit_test(days_before_1970),
		cmocka_unit_test(spelling_of_days),
		cmocka_unit_test(leap_years),
		cmocka_unit_test(iso_weeks_at_the_turn_of_each_year),
		cmocka_unit_test(known_iso_weeks),
		cmocka_unit_test(weeks_that_span_two_years),
		cmocka_unit_test(local_days),
		cmocka_unit_test(days_begin_at_known_moments),
		cmocka_unit_test(days_begin_when_a_walk_first_meets_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
