/* str_test.c - slices, numbers and growing buffers. */
#include "base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static const struct str absent = { NULL, 0 };

static void
equal(struct str got, const char *expected)
{
	if (!str_eq(got, str_of(expected)))
		fail_msg("got «%.*s», not «%s»", (int)got.n, got.n > 0 ? got.p : "", expected);
}

static void
comparing(void **state)
{
	(void)state;
	assert_true(str_eq(STR("abc"), str_of("abc")));
	assert_false(str_eq(STR("abc"), STR("abd")));
	assert_false(str_eq(STR("abc"), STR("ab")));
	assert_false(str_eq(STR("abc"), STR("ABC")));
	assert_true(str_eq(STR("a\0b"), STR("a\0b")));
	assert_false(str_eq(STR("a\0b"), STR("a\0c")));
	assert_true(str_eq(absent, STR("")));
	assert_true(str_eq_nocase(STR("Host"), STR("hOST")));
	assert_false(str_eq_nocase(STR("Host"), STR("Hosts")));
	assert_false(str_eq_nocase(STR("Host"), STR("Hast")));
	assert_true(str_starts(STR("www.x.vn"), STR("www.")));
	assert_true(str_starts(STR("www."), STR("")));
	assert_false(str_starts(STR("www"), STR("www.")));
	assert_false(str_starts(STR("xwww."), STR("www.")));
	assert_false(str_starts(absent, STR("www.")));
}

static void
absent_is_not_empty(void **state)
{
	(void)state;
	assert_null(str_of(NULL).p);
	assert_int_equal(str_of(NULL).n, 0);
	assert_non_null(str_of("").p);
	assert_null(str_trim(absent).p);
}

static void
trimming(void **state)
{
	(void)state;
	equal(str_trim(STR(" \t a b\t ")), "a b");
	equal(str_trim(STR("a")), "a");
	equal(str_trim(STR(" \t ")), "");
	equal(str_trim(STR("\na\n")), "\na\n"); /* blanks and tabs only */
}

static void
cutting(void **state)
{
	struct str rest = STR("a,,b");

	(void)state;
	equal(str_cut(&rest, ','), "a");
	equal(str_cut(&rest, ','), "");
	assert_non_null(rest.p);
	equal(str_cut(&rest, ','), "b");
	assert_null(rest.p);
	assert_null(str_cut(&rest, ',').p);
	rest = STR("a,");
	equal(str_cut(&rest, ','), "a");
	assert_non_null(rest.p); /* something empty is left */
	assert_int_equal(rest.n, 0);
	equal(str_cut(&rest, ','), "");
	assert_null(rest.p);
}

static void
decimal_numbers(void **state)
{
	static const struct {
		const char *text;
		uint64_t min, max;
		int result;
		uint64_t value;
	} rows[] = {
		{ "0", 0, 9, 0, 0 },
		{ "007", 0, 9, 0, 7 },
		{ "10", 0, 9, -1, 0 },
		{ "1", 2, 9, -1, 0 },
		{ "2", 2, 9, 0, 2 },
		{ "9", 2, 9, 0, 9 },
		{ "18446744073709551615", 0, UINT64_MAX, 0, UINT64_MAX },
		{ "18446744073709551616", 0, UINT64_MAX, -1, 0 },
		{ "18446744073709551620", 0, UINT64_MAX, -1, 0 },
		{ "99999999999999999999999", 0, UINT64_MAX, -1, 0 },
		{ "", 0, 9, -1, 0 },
		{ "+1", 0, 9, -1, 0 },
		{ "-1", 0, UINT64_MAX, -1, 0 },
		{ " 1", 0, 9, -1, 0 },
		{ "1 ", 0, 9, -1, 0 },
		{ "1a", 0, 99, -1, 0 },
		{ "0x1", 0, 99, -1, 0 },
		{ "/", 0, 99, -1, 0 }, /* the bytes beside the digits */
		{ ":", 0, 99, -1, 0 },
	};

	(void)state;
	for (size_t i = 0; i < NITEMS(rows); i++) {
		uint64_t value = 4711;
		assert_int_equal(str_to_uint(str_of(rows[i].text), rows[i].min, rows[i].max, &value), rows[i].result);
		assert_int_equal(value, rows[i].result == 0 ? rows[i].value : 4711);
	}
}

static void
hexadecimal_numbers(void **state)
{
	static const struct {
		const char *text;
		int result;
		uint64_t value;
	} rows[] = {
		{ "0", 0, 0 },
		{ "fF", 0, 255 },
		{ "a129ca6149be45e5", 0, UINT64_C(0xa129ca6149be45e5) },
		{ "FFFFFFFFFFFFFFFF", 0, UINT64_MAX },
		{ "00000000000000001", -1, 0 }, /* 17 digits */
		{ "", -1, 0 },
		{ "g", -1, 0 },
		{ "G", -1, 0 },
		{ "@", -1, 0 },
		{ "`", -1, 0 },
		{ "0x1", -1, 0 },
		{ "-1", -1, 0 },
		{ "1 ", -1, 0 },
	};

	(void)state;
	for (size_t i = 0; i < NITEMS(rows); i++) {
		uint64_t value = 4711;
		assert_int_equal(str_to_hex64(str_of(rows[i].text), &value), rows[i].result);
		assert_int_equal(value, rows[i].result == 0 ? rows[i].value : 4711);
	}
}

