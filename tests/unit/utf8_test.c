/* utf8_test.c - text or not, where it may be cut, and the composed form. */
#include "base/utf8.h"

#include <glib.h>

#include "base/mem.h"
#include "cases.h"

static void
what_is_text(void **state)
{
	static const struct {
		const char *s;
		bool text;
	} cases[] = {
		{ "", true },
		{ "Thống kê «truy cập» – 🎉", true },
		{ "\xc2\xa0", true },
		{ "a\tb", false },
		{ "a\x7f", false },
		{ "\xc2\x85", false },
		{ "\xe2\x80\xa7", true },
		{ "\xe2\x80\xa8", false },
		{ "\xe2\x80\xae", false },
		{ "\xe2\x80\xaf", true },
		{ "\xe2\x81\xa5", true },
		{ "\xe2\x81\xa6", false },
		{ "\xe2\x81\xa9", false },
		{ "\xe1\x80\xa8", true },
		{ "\xff", false },
		{ "\xc3", false },
		{ "\xc0\xaf", false },
		{ "\xed\xa0\x80", false },
		{ "\xf4\x90\x80\x80", false },
	};

	(void)state;
	for (size_t i = 0; i < NITEMS(cases); i++) {
		if (utf8_is_text(str_of(cases[i].s)) != cases[i].text)
			fail_msg("case %zu", i);
	}
	assert_true(utf8_is_text((struct str){ NULL, 0 }));
	assert_false(utf8_is_text((struct str){ "a\0b", 3 }));
}

static void
cut_between_characters(void **state)
{
	static const struct {
		const char *s;
		size_t max, n;
	} cases[] = {
		{ "abc", 3, 3 },
		{ "abc", 2, 2 },
		{ "a\xe1\xba\xbf", 3, 1 },
		{ "a\xe1\xba\xbf", 4, 4 },
		{ "ax\xcc\xa3\xcc\x81", 4, 1 }, /* x with two marks */
		{ "ax\xcc\xa3\xcc\x81", 3, 1 },
		{ "ax\xcc\xa3\xcc\x81", 2, 1 },
		{ "ax\xcc\xa3\xcc\x81", 6, 6 },
		{ "\xcc\xa3\xcc\x81", 2, 2 }, /* marks on nothing */
		{ "\xcc\xa3\xcc\x81", 1, 0 },
		{ "abc", 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < NITEMS(cases); i++) {
		if (utf8_cut(str_of(cases[i].s), cases[i].max).n != cases[i].n)
			fail_msg("case %zu", i);
	}
}

/* Against GLib, for every character behind every letter: what is passed over
 * because it is composed already is so, and the rest is what GLib makes. */
static void
composed_as_glib_does(void **state)
{
	struct buf b = { 0 };

	(void)state;
	for (gunichar c = 0x20; c <= 0x10ffff; c++) {
		char text[16] = "?_";
		char *expected;

		if (!g_unichar_validate(c))
			continue;
		text[0] = (char)('!' + c % 94);
		text[1 + g_unichar_to_utf8(c, text + 1)] = '\0';
		buf_clear(&b);
		buf_puts(&b, "before");
		buf_puts(&b, text);
		assert_int_equal(utf8_compose(&b, 6), 0);
		expected = g_utf8_normalize(text, -1, G_NORMALIZE_NFC);
		if (!str_eq((struct str){ b.p + 6, b.n - 6 }, str_of(expected)))
			fail_msg("U+%04X", c);
		g_free(expected);
	}
	assert_memory_equal(b.p, "before", 6);
	buf_fini(&b);
}

static void
vietnamese_is_composed(void **state)
{
	struct buf b = { 0 };

	(void)state;
	buf_puts(&b, "Tie\xcc\x82\xcc\x81ng Vie\xcc\xa3\xcc\x82t");
	assert_int_equal(utf8_compose(&b, 0), 0);
	assert_true(str_eq(buf_view(&b), STR("Tiếng Việt")));
	assert_int_equal(utf8_compose(&b, b.n), 0);
	assert_true(str_eq(buf_view(&b), STR("Tiếng Việt")));
	buf_fini(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_text),
		cmocka_unit_test(cut_between_characters),
		cmocka_unit_test(composed_as_glib_does),
		cmocka_unit_test(vietnamese_is_composed),
	};

	return cmocka_run_group_tests_name("utf8", tests, NULL, NULL);
}
