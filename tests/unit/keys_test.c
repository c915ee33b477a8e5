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

/* As keys.h spells them, for whoever looks through all of a site's. */
static void
keys_of_a_site_are_told_apart(void **state)
{
	static const struct {
		const char *key;
		enum key_kind kind;
	} keys[] = { { "tk:{a}:counts", KEY_COUNTS }, { "tk:{a}:writer:00ff", KEY_MARKER },
		{ "tk:{a}:pages:20261123", KEY_DAY_PAGES }, { "tk:{a}:pages", KEY_OTHER },
		{ "tk:{a}:online", KEY_OTHER }, { "tk:{a}:", KEY_OTHER }, { "tk:{ab}:counts", KEY_NONE },
		{ "tk:{a}", KEY_NONE }, { "tk:{a", KEY_NONE }, { "x:{a}:counts", KEY_NONE }, { "tk:schema", KEY_NONE },
		{ "", KEY_NONE } };

	(void)state;
	for (size_t i = 0; i < NITEMS(keys); i++)
		assert_int_equal(keys_kind(str_of(keys[i].key), STR("a")), keys[i].kind);
}

static void
keys_are_of_their_kind(void **state)
{
	struct buf out = { 0 };

	(void)state;
	key_counts(&out, STR("x.y-z_1"));
	assert_int_equal(keys_kind(text_of_item(&out), STR("x.y-z_1")), KEY_COUNTS);
	buf_clear(&out);
	key_marker(&out, STR("a"), "0123456789abcdef0123456789abcdef");
	assert_int_equal(keys_kind(text_of_item(&out), STR("a")), KEY_MARKER);
	buf_clear(&out);
	key_day_pages(&out, STR("a"), 0);
	assert_int_equal(keys_kind(text_of_item(&out), STR("a")), KEY_DAY_PAGES);
	buf_clear(&out);
	keys_site_pattern(&out, STR("a"));
	assert_true(str_eq(text_of_item(&out), STR("tk:{a}:*")));
	buf_fini(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_of_a_site_are_told_apart),
		cmocka_unit_test(keys_are_of_their_kind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
