/* crowd_test.c - who is a visitor of their own, and what it costs to know. */
#include "count/crowd.h"

#include "cases.h"
#include "count/address.h"

enum { SECOND = 1000000, WINDOW = 300 * SECOND, MOST = 500, FLOOD = 1000000, MIB = 1 << 20 };

static const struct crowd_rule usual = { MOST, WINDOW };

static struct address
address_of(const char *text)
{
	struct address a;

	assert_int_equal(address_parse(str_of(text), &a), 0);
	return a;
}

/* How many of the tokens from first on, n of them, are admitted. */
static unsigned
admit(struct crowd *c, uint32_t site, const char *address, int64_t now_us, uint64_t first, unsigned n)
{
	struct address a = address_of(address);
	unsigned admitted = 0;

	for (uint64_t token = first; token < first + n; token++)
		admitted += crowd_admit(c, &(struct crowd_member){ site, &a, token }, now_us);
	return admitted;
}

static void
so_many_and_no_more(void **state)
{
	struct crowd *c = crowd_new(usual);

	(void)state;
	assert_int_equal(admit(c, 1, "203.0.113.7", 0, 0, 499), 499);
	assert_int_equal(admit(c, 1, "203.0.113.7", 0, 499, 1), 1);
	assert_int_equal(admit(c, 1, "203.0.113.7", 0, 500, 1000), 0);
	assert_int_equal(admit(c, 1, "203.0.113.7", 0, 0, MOST), MOST); /* they are known */
	/* Another address, another /64, another site. */
	assert_int_equal(admit(c, 1, "203.0.113.8", 0, 0, 1000), MOST);
	assert_int_equal(admit(c, 1, "2001:db8:0:1::1", 0, 0, 250), 250);
	assert_int_equal(admit(c, 1, "2001:db8:0:1:ffff::2", 0, 250, 1000), 250);
	assert_int_equal(admit(c, 1, "2001:db8:0:2::1", 0, 0, 1000), MOST);
	assert_int_equal(admit(c, 2, "203.0.113.7", 0, 0, 1000), MOST);
	crowd_free(c);
	crowd_free(NULL);
}

/* The first half of an office stays, the other is replaced by others. */
static void
known_ones_move_over(void **state)
{
	struct crowd *c = crowd_new(usual);
	int64_t now = 0;

	(void)state;
	assert_int_equal(admit(c, 1, "203.0.113.7", now, 0, MOST), MOST);
	now += WINDOW; /* the older generation now: known, and in the way of new ones */
	assert_int_equal(admit(c, 1, "203.0.113.7", now, 1000, 1000), 0);
	assert_int_equal(admit(c, 1, "203.0.113.7", now, 0, 250), 250);
	assert_int_equal(admit(c, 1, "203.0.113.7", now, 1000, 1000), 0);
	now += WINDOW; /* forgotten but for those who stayed */
	assert_int_equal(admit(c, 1, "203.0.113.7", now, 1000, 1000), 250);
	assert_int_equal(admit(c, 1, "203.0.113.7", now, 0, 250), 250);
	assert_int_equal(admit(c, 1, "203.0.113.7", now, 250, 250), 0);
	/* For an hour, everybody each minute: nobody is ever turned away, nobody gets in. */
	for (int minute = 0; minute < 60; minute++) {
		now += 60 * SECOND;
		assert_int_equal(admit(c, 1, "203.0.113.7", now, 0, 250), 250);
		assert_int_equal(admit(c, 1, "203.0.113.7", now, 1000, 250), 250);
		assert_int_equal(admit(c, 1, "203.0.113.7", now, 5000, 10), 0);
	}
	crowd_free(c);
}

static void
after_two_windows_all_is_forgotten(void **state)
{
	struct crowd *c = crowd_new(usual);

	(void)state;
	assert_int_equal(admit(c, 1, "203.0.113.7", 0, 0, MOST), MOST);
	assert_int_equal(admit(c, 1, "203.0.113.7", WINDOW - 1, 1000, 1), 0);
	assert_int_equal(admit(c, 1, "203.0.113.7", 2 * (int64_t)WINDOW, 1000, 1000), MOST);
	/* A clock that went back forgets nobody and turns nobody away for good. */
	assert_int_equal(admit(c, 1, "203.0.113.7", 0, 1000, MOST), MOST);
	assert_int_equal(admit(c, 1, "203.0.113.7", 0, 0, 1), 0);
	assert_int_equal(admit(c, 1, "203.0.113.7", WINDOW, 1000, MOST), MOST);
	assert_int_equal(admit(c, 1, "203.0.113.7", 3 * (int64_t)WINDOW, 0, MOST), MOST);
	crowd_free(c);
}

static void
what_a_reload_changes(void **state)
{
	struct crowd *c = crowd_new(usual);

	(void)state;
	assert_int_equal(admit(c, 1, "203.0.113.7", 0, 0, MOST), MOST);
	crowd_set(c, (struct crowd_rule){ 1, WINDOW });
	assert_int_equal(admit(c, 1, "203.0.113.7", 0, 0, MOST), MOST);
	assert_int_equal(admit(c, 1, "203.0.113.7", 0, 1000, 10), 0);
	assert_int_equal(admit(c, 1, "203.0.113.8", 0, 0, 10), 1);
	crowd_set(c, (struct crowd_rule){ MOST + 5, WINDOW });
	assert_int_equal(admit(c, 1, "203.0.113.7", 0, 1000, 10), 5);
	crowd_free(c);
}

/* A million tokens from one address take the room of 500, and a million from
 * as many addresses no more than is said. */
static void
a_flood_is_bounded(void **state)
{
	struct crowd *c = crowd_new(usual);
	size_t most = 0;

	(void)state;
	assert_int_equal(admit(c, 1, "203.0.113.66", 0, 0, FLOOD), MOST);
	assert_true(crowd_bytes(c) <= 16384);
	print_message("a million tokens of one address: %zu bytes\n", crowd_bytes(c));
	for (uint32_t i = 0; i < 2 * FLOOD; i++) {
		struct address a = address_of("10.0.0.0");
		int64_t now = i * INT64_C(100); /* well within one window */

		a.bytes[13] = (uint8_t)(i >> 16);
		a.bytes[14] = (uint8_t)(i >> 8);
		a.bytes[15] = (uint8_t)i;
		assert_true(crowd_admit(c, &(struct crowd_member){ 1, &a, i }, now));
		/* A reader all the while. */
		if (i % 1000 == 0)
			assert_int_equal(admit(c, 1, "203.0.113.7", now, 7, 1), 1);
		if (crowd_bytes(c) > most)
			most = crowd_bytes(c);
	}
	print_message("two million tokens of as many addresses: %zu bytes at most\n", most);
	assert_int_equal(most, 32 * MIB);
	/* And two quiet windows later it is gone. */
	assert_int_equal(admit(c, 1, "203.0.113.7", INT64_C(1000) * SECOND, 7, 1), 1);
	assert_true(crowd_bytes(c) <= 4096);
	crowd_free(c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(so_many_and_no_more),
		cmocka_unit_test(known_ones_move_over),
		cmocka_unit_test(after_two_windows_all_is_forgotten),
		cmocka_unit_test(what_a_reload_changes),
		cmocka_unit_test(a_flood_is_bounded),
	};

	return cmocka_run_group_tests_name("crowd", tests, NULL, NULL);
}
