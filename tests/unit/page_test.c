/* page_test.c - tests/cases/pages.txt, and the length bound. */
#include "count/page.h"

#include "cases.h"

static char *names[] = { "ItemID", "id" };
static const struct config_list page_query = { names, 2 };

static void
try_page(struct str address, struct buf *got)
{
	if (page_name(address, &page_query, got) != 0)
		buf_puts(got, "refused");
}

static void
each_case(void **state)
{
	(void)state;
	cases_run("tests/cases/pages.txt", 40, try_page);
}

static void
a_long_name_is_cut_between_characters(void **state)
{
	struct buf address = { 0 }, name = { 0 };

	(void)state;
	/* ế is three bytes, so that PAGE_MAX falls inside one. */
	buf_puts(&address, "/a");
	for (int i = 0; i < PAGE_MAX; i++)
		buf_puts(&address, "%E1%BA%BF");
	assert_int_equal(page_name(buf_view(&address), &page_query, &name), 0);
	assert_int_equal(name.n, 2 + (PAGE_MAX - 2) / 3 * 3);
	buf_fini(&address);
	buf_fini(&name);
}

static void
what_was_in_the_buffer_stays(void **state)
{
	struct buf out = { 0 };

	(void)state;
	buf_puts(&out, "/index.html");
	assert_int_equal(page_name(STR("/x%zz"), &page_query, &out), -1);
	assert_int_equal(page_name(STR("/x?id=%zz"), &page_query, &out), -1);
	assert_int_equal(page_name(STR("/index.html"), &page_query, &out), 0);
	assert_true(str_eq(buf_view(&out), STR("/index.html/")));
	buf_fini(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_case),
		cmocka_unit_test(a_long_name_is_cut_between_characters),
		cmocka_unit_test(what_was_in_the_buffer_stays),
	};

	return cmocka_run_group_tests_name("page", tests, NULL, NULL);
}
