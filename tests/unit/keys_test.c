/* keys_test.c - keys that are looked for are those that are written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "store/keys.h"

/* The text of the one bulk string in out: behind "$22\r\n", before "\r\n". */
static struct str
text_of_item(const struct buf *out)
{
	struct str rest = buf_view(out);

	(void)str_cut(&rest, '\n');
	return (struct str){ rest.p, rest.n - 2 };
}

static void
days_are_parsed_as_they_are_written(void **state)
{
	static const int32_t years[] = { 0, 1, 99, 1970, 2026, 9999 };
	static const char *const sites[] = { "a", "x.y-z_1", "tk" };

	(void)state;
	for (size_t i = 0; i < NITEMS(years) * NITEMS(sites); i++) {
		const char *site = sites[i % NITEMS(sites)];
		struct buf out = { 0 };
		struct str name;
		int32_t year;

		key_days(&out, str_of(site), years[i / NITEMS(sites)]);
		assert_int_equal(keys_days_parse(text_of_item(&out), &name, &year), 0);
		assert_true(str_eq(name, str_of(site)));
		assert_int_equal(year, years[i / NITEMS(sites)]);
		buf_fini(&out);
	}
}

static void
other_keys_are_none(void **state)
{
	static const char *const others[] = { "", "tk:", "tk:{", "tk:{a", "tk:{a}", "tk:{a}:", "tk:{a}:days",
		"tk:{a}:days:", "tk:{a}:days:x", "tk:{a}:days:2026x", "tk:{a}:days:-1", "tk:{a}:days:10000",
		"tk:{a}:days:02026", "tk:{a}:pages", "tk:{a}days:2026", "x:{a}:days:2026", "tk:schema" };
	struct str name = { NULL, 7 };
	int32_t year = -7;

	(void)state;
	for (size_t i = 0; i < NITEMS(others); i++)
		assert_int_equal(keys_days_parse(str_of(others[i]), &name, &year), -1);
	assert_int_equal(name.n, 7);
	assert_int_equal(year, -7);
}

static void
the_pattern_is_spelled_as_the_keys(void **state)
{
	struct buf out = { 0 };

	(void)state;
	keys_days_pattern(&out);
	assert_true(str_eq(text_of_item(&out), STR("tk:{*}:days:*")));
	buf_fini(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(days_are_parsed_as_they_are_written),
		cmocka_unit_test(other_keys_are_none),
		cmocka_unit_test(the_pattern_is_spelled_as_the_keys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
