/* recent_test.c - who was seen is known, until all are forgotten. */
#include "store/recent.h"

#include "cases.h"

enum { PLACES = 1024, TIMES = 5000 };

static void
who_was_seen_is_known_till_all_are_forgotten(void **state)
{
	struct recent *r = recent_new(PLACES);

	(void)state;
	for (uint64_t time = 0; time < TIMES; time++) {
		for (uint64_t name = 1; name < 8; name++)
			assert_false(recent_note(r, name << 40 | name));
		for (uint64_t name = 1; name < 8; name++)
			assert_true(recent_note(r, name << 40 | name));
		recent_forget(r);
	}
	recent_free(r);
}

/* Of two that share a place. */
static void
the_last_displaces_the_one_before(void **state)
{
	struct recent *r = recent_new(PLACES);

	(void)state;
	for (int time = 0; time < 2; time++) {
		assert_false(recent_note(r, 7));
		assert_false(recent_note(r, 7 + PLACES));
		assert_true(recent_note(r, 7 + PLACES));
		assert_false(recent_note(r, 7));
		recent_forget(r);
	}
	recent_free(r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_was_seen_is_known_till_all_are_forgotten),
		cmocka_unit_test(the_last_displaces_the_one_before),
	};

	return cmocka_run_group_tests_name("recent", tests, NULL, NULL);
}
