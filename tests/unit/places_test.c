/* places_test.c - names for every code that may be counted. */
#include "cli/places.h"

#include "base/mem.h"
#include "cases.h"
#include "count/language.h"

static void
names(void **state)
{
	static const struct {
		const char *code, *english, *vietnamese;
	} countries[] = {
		{ "VN", "Vietnam", "Việt Nam" },
		{ "US", "United States", "Hoa Kỳ" },
		{ "CN", "China", "Trung Quốc" },
		{ "TW", "Taiwan", "Đài Loan" },
		{ "HK", "Hong Kong", "Hồng Kông" },
		{ "LA", "Laos", "Lào" },
		{ "KH", "Cambodia", "Campuchia" },
		{ "SG", "Singapore", "Singapore" },
		{ "AD", "Andorra", "Andorra" },
		{ "ZW", "Zimbabwe", "Zimbabwe" },
		{ "ZZ", "ZZ", "ZZ" },
		{ "vn", "vn", "vn" },
		{ "(other)", "(other)", "(other)" },
		{ "", "", "" },
	};

	(void)state;
	for (size_t i = 0; i < NITEMS(countries); i++) {
		struct str code = str_of(countries[i].code);

		assert_true(str_eq(place_country(ENGLISH, code), str_of(countries[i].english)));
		assert_true(str_eq(place_country(VIETNAMESE, code), str_of(countries[i].vietnamese)));
	}
	assert_true(str_eq(place_language(ENGLISH, STR("vi")), STR("Vietnamese")));
	assert_true(str_eq(place_language(VIETNAMESE, STR("vi")), STR("Tiếng Việt")));
	assert_true(str_eq(place_language(VIETNAMESE, STR("en")), STR("Tiếng Anh")));
	assert_true(str_eq(place_language(VIETNAMESE, STR("other")), STR("other")));
}

/* How many codes of two letters, the first being a or A, have a name. */
static size_t
named(char first, struct str (*name)(enum language language, struct str code))
{
	size_t n = 0;

	for (int i = 0; i < 26 * 26; i++) {
		char letters[] = { (char)(first + i / 26), (char)(first + i % 26) };
		struct str code = { letters, sizeof(letters) };

		if (!str_eq(name(ENGLISH, code), code)) {
			assert_false(str_eq(name(VIETNAMESE, code), code));
			n++;
		}
	}
	return n;
}

static void
complete(void **state)
{
	size_t counted = 0;

	(void)state;
	assert_int_equal(named('A', place_country), 249 + 3); /* Kosovo, the European Union, the Antilles */
	assert_int_equal(named('a', place_language), 184);
	for (int i = 0; i < 26 * 26; i++) {
		char letters[] = { (char)('a' + i / 26), (char)('a' + i % 26) };
		struct str code = language_of((struct str){ letters, sizeof(letters) });

		if (str_eq(code, STR("other")))
			continue;
		counted++;
		assert_false(str_eq(place_language(ENGLISH, code), code));
	}
	assert_true(counted >= 184);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names),
		cmocka_unit_test(complete),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
