/* table_test.c - tables for people and for programs; columns as a terminal
 * shows them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "cli/table.h"
#include "count/figures.h"

static const struct table_column titled[] = { { "site", "Trang", ALIGN_LEFT }, { "today", "Hôm nay", ALIGN_RIGHT } };
static const struct table_column untitled[] = { { "name", NULL, ALIGN_LEFT }, { "text", NULL, ALIGN_LEFT } };
static const struct table_style plain_style = { '.', false };

static void
expect(struct buf *out, const char *expected)
{
	buf_putc(out, '\0');
	assert_string_equal(out->p, expected);
	buf_fini(out);
}

static void
columns_of_text(void **state)
{
	static const struct {
		const char *text;
		size_t columns;
	} rows[] = {
		{ "", 0 }, { "abc", 3 }, { "Đang online", 11 }, { "Tất cả", 6 },
		{ "T\xc3\xa2\xcc\x81t ca\xcc\x89", 6 }, /* the same decomposed: â + acute, a + hook */
		{ "…", 1 }, { "漢字", 4 }, { "\xf0\x9f\x87\xbb x", 3 }, /* a regional indicator */
		{ "\xff\xfe", 2 }, /* no UTF-8 */
		{ "a\xe2\x80\x8b"
		  "b",
		    2 }, /* zero width space */
	};

	(void)state;
	for (size_t i = 0; i < NITEMS(rows); i++)
		assert_int_equal(utf8_columns(str_of(rows[i].text)), rows[i].columns);
}

static void
numbers_in_groups(void **state)
{
	static const struct {
		int64_t number;
		const char *expected;
	} rows[] = {
		{ 0, "0" },
		{ 999, "999" },
		{ 1000, "1.000" },
		{ 1234567, "1.234.567" },
		{ -5, "-5" },
		{ -123456, "-123.456" },
		{ INT64_MAX, "9.223.372.036.854.775.807" },
	};

	(void)state;
	for (size_t i = 0; i < NITEMS(rows); i++) {
		struct buf out = { 0 };
		table_grouped(&out, rows[i].number, '.');
		expect(&out, rows[i].expected);
	}
}

static struct table *
two_sites(void)
{
	struct table *t = table_new(titled, NITEMS(titled));

	table_text(t, STR("cao-bằng"), TONE_PLAIN);
	table_number(t, 1234567, TONE_PLAIN);
	table_text(t, STR("b"), TONE_STRONG);
	table_number(t, FIGURE_UNKNOWN, TONE_STRONG);
	return t;
}

static void
people_read_aligned_columns(void **state)
{
	struct table *t = two_sites();
	struct buf out = { 0 };

	(void)state;
	table_print(t, &plain_style, &out);
	expect(&out, "Trang       Hôm nay\n"
		     "cao-bằng  1.234.567\n"
		     "b                 …\n");
	table_free(t);
	table_free(NULL);
}

static void
colours_are_not_counted(void **state)
{
	const struct table_style style = { ',', true };
	struct table *t = two_sites();
	struct buf out = { 0 };

	(void)state;
	table_print(t, &style, &out);
	expect(&out, "\033[1mTrang\033[0m       \033[1mHôm nay\033[0m\n"
		     "cao-bằng  1,234,567\n"
		     "\033[1mb\033[0m                 \033[1m…\033[0m\n");
	table_free(t);
}

static void
sections_stand_above_their_rows(void **state)
{
	struct table *t = table_new(untitled, NITEMS(untitled));
	struct buf out = { 0 };

	(void)state;
	for (int i = 0; i < 2; i++) {
		table_section(t, i == 0 ? STR("one") : STR("another"));
		table_text(t, STR("Hôm nay"), TONE_PLAIN);
		table_text(t, i == 0 ? STR("") : STR("x"), TONE_PLAIN);
	}
	table_print(t, &plain_style, &out);
	expect(&out, "one\n  Hôm nay  \n\nanother\n  Hôm nay  x\n");
	table_plain(t, &out);
	expect(&out, "Hôm nay\t\nHôm nay\tx\n");
	table_free(t);
}

static void
programs_read_csv(void **state)
{
	struct table *t = two_sites();
	struct buf out = { 0 };

	(void)state;
	table_text(t, STR("a \"b\", c"), TONE_PLAIN);
	table_number(t, -7, TONE_PLAIN);
	table_text(t, STR("two\r\nlines"), TONE_PLAIN);
	table_number(t, 0, TONE_PLAIN);
	table_text(t, STR(" blank"), TONE_PLAIN);
	table_number(t, 1, TONE_PLAIN);
	table_csv(t, &out);
	expect(&out,
	    "site,today\r\ncao-bằng,1234567\r\nb,\r\n\"a \"\"b\"\", c\",-7\r\n\"two\r\nlines\",0\r\n\" blank\",1\r\n");
	table_free(t);
}

static void
nothing_disturbs_lines_or_terminals(void **state)
{
	struct table *t = table_new(untitled, NITEMS(untitled));
	struct buf out = { 0 };

	(void)state;
	table_text(t, STR("a\tb\n"), TONE_PLAIN);
	table_text(t, STR("\033[31m\xff\xc2\x9b ắ"), TONE_PLAIN);
	table_plain(t, &out);
	expect(&out, "a?b?\t?[31m?? ắ\n");
	table_print(t, &plain_style, &out);
	expect(&out, "a?b?  ?[31m?? ắ\n");
	table_free(t);
}

static void
an_empty_table(void **state)
{
	struct table *t = table_new(titled, NITEMS(titled));
	struct buf out = { 0 };

	(void)state;
	table_plain(t, &out);
	assert_int_equal(out.n, 0);
	table_print(t, &plain_style, &out);
	expect(&out, "Trang  Hôm nay\n");
	table_free(t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(columns_of_text),
		cmocka_unit_test(numbers_in_groups),
		cmocka_unit_test(people_read_aligned_columns),
		cmocka_unit_test(colours_are_not_counted),
		cmocka_unit_test(sections_stand_above_their_rows),
		cmocka_unit_test(programs_read_csv),
		cmocka_unit_test(nothing_disturbs_lines_or_terminals),
		cmocka_unit_test(an_empty_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
