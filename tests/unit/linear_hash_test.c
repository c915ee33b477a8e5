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
			number = linear_put(&h, key);
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
	assert_true(h.used <= KEYS); /* what was removed is used again */
	linear_fini(&h);
	assert_int_equal(linear_bytes(&h), 0);
	assert_int_equal(linear_find(&h, 0), 0);
}

/* Keys at random lie in as many buckets as there are keys, most of which are divided and some not yet: by Poisson's law
 * some 60 of 100 buckets have any, and none has a dozen. */
static void
buckets_are_short(void **state)
{
	struct linear_hash h = { .item_bytes = sizeof(struct linear_item) };
	uint64_t random = 20261129;
	unsigned heads = 0, longest = 0;

	(void)state;
	for (unsigned i = 0; i < 100000; i++) {
		uint64_t key = (uint64_t)dice(&random, INT32_MAX) << 31;

		key |= dice(&random, INT32_MAX);
		assert_int_not_equal(linear_put(&h, key), 0);
	}
	for (uint32_t number = 1; number <= h.used; number++) {
		const struct linear_item *item = linear_at(&h, number);
		unsigned n = 0;

		for (uint32_t in = item->first; in != 0; n++)
			in = ((struct linear_item *)linear_at(&h, in))->next;
		heads += n > 0;
		longest = n > longest ? n : longest;
	}
	assert_true(heads > 55000);
	assert_true(longest < 12);
	linear_fini(&h);
}

/* As much as malloc() gives, where there is little; where there is much, what was written to. */
static void
memory_is_told(void **state)
{
	struct linear_hash h = { .item_bytes = sizeof(struct thing) };

	(void)state;
	assert_int_equal(linear_bytes(&h), 0);
	assert_int_not_equal(linear_put(&h, 1), 0);
	assert_int_equal(linear_bytes(&h), LINEAR_CHUNK_MIN * sizeof(struct thing) + sizeof(char *));
	for (uint64_t key = 2; key <= 70000; key++)
		assert_int_not_equal(linear_put(&h, key), 0);
	assert_in_range(linear_bytes(&h), 70000 * sizeof(struct thing), 70000 * sizeof(struct thing) + 1000);
	linear_fini(&h);
	assert_int_equal(linear_bytes(&h), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_holds_what_was_added_and_not_removed),
		cmocka_unit_test(buckets_are_short),
		cmocka_unit_test(memory_is_told),
	};

	return cmocka_run_group_tests_name("linear_hash", tests, NULL, NULL);
}
