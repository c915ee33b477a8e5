/* presence_test.c - it holds what a plain array would, whoever comes, leaves and is forgotten, and whatever the clock
 * does. */
#include "store/presence.h"

#include "base/mem.h"
#include "cases.h"

enum { PEOPLE = 300, STEPS = 40000 };

/* When each was last seen; -1: he is not known. */
struct model {
	int64_t at_ms[PEOPLE];
};

static uint64_t
name_of(unsigned person)
{
	return (person + 1) * 0x2545f4914f6cdd1dULL;
}

static unsigned
dice(uint64_t *state, unsigned n)
{
	*state = *state * 6364136223846793005ULL + 1442695040888963407ULL;
	return (unsigned)(*state >> 33) % n;
}

static void
expect_same(struct presence *p, const struct model *m, int64_t since_ms)
{
	size_t known = 0, online = 0;

	for (unsigned i = 0; i < PEOPLE; i++) {
		int64_t at_ms = -1;

		assert_int_equal(presence_find(p, name_of(i), &at_ms), m->at_ms[i] >= 0);
		assert_int_equal(at_ms, m->at_ms[i]);
		known += m->at_ms[i] >= 0;
		online += m->at_ms[i] > since_ms;
	}
	assert_int_equal(presence_count(p), known);
	assert_int_equal(presence_online(p, since_ms), online);
}

static void
forget_before(struct model *m, int64_t at_ms)
{
	for (unsigned i = 0; i < PEOPLE; i++)
		m->at_ms[i] = m->at_ms[i] < at_ms ? -1 : m->at_ms[i];
}

static void
it_holds_what_an_array_would(void **state)
{
	struct presence p = { 0 };
	struct model m = { 0 };
	uint64_t random = 20261127;
	int64_t now_ms = 100000, since_ms = 0;

	(void)state;
	forget_before(&m, INT64_MAX);
	for (unsigned step = 0; step < STEPS; step++) {
		unsigned person = dice(&random, PEOPLE), what = dice(&random, 100);
		int64_t at_ms = now_ms - (what < 10 ? dice(&random, 3000) : 0);

		now_ms += dice(&random, 20);
		if (what == 99 && step % 7 == 0)
			now_ms -= 500; /* the clock was set */
		if (what < 90) {
			assert_int_equal(presence_see(&p, name_of(person), at_ms), 0);
			m.at_ms[person] = at_ms > m.at_ms[person] ? at_ms : m.at_ms[person];
		} else if (what < 94) {
			presence_leave(&p, name_of(person));
			m.at_ms[person] = -1;
		} else if (what < 97) {
			presence_forget_before(&p, now_ms - 2000);
			forget_before(&m, now_ms - 2000);
		} else {
			since_ms = now_ms - dice(&random, 2500);
			(void)presence_online(&p, since_ms);
		}
		if (step % 50 == 0)
			expect_same(&p, &m, since_ms);
	}
	presence_forget_before(&p, INT64_MAX);
	assert_int_equal(presence_count(&p), 0);
	assert_int_equal(presence_online(&p, 0), 0);
	presence_fini(&p);
	assert_int_equal(presence_bytes(&p), 0);
}

static void
nobody_is_there_at_first(void **state)
{
	struct presence p = { 0 };
	int64_t at_ms;

	(void)state;
	assert_false(presence_find(&p, 1, &at_ms));
	presence_leave(&p, 1);
	presence_forget_before(&p, 10);
	assert_int_equal(presence_online(&p, 0), 0);
	presence_fini(&p);
}

static void
who_was_seen_at_the_edge_is_not_online(void **state)
{
	struct presence p = { 0 };

	(void)state;
	assert_int_equal(presence_see(&p, 1, 1000), 0);
	assert_int_equal(presence_see(&p, 2, 1001), 0);
	assert_int_equal(presence_online(&p, 999), 2);
	assert_int_equal(presence_online(&p, 1000), 1);
	assert_int_equal(presence_online(&p, 1001), 0);
	assert_int_equal(presence_online(&p, 999), 2);
	presence_fini(&p);
}

/* One place in the midst of very many is not looked for; either end is found at once. */
static void
what_lies_far_behind_is_refused(void **state)
{
	struct presence p = { 0 };
	int64_t at_ms;

	(void)state;
	for (unsigned i = 0; i < 10000; i++)
		assert_int_equal(presence_see(&p, name_of(i), 1000 + i), 0);
	assert_int_equal(presence_see(&p, 7, 10500), 0);
	assert_int_equal(presence_see(&p, 8, 500), 0);
	assert_int_equal(presence_see(&p, 10, 500), 0);
	assert_int_equal(presence_see(&p, 9, 2000), -1);
	assert_false(presence_find(&p, 9, &at_ms));
	assert_int_equal(presence_count(&p), 10003);
	assert_int_equal(presence_online(&p, 10500), 499);
	presence_fini(&p);
}

/* The inverse of the multiplier makes all of them lie in one place. */
static void
who_has_no_room_is_refused(void **state)
{
	struct presence p = { 0 };
	uint64_t n = 0;
	int64_t at_ms;

	(void)state;
	while (n < 1000 && presence_see(&p, 0xf1de83e19937733dULL * (n + 1), 1000) == 0)
		n++;
	assert_true(n < 1000);
	assert_int_equal(presence_count(&p), n);
	assert_false(presence_find(&p, 0xf1de83e19937733dULL * (n + 1), &at_ms));
	assert_int_equal(presence_online(&p, 999), n);
	presence_fini(&p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_holds_what_an_array_would),
		cmocka_unit_test(nobody_is_there_at_first),
		cmocka_unit_test(who_was_seen_at_the_edge_is_not_online),
		cmocka_unit_test(what_lies_far_behind_is_refused),
		cmocka_unit_test(who_has_no_room_is_refused),
	};

	return cmocka_run_group_tests_name("presence", tests, NULL, NULL);
}