/* Each byte at each place of a number of each length, the text being all that there is of its memory. */
static void
hexadecimal_digits(void **state)
{
	(void)state;
	for (size_t n = 1; n <= 16; n++) {
		char *text = xmalloc(n), ended[17] = { 0 };

		for (unsigned i = 0; i < n * 256; i++) {
			uint64_t value = 4711;
			bool is_digit;

			memcpy(text, "0123456789aBcDeF", n);
			text[i / 256] = (char)(i % 256);
			memcpy(ended, text, n);
			is_digit = strspn(ended, "0123456789abcdefABCDEF") == n;
			assert_int_equal(str_to_hex64((struct str){ text, n }, &value) == 0, is_digit);
			assert_int_equal(value, is_digit ? strtoull(ended, NULL, 16) : 4711);
		}
		free(text);
	}
}

static void
a_buffer_grows(void **state)
{
	struct buf b = { 0 };

	(void)state;
	for (int i = 0; i < 10000; i++) {
		char text[16];
		(void)snprintf(text, sizeof(text), "%05d", i);
		buf_puts(&b, text);
	}
	assert_int_equal(b.n, 50000);
	assert_true(b.cap >= b.n);
	assert_memory_equal(b.p, "0000000001", 10);
	assert_memory_equal(b.p + 5 * 9999, "09999", 5);
	buf_clear(&b);
	assert_int_equal(b.n, 0);
	assert_true(b.cap >= 50000);
	buf_fini(&b);
	assert_null(b.p);
	assert_int_equal(b.cap, 0);
}

static void
what_goes_into_a_buffer(void **state)
{
	struct buf b = { 0 };

	(void)state;
	buf_str(&b, STR("a\0b"));
	buf_str(&b, absent);
	buf_add(&b, NULL, 0);
	buf_putc(&b, '/');
	buf_printf(&b, "%d-%s", 42, "x");
	buf_printf(&b, "%s", "");
	assert_int_equal(b.n, 8);
	assert_memory_equal(b.p, "a\0b/42-x", 8);
	memcpy(buf_reserve(&b, 1000), "yz", 2);
	assert_int_equal(b.n, 8); /* the writer says how much */
	b.n += 2;
	assert_true(str_eq(buf_view(&b), STR("a\0b/42-xyz")));
	buf_fini(&b);
}

static void
long_formats(void **state)
{
	char text[501];
	struct buf b = { 0 };

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	buf_putc(&b, '<');
	buf_printf(&b, "%s>", text);
	assert_int_equal(b.n, 502);
	assert_memory_equal(b.p + 499, "xx>", 3);
	buf_fini(&b);
}

static void
expect_decimal(int64_t v)
{
	struct buf b = { 0 };
	char expected[32];

	(void)snprintf(expected, sizeof(expected), "%lld", (long long)v);
	buf_int(&b, v);
	equal(buf_view(&b), expected);
	assert_int_equal(int_length(v), strlen(expected));
	buf_fini(&b);
}

static void
integers_in_decimal(void **state)
{
	static const int64_t rows[] = { 0, 1, -1, 9, 10, 270, -4711, INT64_MAX, INT64_MIN };

	(void)state;
	for (size_t i = 0; i < NITEMS(rows); i++)
		expect_decimal(rows[i]);
	for (int64_t v = 1; v <= INT64_MAX / 10; v *= 10) {
		expect_decimal(v * 10 - 1);
		expect_decimal(v * 10);
		expect_decimal(-v);
	}
	for (int bits = 0; bits < 63; bits++)
		expect_decimal(INT64_C(1) << bits);
}

static void
dropping_the_front(void **state)
{
	struct buf b = { 0 };

	(void)state;
	buf_puts(&b, "abcdef");
	buf_drop(&b, 0);
	equal(buf_view(&b), "abcdef");
	buf_drop(&b, 2);
	equal(buf_view(&b), "cdef");
	buf_drop(&b, 4);
	assert_int_equal(b.n, 0);
	buf_puts(&b, "x");
	equal(buf_view(&b), "x");
	buf_fini(&b);
}

static void
distances(void **state)
{
	static const struct {
		const char *a, *b;
		size_t distance;
	} rows[] = {
		{ "", "", 0 },
		{ "", "abc", 3 },
		{ "check", "check", 0 },
		{ "chek", "check", 1 },
		{ "shwo", "show", 2 },
		{ "sites", "site", 1 },
		{ "abc", "xyz", 3 },
	};
	char longest[DISTANCE_MAX + 2];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		assert_int_equal(str_distance(str_of(rows[i].a), str_of(rows[i].b)), rows[i].distance);
		assert_int_equal(str_distance(str_of(rows[i].b), str_of(rows[i].a)), rows[i].distance);
	}
	memset(longest, 'x', sizeof(longest));
	assert_int_equal(str_distance((struct str){ longest, DISTANCE_MAX }, STR("")), DISTANCE_MAX);
	assert_true(str_distance((struct str){ longest, DISTANCE_MAX + 1 }, STR("")) == SIZE_MAX);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(comparing),
		cmocka_unit_test(absent_is_not_empty),
		cmocka_unit_test(trimming),
		cmocka_unit_test(cutting),
		cmocka_unit_test(decimal_numbers),
		cmocka_unit_test(hexadecimal_numbers),
		cmocka_unit_test(hexadecimal_digits),
		cmocka_unit_test(a_buffer_grows),
		cmocka_unit_test(what_goes_into_a_buffer),
		cmocka_unit_test(long_formats),
		cmocka_unit_test(integers_in_decimal),
		cmocka_unit_test(dropping_the_front),
		cmocka_unit_test(distances),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
