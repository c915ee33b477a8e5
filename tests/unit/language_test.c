/* language_test.c - tests/cases/languages.txt, and how few there are. */
#include "count/language.h"

#include "cases.h"

static void
try_language(struct str header, struct buf *got)
{
	struct str language = language_of(header);

	buf_str(got, language.p != NULL ? language : STR("none"));
}

static void
each_case(void **state)
{
	(void)state;
	cases_run("tests/cases/languages.txt", 50, try_language);
}

/* All of aa to zz: a code is itself, or what it is called now, or other. */
static void
so_many_languages(void **state)
{
	unsigned themselves = 0, renamed = 0, others = 0;

	(void)state;
	for (char a = 'a'; a <= 'z'; a++) {
		for (char b = 'a'; b <= 'z'; b++) {
			char code[] = { a, b };
			struct str s = { code, 2 }, got = language_of(s);

			if (str_eq(got, STR("other")))
				others++;
			else if (str_eq(got, s))
				themselves++;
			else
				renamed++;
		}
	}
	assert_int_equal(themselves, 184);
	assert_int_equal(renamed, 6);
	assert_int_equal(others, 26 * 26 - 190);
}

static void
a_long_header_is_not_read_to_its_end(void **state)
{
	struct buf header = { 0 };

	(void)state;
	for (int i = 0; i < 32; i++)
		buf_puts(&header, "en;q=0.5,");
	buf_puts(&header, "vi");
	assert_true(str_eq(language_of(buf_view(&header)), STR("en")));
	assert_null(language_of((struct str){ NULL, 0 }).p);
	buf_fini(&header);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_case),
		cmocka_unit_test(so_many_languages),
		cmocka_unit_test(a_long_header_is_not_read_to_its_end),
	};

	return cmocka_run_group_tests_name("language", tests, NULL, NULL);
}
