/* site_test.c - hosts, slots and days of sites. */
#include "count/site.h"

#include "base/mem.h"
#include "cases.h"
#include "count/calendar.h"

static char *hosts[] = { "myloc.namdinh.gov.vn", "*.xa.vn", "127.0.0.1" };
static struct config_site declared[] = {
	{ .name = "b", .hosts = { hosts, NITEMS(hosts) }, .timezone = "Asia/Ho_Chi_Minh" },
	{ .name = "a", .timezone = "UTC" },
	{ .name = "aa", .timezone = "UTC" },
};
static const struct config config = { .sites = declared, .nsites = NITEMS(declared) };

static void
found_by_name(void **state)
{
	struct sites *s = sites_new(&config, NULL);

	(void)state;
	for (size_t i = 0; i < NITEMS(declared); i++) {
		struct site *site = sites_find(s, str_of(declared[i].name));
		assert_non_null(site);
		assert_string_equal(site->config->name, declared[i].name);
	}
	assert_null(sites_find(s, STR("aaa")));
	assert_null(sites_find(s, STR("")));
	assert_string_equal(sites_at(s, 0)->config->name, "a");
	assert_string_equal(sites_at(s, 2)->config->name, "b");
	sites_free(s);
}

static void
slots_survive_a_reload(void **state)
{
	struct config fewer = { .sites = declared + 1, .nsites = 1 };
	struct sites *first = sites_new(&config, NULL), *second = sites_new(&fewer, first),
		     *third = sites_new(&config, second);

	(void)state;
	assert_int_equal(sites_find(second, STR("a"))->slot, sites_find(first, STR("a"))->slot);
	assert_int_equal(sites_find(third, STR("a"))->slot, sites_find(first, STR("a"))->slot);
	/* b was away: it gets a slot that nobody had, not somebody else's. */
	assert_true(sites_find(third, STR("b"))->slot >= sites_slots(first));
	assert_int_equal(sites_slots(third), sites_slots(first) + 2);
	sites_free(first);
	sites_free(second);
	sites_free(third);
}

static void
who_may_count(void **state)
{
	static const struct {
		const char *host;
		bool allowed;
	} cases[] = {
		{ "myloc.namdinh.gov.vn", true },
		{ "MYLOC.namdinh.gov.vn", true },
		{ "www.myloc.namdinh.gov.vn", true },
		{ "myloc.namdinh.gov.vn:8443", true },
		{ "myloc.namdinh.gov.vn.", true },
		{ "127.0.0.1:80", true },
		{ "dong.xa.vn", true },
		{ "a.dong.xa.vn", true },
		{ "xa.vn", false },
		{ "notxa.vn", false },
		{ "namdinh.gov.vn", false },
		{ "myloc.namdinh.gov.vn.evil.vn", false },
		{ "", false },
		{ "www.", false },
		{ "[::1]:80", false },
	};
	struct sites *s = sites_new(&config, NULL);
	struct site *site = sites_find(s, STR("b"));

	(void)state;
	for (size_t i = 0; i < NITEMS(cases); i++) {
		if (site_allows_host(site, str_of(cases[i].host)) != cases[i].allowed)
			fail_msg("%s", cases[i].host);
	}
	sites_free(s);
}

static void
hosts_of_urls(void **state)
{
	static const struct {
		const char *url, *host; /* NULL: none */
	} cases[] = {
		{ "https://x.vn", "x.vn" },
		{ "HTTP://x.vn:80/a?b#c", "x.vn:80" },
		{ "https://x.vn?b", "x.vn" },
		{ "https://[::1]:8/", "[::1]:8" },
		{ "null", NULL },
		{ "https://", NULL },
		{ "https:///a", NULL },
		{ "ftp://x.vn", NULL },
		{ "", NULL },
	};

	(void)state;
	for (size_t i = 0; i < NITEMS(cases); i++) {
		struct str host = site_host_of_url(str_of(cases[i].url));
		if (cases[i].host == NULL)
			assert_null(host.p);
		else
			assert_true(str_eq(host, str_of(cases[i].host)));
	}
}

static void
the_day_turns_at_local_midnight(void **state)
{
	struct sites *s = sites_new(&config, NULL);
	struct site *site = sites_find(s, STR("b"));
	int64_t midnight = 1795366800000; /* 2026-11-23 00:00 at +07:00 */

	(void)state;
	assert_int_equal(day_number(site_day(site, midnight - 1)), 20261122);
	assert_int_equal(day_number(site_day(site, midnight)), 20261123);
	assert_int_equal(day_number(site_day(site, midnight + 24 * 3600000 - 1)), 20261123);
	assert_int_equal(day_number(site_day(site, midnight + 24 * 3600000)), 20261124);
	assert_int_equal(day_number(site_day(site, midnight - 1)), 20261122);
	assert_int_equal(day_number(site_day(sites_find(s, STR("a")), midnight)), 20261122);
	sites_free(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(found_by_name),
		cmocka_unit_test(slots_survive_a_reload),
		cmocka_unit_test(who_may_count),
		cmocka_unit_test(hosts_of_urls),
		cmocka_unit_test(the_day_turns_at_local_midnight),
	};

	return cmocka_run_group_tests_name("site", tests, NULL, NULL);
}
