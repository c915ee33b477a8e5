/* form_test.c - pairs, escapes and UTF-8. */
#include "count/form.h"

#include "base/mem.h"
#include "base/utf8.h"
#include "cases.h"

static void
pairs(void **state)
{
	struct str rest = STR("&a=1&&b&=x&c=2=3&d="), name, value;

	(void)state;
	assert_true(form_next(&rest, &name, &value));
	assert_true(str_eq(name, STR("a")) && str_eq(value, STR("1")));
	assert_true(form_next(&rest, &name, &value));
	assert_true(str_eq(name, STR("b")) && value.p == NULL);
	assert_true(form_next(&rest, &name, &value));
	assert_true(str_eq(name, STR("c")) && str_eq(value, STR("2=3")));
	assert_true(form_next(&rest, &name, &value));
	assert_true(str_eq(name, STR("d")) && value.p != NULL && value.n == 0);
	assert_false(form_next(&rest, &name, &value));
	assert_false(form_next(&rest, &name, &value));
}

static void
decoding(void **state)
{
	static const struct {
		const char *from, *to; /* NULL: refused */
	} cases[] = {
		{ "", "" },
		{ "a+b%20c", "a b c" },
		{ "%C3%a0", "à" },
		{ "%2", NULL },
		{ "%", NULL },
		{ "%g0", NULL },
		{ "%+1", NULL },
		{ "%00", NULL },
		{ "%80", NULL },
		{ "%f4%90%80%80", NULL },
		{ "%f0%9f%98%80", "😀" },
	};
	struct buf out = { 0 };

	(void)state;
	for (size_t i = 0; i < NITEMS(cases); i++) {
		buf_clear(&out);
		buf_puts(&out, "kept:");
		if (form_decode(str_of(cases[i].from), FORM_PLUS_IS_BLANK, &out) != 0)
			assert_null(cases[i].to);
		else
			assert_non_null(cases[i].to);
		buf_putc(&out, '\0');
		assert_true(strncmp(out.p, "kept:", 5) == 0);
		assert_string_equal(out.p + 5, cases[i].to != NULL ? cases[i].to : "");
	}
	buf_fini(&out);
}

static void
cutting(void **state)
{
	(void)state;
	assert_int_equal(utf8_cut(STR("aếb"), 5).n, 5);
	assert_int_equal(utf8_cut(STR("aếb"), 4).n, 4);
	assert_int_equal(utf8_cut(STR("aếb"), 3).n, 1);
	assert_int_equal(utf8_cut(STR("aếb"), 1).n, 1);
	assert_int_equal(utf8_cut(STR("ế"), 2).n, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pairs),
		cmocka_unit_test(decoding),
		cmocka_unit_test(cutting),
	};

	return cmocka_run_group_tests_name("form", tests, NULL, NULL);
}
