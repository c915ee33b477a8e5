/* ids_test.c - a set holds what was added, and is bounded whatever ids are chosen. */
#include "store/ids.h"

#include "cases.h"

static void
ids_are_kept(void **state)
{
	struct ids x = { 0 };

	(void)state;
	for (uint64_t i = 0; i < 10000; i += 2) {
		assert_int_equal(ids_add(&x, i), 0);
		assert_int_equal(ids_add(&x, i), 0);
	}
	assert_int_equal(ids_count(&x), 5000);
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

static void
there_is_an_end(void **state)
{
	struct ids x = { 0 };

	(void)state;
	for (uint64_t i = 0; i < IDS_MAX; i++)
		assert_int_equal(ids_add(&x, i), 0);
	assert_int_equal(ids_add(&x, IDS_MAX), -1);
	assert_int_equal(ids_add(&x, 7), 0);
	assert_int_equal(ids_count(&x), IDS_MAX);
	assert_true(ids_bytes(&x) < 33 << 20);
	ids_fini(&x);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ids_are_kept),
		cmocka_unit_test(ids_that_are_chosen_to_collide_are_refused),
		cmocka_unit_test(there_is_an_end),
	};

	return cmocka_run_group_tests_name("ids", tests, NULL, NULL);
}
