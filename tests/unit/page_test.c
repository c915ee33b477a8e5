/* page_test.c - tests/cases/pages.txt, what holds for every name, and the
 * length bound. */
#include "count/page.h"

#include "base/mem.h"
#include "cases.h"
#include "count/site.h"

static char *names[] = { "ItemID", "id" };
static char *hosts[] = { "x.vn", "*.xa.vn" };
static const struct config_site declared = {
	.hosts = { hosts, NITEMS(hosts) },
	.page_query = { names, NITEMS(names) },
};
static const struct site site = { .config = &declared };

/* A name is an address of its page. */
static void
assert_names_itself(struct str name)
{
	struct buf again = { 0 };

	if (page_name(name, &site, &again) != 0 || !str_eq(buf_view(&again), name))
		fail_msg("«%.*s» became «%.*s»", (int)name.n, name.p, (int)again.n, again.p);
	buf_fini(&again);
}

static void
try_page(struct str address, struct buf *got)
{
	if (page_name(address, &site, got) != 0)
		buf_puts(got, "refused");
	else
		assert_names_itself(buf_view(got));
}

static void
each_case(void **state)
{
	(void)state;
	cases_run("tests/cases/pages.txt", 115, try_page);
}

static void
assert_cut(const char *front, const char *repeated, size_t expected)
{
	struct buf address = { 0 }, name = { 0 };

	buf_puts(&address, front);
	while (address.n < 3 * (size_t)PAGE_MAX + 9)
		buf_puts(&address, repeated);
	assert_int_equal(page_name(buf_view(&address), &site, &name), 0);
	assert_int_equal(name.n, expected);
	assert_names_itself(buf_view(&name));
	buf_fini(&address);
	buf_fini(&name);
}

static void
a_long_name_is_cut_between_characters(void **state)
{
	(void)state;
	assert_cut("/", "a", PAGE_MAX);
	/* ế is three bytes, so that PAGE_MAX falls inside one. */
	assert_cut("/a", "%E1%BA%BF", 2 + (PAGE_MAX - 2) / 3 * 3);
	/* x with a dot below has no letter of its own: one byte and two. */
	assert_cut("/", "x%CC%A3", 1 + (PAGE_MAX - 1) / 3 * 3);
	/* An escape that stays is three bytes, too. */
	assert_cut("/", "%25", 1 + (PAGE_MAX - 1) / 3 * 3);
	assert_cut("/a", "%25", 2 + (PAGE_MAX - 2) / 3 * 3);
	assert_cut("/ab", "%25", 3 + (PAGE_MAX - 3) / 3 * 3);
}

/* GLib would sort them for a second. */
static void
a_heap_of_marks_is_refused(void **state)
{
	struct buf address = { 0 }, name = { 0 };

	(void)state;
	buf_puts(&address, "/a");
	for (int i = 0; i < 15; i++)
		buf_puts(&address, "\xcc\x81\xcc\xa3");
	assert_int_equal(page_name(buf_view(&address), &site, &name), 0);
	for (int i = 0; i < 100000; i++)
		buf_puts(&address, "\xcc\x81\xcc\xa3");
	buf_clear(&name);
	assert_int_equal(page_name(buf_view(&address), &site, &name), -1);
	assert_int_equal(name.n, 0);
	buf_fini(&address);
	buf_fini(&name);
}

/* Addresses thrown together from what has a meaning in them. */
static void
every_name_is_an_address_of_its_page(void **state)
{
	static const char *const pieces[] = { "/", "/", ".", "..", "index.html", "index.php", "?", "&",
		"ItemID=", "id=", "#", "#/", "#!/", "%", "%2", "%25", "%3F", "%23", "%26", "%2B", "+", "a", "b%C3%A0i",
		"e\xcc\x81", "%CC%A3", ";jsessionid=1", "%2F", "%5C", "%20", "=", "\xe1\xba\xbf", "https://x.vn" };
	struct buf address = { 0 }, name = { 0 };
	uint64_t random = 88172645463325252;
	size_t good = 0;

	(void)state;
	for (int i = 0; i < 200000; i++) {
		buf_clear(&address);
		buf_clear(&name);
		buf_putc(&address, '/');
		for (int n = 1 + i % 12; n > 0; n--) {
			random ^= random << 13;
			random ^= random >> 7;
			random ^= random << 17;
			buf_puts(&address, pieces[random % NITEMS(pieces)]);
		}
		if (page_name(buf_view(&address), &site, &name) != 0)
			continue;
		good++;
		assert_true(name.p[0] == '/');
		assert_names_itself(buf_view(&name));
	}
	assert_true(good > 50000);
	buf_fini(&address);
	buf_fini(&name);
}

static void
what_was_in_the_buffer_stays(void **state)
{
	struct buf out = { 0 };

	(void)state;
	buf_puts(&out, "/index.html");
	assert_int_equal(page_name(STR("/x%zz"), &site, &out), -1);
	assert_int_equal(page_name(STR("/x?id=%zz"), &site, &out), -1);
	assert_int_equal(page_name(STR("/x?id=1#/%zz"), &site, &out), -1);
	assert_int_equal(page_name(STR("/../index.html"), &site, &out), 0);
	assert_true(str_eq(buf_view(&out), STR("/index.html/")));
	buf_fini(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_case),
		cmocka_unit_test(a_long_name_is_cut_between_characters),
		cmocka_unit_test(a_heap_of_marks_is_refused),
		cmocka_unit_test(every_name_is_an_address_of_its_page),
		cmocka_unit_test(what_was_in_the_buffer_stays),
	};

	return cmocka_run_group_tests_name("page", tests, NULL, NULL);
}
