/* hash_test.c - the formula by hand, and inputs that a bad hash would let collide. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/hash.h"

enum { PLACES = 512, ROW = 8 * PLACES };

static struct hash_key key;

static int
draw(void **state)
{
	(void)state;
	hash_draw_key(&key);
	return 0;
}

/* MurmurHash3's last steps turned round. */
static uint64_t
unmix(uint64_t h)
{
	h = (h ^ h >> 33) * 0x9cb4b2f8129337dbULL;
	h = (h ^ h >> 33) * 0x4f74430c22a54005ULL;
	return h ^ h >> 33;
}

static void
words_times_numbers(void **state)
{
	static const struct hash_key one = { { 0 } };
	struct hash_key k = { { 0 } };

	(void)state;
	assert_int_equal(hash_of(&one, "anything", 8), 0);
	k.words[0] = (unsigned __int128)5 << 64;
	k.words[1] = (unsigned __int128)7 << 64; /* times the length */
	k.words[2] = (unsigned __int128)1 << 64;
	k.words[3] = (unsigned __int128)3 << 64;
	assert_int_equal(unmix(hash_of(&k, NULL, 0)), 5);
	assert_int_equal(unmix(hash_of(&k, "\x02\0\0\0\0\0\0\x01", 8)), 5 + 8 * 7 + 0x0100000000000002);
	assert_int_equal(
	    unmix(hash_of(&k, "\x02\0\0\0\0\0\0\x01\x04\x01", 10)), 5 + 10 * 7 + 0x0100000000000002 + 3 * 0x104);
	/* The lower half carries into the upper one. */
	k.words[2] = (unsigned __int128)1 << 63;
	assert_int_equal(unmix(hash_of(&k, "\x06", 1)), 5 + 7 + 3);
}

/* A bit turned, a NUL behind, one byte in another place. */
static void
what_differs_a_little_differs(void **state)
{
	uint8_t a[HASH_BYTES_MAX] = { 0 }, b[HASH_BYTES_MAX] = { 0 };

	(void)state;
	for (size_t n = 0; n < sizeof(a); n++) {
		assert_true(hash_of(&key, a, n) != hash_of(&key, a, n + 1));
		assert_int_equal(hash_of(&key, a, n), hash_of(&key, b, n));
		b[n] = 1;
		assert_true(hash_of(&key, a, sizeof(a)) != hash_of(&key, b, sizeof(b)));
		b[n] = 0x80;
		assert_true(hash_of(&key, a, n + 1) != hash_of(&key, b, n + 1));
		a[n] = 0x80;
	}
}

/* How many of a row of inputs fall into the fullest of the places that some
 * bits of the hash tell. */
static unsigned
fullest(unsigned shift, uint64_t step)
{
	unsigned taken[PLACES] = { 0 }, most = 0;

	for (uint64_t i = 0; i < ROW; i++) {
		uint64_t in[2] = { i * step, 1 };
		unsigned *place = &taken[hash_of(&key, in, sizeof(in)) >> shift & (PLACES - 1)];

		*place += 1;
		most = *place > most ? *place : most;
	}
	return most;
}

/* Eight a place on average; 40 in one of them happen by chance once in some
 * 10^12 tables.  However unlucky the key: */
static void
rows_are_spread_over_all_places(void **state)
{
	(void)state;
	for (unsigned shift = 0; shift <= 50; shift += 5)
		assert_true(fullest(shift, (uint64_t)1 << shift) < 40);
	for (unsigned bit = 64; bit <= 64 + 50; bit++) {
		key.words[2] = (unsigned __int128)1 << bit;
		assert_true(fullest(0, 1) < 40);
	}
	hash_draw_key(&key);
}

static void
keys_differ(void **state)
{
	struct hash_key other;

	(void)state;
	hash_draw_key(&other);
	for (size_t i = 0; i < HASH_KEY_WORDS; i++)
		assert_true(key.words[i] != other.words[i] && key.words[i] != key.words[(i + 1) % HASH_KEY_WORDS]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_times_numbers),
		cmocka_unit_test(what_differs_a_little_differs),
		cmocka_unit_test(rows_are_spread_over_all_places),
		cmocka_unit_test(keys_differ),
	};

	return cmocka_run_group_tests_name("hash", tests, draw, NULL);
}
