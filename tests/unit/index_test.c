/* index_test.c - what was put in is found, and after clearing nothing is. */
#include "store/index.h"

#include "cases.h"

static void
put_in(struct index *x, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		index_add(x, index_hash(i));
}

static bool
finds(const struct index *x, uint32_t number)
{
	uint32_t hash = index_hash(number), found;

	for (size_t slot = index_first(x, hash); index_at(x, slot, &found); slot = index_next(x, slot)) {
		if (found == number)
			return true;
	}
	return false;
}

static void
cleared_it_finds_nothing_but_what_comes_then(void **state)
{
	static const uint32_t sizes[] = { 1, 1000, 7, 0, 100, 8, 9 };
	struct index x = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		put_in(&x, sizes[i]);
		for (uint32_t n = 0; n < 1000; n++)
			assert_int_equal(finds(&x, n), n < sizes[i]);
		index_clear(&x);
	}
	index_fini(&x);
}

/* Else each that comes after many would pay for them. */
static void
many_slots_are_not_cleared_for_a_few(void **state)
{
	struct index x = { 0 };
	size_t large, small;

	(void)state;
	put_in(&x, 1);
	small = x.cap;
	index_clear(&x);
	assert_int_equal(x.cap, small);
	put_in(&x, 1000);
	large = x.cap;
	index_clear(&x);
	assert_int_equal(x.cap, large);
	put_in(&x, 1);
	index_clear(&x);
	assert_int_equal(x.cap, 0);
	index_fini(&x);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cleared_it_finds_nothing_but_what_comes_then),
		cmocka_unit_test(many_slots_are_not_cleared_for_a_few),
	};

	return cmocka_run_group_tests_name("index", tests, NULL, NULL);
}
