/* linear_hash_test.c - it holds what was added and not removed, however it grows; and no item ever moves. */
#include "store/linear_hash.h"

#include "cases.h"

enum { KEYS = 3000, STEPS = 60000 };

struct thing {
	struct linear_item item;
	uint64_t own;
};

static unsigned
dice(uint64_t *state, unsigned n)
{
	*state = *state * 6364136223846793005ULL + 1442695040888963407ULL;
	return (unsigned)(*state >> 33) % n;
}

static void
it_holds_what_was_added_and_not_removed(void **state)
{
	struct linear_hash h = { .item_bytes = sizeof(struct thing) };
	struct thing *held[KEYS] = { NULL };
	uint64_t random = 20261128;
	size_t n = 0;

	(void)state;
	for (unsigned step = 0; step < STEPS; step++) {
		unsigned most = step < STEPS / 2 ? KEYS : KEYS / 20, i = dice(&random, most);
		uint64_t key = i * 0x1000ULL; /* the last bits are alike */
		uint32_t number = linear_find(&h, key);

		assert_int_equal(number != 0, held[i] != NULL);
		if (number == 0) {
			number = linear_add(&h, key);
			assert_int_not_equal(number, 0);
			held[i] = linear_at(&h, number);
			held[i]->own = ~key;
			n++;
		} else if (dice(&random, 3) == 0) {
			linear_remove(&h, number);
			held[i] = NULL;
			n--;
		}
		if (held[i] != NULL) {
			assert_ptr_equal(linear_at(&h, linear_find(&h, key)), held[i]);
			assert_int_equal(held[i]->item.key, key);
		}
		assert_int_equal(h.n, n);
	}
	for (unsigned i = 0; i < KEYS; i++) {
		assert_int_equal(linear_find(&h, i * 0x1000ULL) != 0, held[i] != NULL);
		assert_true(held[i] == NULL || held[i]->own == ~(i * 0x1000ULL));
	}
	assert_true(linear_bytes(&h) <= KEYS * sizeof(struct thing)); /* what was removed is used again */
	linear_fini(&h);
	assert_int_equal(linear_bytes(&h), 0);
	assert_int_equal(linear_find(&h, 0), 0);
}

/* Three items of four lie in a bucket of three at most. */
static void
buckets_are_short(void **state)
{
	struct linear_hash h = { .item_bytes = sizeof(struct linear_item) };
	unsigned among_first = 0;

	(void)state;
	for (uint64_t key = 1; key <= 100000; key++)
		assert_int_not_equal(linear_add(&h, key * 0x2545f4914f6cdd1dULL), 0);
	for (uint64_t key = 1; key <= 100000; key++) {
		uint32_t number = linear_find(&h, key * 0x2545f4914f6cdd1dULL);
		const struct linear_item *item = linear_at(&h, number);
		unsigned behind = 0;

		for (; item->next != 0 && behind < 3; behind++)
			item = linear_at(&h, item->next);
		among_first += behind < 3;
	}
	assert_true(among_first > 75000);
	linear_fini(&h);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_holds_what_was_added_and_not_removed),
		cmocka_unit_test(buckets_are_short),
	};

	return cmocka_run_group_tests_name("linear_hash", tests, NULL, NULL);
}
