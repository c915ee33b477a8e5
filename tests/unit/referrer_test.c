/* referrer_test.c - tests/cases/referrers.txt, and the bound. */
#include "count/referrer.h"

#include "base/mem.h"
#include "cases.h"
#include "count/site.h"

static char *hosts[] = { "x.vn", "*.xa.vn" };
static const struct config_site declared = { .hosts = { hosts, NITEMS(hosts) } };
static const struct site site = { .config = &declared };

static void
try_referrer(struct str ref, struct buf *got)
{
	referrer_name(ref, &site, got);
	assert_in_range(got->n, 1, REFERRER_MAX);
}

static void
each_case(void **state)
{
	(void)state;
	cases_run("tests/cases/referrers.txt", 100, try_referrer);
}

static void
what_was_in_the_buffer_stays(void **state)
{
	struct buf out = { 0 };

	(void)state;
	buf_puts(&out, "before ");
	referrer_name(STR("https://zalo.me/oa"), &site, &out);
	assert_true(str_eq(buf_view(&out), STR("before zalo")));
	buf_clear(&out);
	referrer_name((struct str){ NULL, 0 }, &site, &out);
	assert_true(str_eq(buf_view(&out), STR("(direct)")));
	buf_fini(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_case),
		cmocka_unit_test(what_was_in_the_buffer_stays),
	};

	return cmocka_run_group_tests_name("referrer", tests, NULL, NULL);
}
