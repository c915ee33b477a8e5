/* texts_test.c - every text is there in every language, with the same words
 * to be filled in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "cli/texts.h"

static void
no_text_is_missing(void **state)
{
	(void)state;
	for (int id = 0; id < TEXT_COUNT; id++) {
		const char *en = text_of(ENGLISH, (enum text)id), *vi = text_of(VIETNAMESE, (enum text)id);

		if (en == NULL || vi == NULL)
			fail_msg("text %d is missing", id);
		assert_true(en[0] != '\0' && vi[0] != '\0');
		assert_true(utf8_is_text(str_of(en)) && utf8_is_text(str_of(vi)));
	}
}

static void
the_same_words_in_each_language(void **state)
{
	static const char *const words[] = { "{0}", "{1}" };

	(void)state;
	for (int id = 0; id < TEXT_COUNT; id++) {
		const char *en = text_of(ENGLISH, (enum text)id), *vi = text_of(VIETNAMESE, (enum text)id);

		for (size_t i = 0; i < NITEMS(words); i++) {
			if ((strstr(en, words[i]) != NULL) != (strstr(vi, words[i]) != NULL))
				fail_msg("one of «%s» and «%s» has no %s", en, vi, words[i]);
		}
		for (const char *p = strchr(vi, '{'); p != NULL; p = strchr(p + 1, '{'))
			assert_true((p[1] == '0' || p[1] == '1') && p[2] == '}');
		for (const char *p = strchr(en, '{'); p != NULL; p = strchr(p + 1, '{'))
			assert_true((p[1] == '0' || p[1] == '1') && p[2] == '}');
	}
}

static void
words_are_filled_in(void **state)
{
	struct buf out = { 0 };

	(void)state;
	text_add(&out, ENGLISH, T_NO_FORMAT, "check", "--x", NULL);
	assert_true(str_eq(buf_view(&out), STR("check has no --x; see thongke help check")));
	buf_clear(&out);
	text_add(&out, VIETNAMESE, T_TODAY, NULL);
	assert_true(str_eq(buf_view(&out), STR("Hôm nay")));
	buf_clear(&out);
	text_add(&out, ENGLISH, T_AS_IS, "{1} %s", NULL); /* words are not texts */
	assert_true(str_eq(buf_view(&out), STR("{1} %s")));
	buf_fini(&out);
}

static void
ages_in_two_units(void **state)
{
	static const struct {
		int64_t seconds;
		const char *en, *vi;
	} rows[] = {
		{ INT64_MIN, "0 s", "0 giây" },
		{ 0, "0 s", "0 giây" },
		{ 59, "59 s", "59 giây" },
		{ 60, "1 min", "1 phút" },
		{ 3599, "59 min", "59 phút" },
		{ 3600, "1 h 0 min", "1 giờ 0 phút" },
		{ 86399, "23 h 59 min", "23 giờ 59 phút" },
		{ 86400, "1 d 0 h", "1 ngày 0 giờ" },
		{ 90 * 86400 + 7199, "90 d 1 h", "90 ngày 1 giờ" },
	};

	(void)state;
	for (size_t i = 0; i < NITEMS(rows); i++) {
		struct buf out = { 0 };

		text_add_age(&out, ENGLISH, rows[i].seconds);
		assert_true(str_eq(buf_view(&out), str_of(rows[i].en)));
		buf_clear(&out);
		text_add_age(&out, VIETNAMESE, rows[i].seconds);
		assert_true(str_eq(buf_view(&out), str_of(rows[i].vi)));
		buf_fini(&out);
	}
}

static void
the_language_of_a_locale(void **state)
{
	static const char *const vietnamese[] = { "vi", "vi_VN", "vi_VN.UTF-8", "vi.UTF-8", "vi@x" };
	static const char *const others[] = { "", "v", "C", "C.UTF-8", "en_US.UTF-8", "vie", "via_X" };
	enum language language = ENGLISH;

	(void)state;
	for (size_t i = 0; i < NITEMS(vietnamese); i++)
		assert_int_equal(language_of_locale(vietnamese[i]), VIETNAMESE);
	for (size_t i = 0; i < NITEMS(others); i++)
		assert_int_equal(language_of_locale(others[i]), ENGLISH);
	assert_int_equal(language_parse(STR("vi"), &language), 0);
	assert_int_equal(language, VIETNAMESE);
	assert_int_equal(language_parse(STR("fr"), &language), -1);
	assert_int_equal(language, VIETNAMESE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_text_is_missing),
		cmocka_unit_test(the_same_words_in_each_language),
		cmocka_unit_test(words_are_filled_in),
		cmocka_unit_test(ages_in_two_units),
		cmocka_unit_test(the_language_of_a_locale),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
