/* bucket_test.c - what passes, to the one. */
#include "count/bucket.h"

#include "cases.h"

enum { SECOND = 1000000 };

/* How many of n sent at that moment pass. */
static unsigned
pass(struct bucket *b, struct pace p, int64_t now_us, unsigned n)
{
	unsigned passed = 0;

	while (n-- > 0)
		passed += bucket_take(b, &p, now_us);
	return passed;
}

static void
a_burst_and_then_the_rate(void **state)
{
	struct pace p = pace_of(50, 2000);
	struct bucket b = { 0 };
	int64_t now = 1795366800 * INT64_C(1000000);

	(void)state;
	assert_int_equal(pass(&b, p, now, 3000), 2000);
	assert_int_equal(bucket_level(&b, &p, now), p.burst_ns);
	assert_int_equal(pass(&b, p, now + SECOND / 50 - 1, 10), 0);
	assert_int_equal(pass(&b, p, now + SECOND / 50, 10), 1);
	/* Refused ones have cost nothing: each second 50 more, to the end of the day. */
	for (int second = 1; second < 86400; second++)
		assert_int_equal(pass(&b, p, now + (int64_t)second * SECOND, 60), second > 1 ? 50 : 49);
	now += INT64_C(86399) * SECOND;
	assert_int_equal(pass(&b, p, now + 39 * SECOND, 3000), 39 * 50);
	now += 39 * SECOND;
	assert_int_equal(pass(&b, p, now + 40 * SECOND, 3000), 2000); /* empty again */
}

static void
within_the_rate_all_pass(void **state)
{
	struct pace p = pace_of(50, 1);
	struct bucket b = { 0 };

	(void)state;
	for (int64_t i = 0; i < 100000; i++)
		assert_true(bucket_take(&b, &p, i * SECOND / 50));
}

static void
odd_paces(void **state)
{
	struct bucket b = { 0 };
	struct pace none = pace_of(0, 5), thirds = pace_of(3, 0), fastest = pace_of(1000000, 1000000);

	(void)state;
	assert_int_equal(pass(&b, none, 0, 100000), 100000);
	assert_int_equal(pass(&b, thirds, 1, 10), 1); /* a burst is 1 at least */
	assert_int_equal(pass(&b, thirds, SECOND / 3, 10), 0);
	assert_int_equal(pass(&b, thirds, SECOND / 3 + 2, 10), 1);
	b = (struct bucket){ 0 };
	assert_int_equal(pass(&b, fastest, SECOND, 2000000), 1000000);
	assert_int_equal(pass(&b, fastest, SECOND + 7, 100), 7);
}

static void
when_the_clock_jumps(void **state)
{
	struct pace p = pace_of(50, 2000);
	struct bucket b = { 0 };
	int64_t now = INT64_C(1000000) * SECOND;

	(void)state;
	assert_int_equal(pass(&b, p, now, 3000), 2000);
	/* Back by less than a burst lasts: as full as can be, for as long. */
	assert_int_equal(pass(&b, p, now - 10, 3000), 2000);
	assert_int_equal(pass(&b, p, now - 10, 3000), 0);
	/* Far back and far forward: empty. */
	assert_int_equal(pass(&b, p, now / 2, 3000), 2000);
	assert_int_equal(pass(&b, p, -now, 3000), 2000);
	assert_int_equal(pass(&b, p, 4 * now, 3000), 2000);
	assert_int_equal(pass(&b, p, 4 * now, 3000), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_burst_and_then_the_rate),
		cmocka_unit_test(within_the_rate_all_pass),
		cmocka_unit_test(odd_paces),
		cmocka_unit_test(when_the_clock_jumps),
	};

	return cmocka_run_group_tests_name("bucket", tests, NULL, NULL);
}
