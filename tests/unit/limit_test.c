/* limit_test.c - who is limited, and who is not because somebody else is. */
#include "count/limit.h"

#include "cases.h"
#include "count/address.h"

enum { SECOND = 1000000, CROWD = 1000000 };

static const struct pace *
usual(void)
{
	static struct pace p;

	p = pace_of(50, 2000);
	return &p;
}

static struct address
address_of(const char *text)
{
	struct address a;

	assert_int_equal(address_parse(str_of(text), &a), 0);
	return a;
}

/* The i-th of many IPv4 addresses. */
static struct address
stranger(uint32_t i)
{
	struct address a = address_of("10.0.0.0");

	for (int byte = 15; byte > 12; byte--, i >>= 8)
		a.bytes[byte] = (uint8_t)i;
	return a;
}

static unsigned
pass(struct limit *l, const char *client, int64_t now_us, unsigned n)
{
	struct address a = address_of(client);
	unsigned passed = 0;

	while (n-- > 0)
		passed += limit_take(l, &a, now_us);
	return passed;
}

static void
each_client_by_itself(void **state)
{
	struct limit *l = limit_new(*usual());

	(void)state;
	assert_int_equal(pass(l, "192.0.2.1", SECOND, 3000), 2000);
	assert_int_equal(pass(l, "192.0.2.2", SECOND, 3000), 2000);
	assert_int_equal(pass(l, "::ffff:192.0.2.1", SECOND, 3000), 0);
	assert_int_equal(pass(l, "2001:db8:0:1::1", SECOND, 1500), 1500);
	assert_int_equal(pass(l, "2001:db8:0:1:ffff::2", SECOND, 1500), 500); /* the same /64 */
	assert_int_equal(pass(l, "2001:db8:0:2::1", SECOND, 3000), 2000);
	assert_int_equal(pass(l, "192.0.2.1", 2 * SECOND, 3000), 50);
	limit_free(l);
	limit_free(NULL);
}

/* 500 people come at eight, read four pages in a minute, and go on. */
static void
an_office_passes(void **state)
{
	struct limit *l = limit_new(*usual());
	unsigned refused = 0;

	(void)state;
	for (int minute = 0; minute < 60; minute++) {
		unsigned at_once = minute == 0 ? 500 : 0;
		refused += at_once - pass(l, "203.0.113.7", INT64_C(60) * minute * SECOND, at_once);
		for (int i = 0; i < 2000; i++) {
			int64_t now = (INT64_C(60) * minute + i * 60 / 2000) * SECOND;
			refused += 1 - pass(l, "203.0.113.7", now, 1);
		}
	}
	assert_int_equal(refused, 0);
	limit_free(l);
}

static void
what_a_reload_changes(void **state)
{
	struct limit *l = limit_new(*usual());

	(void)state;
	limit_set(l, pace_of(0, 2000));
	assert_int_equal(pass(l, "192.0.2.1", SECOND, 5000), 5000);
	limit_set(l, pace_of(1, 10));
	assert_int_equal(pass(l, "192.0.2.1", SECOND, 5000), 10);
	limit_set(l, pace_of(1, 20));
	assert_int_equal(pass(l, "192.0.2.1", SECOND, 5000), 10); /* of which 10 had passed */
	limit_free(l);
}

/* Ten seconds, a million addresses once each, and among them one that sends
 * 10,000 a second and one who reads. */
static void
a_flood_of_addresses(void **state)
{
	struct limit *l = limit_new(*usual());
	struct address flooder = address_of("203.0.113.66"), reader = address_of("203.0.113.7");
	unsigned strangers = 0, flooded = 0, read = 0;

	(void)state;
	for (int i = 0; i < CROWD; i++) {
		int64_t now = (int64_t)i * 10 + SECOND;
		struct address a = stranger((uint32_t)i);

		strangers += limit_take(l, &a, now);
		if (i % 10 == 0)
			flooded += limit_take(l, &flooder, now);
		if (i % 10000 == 0)
			read += limit_take(l, &reader, now);
	}
	assert_int_equal(strangers, CROWD);
	assert_int_equal(read, CROWD / 10000);
	assert_int_equal(flooded, 2000 + 10 * 50 - 1); /* the last second's last is a moment away */
	limit_free(l);
}

/* Every slot is as busy as can be: who comes is let in all the same. */
static void
nobody_is_refused_for_another(void **state)
{
	struct limit *l = limit_new(pace_of(1, 1));

	(void)state;
	for (uint32_t i = 0; i < CROWD; i++) {
		struct address a = stranger(i);

		assert_true(limit_take(l, &a, SECOND));
	}
	limit_free(l);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_client_by_itself),
		cmocka_unit_test(an_office_passes),
		cmocka_unit_test(what_a_reload_changes),
		cmocka_unit_test(a_flood_of_addresses),
		cmocka_unit_test(nobody_is_refused_for_another),
	};

	return cmocka_run_group_tests_name("limit", tests, NULL, NULL);
}
