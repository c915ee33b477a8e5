/* config_problems_test.c - what is said of bad files, variables and --set. */
#include "base/config.h"

#include "base/mem.h"
#include "config_files.h"

/* What the file must be refused for, with its line. */
/* clang-format off */
static const struct {
	const char *text, *expected;
} bad_files[] = {
	{ "[daemon]\n\nlisten = 80\n", ":3: [daemon] listen: «80» is no address to listen on; write 127.0.0.1:8080" },
	{ "[daemon]\nlisten = 127.0.0.1:70000\n", ":2: [daemon] listen: «127.0.0.1:70000» is no address" },
	{ "[daemon]\nlisten = 256.0.0.1:80\n", ":2: [daemon] listen: «256.0.0.1:80» is no address" },
	{ "[daemon]\nlisten = ::1:80\n", ":2: [daemon] listen: «::1:80» is no address" },
	{ "[daemon]\nlisten = [::1]\n", ":2: [daemon] listen: «[::1]» is no address" },
	{ "[daemon]\nlisten = [127.0.0.1]:80\n", ":2: [daemon] listen: «[127.0.0.1]:80» is no address" },
	{ "[daemon]\nlisten = unix:run/x.sock\n", ":2: [daemon] listen: «unix:run/x.sock» is no address" },
	{ "[daemon]\nlisten =\n", ":2: [daemon] listen: has 0 words; it takes 1 to 16 words" },
	{ "[daemon]\nlistne = 127.0.0.1:80\n", ":2: [daemon] «listne» is no option here; did you mean listen?" },
	{ "[daemon]\nfrobnicate = 1\n  and more\n", ":2: [daemon] «frobnicate» is no option here\n" },
	{ "[daemon]\ntimezone = UTC\n", ":2: [daemon] «timezone» is an option of a site; write it below [site NAME]" },
	{ SITE_A "redis = unix:/x\n", ":3: [site a] «redis» is an option of the daemon; write it below [daemon]" },
	{ SITE_A "Figure = hits\n", ":3: [site a] «Figure» is no option here; did you mean figure?" },
	{ "[daemon]\nonline_window = 29\n", ":2: [daemon] online_window: «29» is outside 30s to 3600s\n" },
	{ "[daemon]\nonline_window = 61m\n", ":2: [daemon] online_window: «61m» is outside 30s to 3600s\n" },
	{ "[daemon]\nonline_window = 1500ms\n",
	    ":2: [daemon] online_window: «1500ms» is no duration in whole seconds" },
	{ "[daemon]\nonline_window = five\n", ":2: [daemon] online_window: «five» is no duration" },
	{ "[daemon]\nonline_window = -60\n", ":2: [daemon] online_window: «-60» is no duration" },
	{ "[daemon]\nonline_window = 60 s\n", ":2: [daemon] online_window: «60 s» is no duration" },
	{ "[daemon]\nonline_window =\n", ":2: [daemon] online_window: «» is no duration" },
	{ "[daemon]\nonline_window = 99999999999999999999d\n",
	    ":2: [daemon] online_window: «99999999999999999999d» is no" },
	{ "[daemon]\nonline_window = 999999999999999999d\n",
	    ":2: [daemon] online_window: «999999999999999999d» is no" },
	{ "[daemon]\ncommit_timeout = 999999999999999999d\n", ":2: [daemon] commit_timeout: «999999999999999999d» is no" },
	{ "[daemon]\ncommit_timeout = 99ms\n", ":2: [daemon] commit_timeout: «99ms» is outside 100ms to 60000ms\n" },
	{ "[daemon]\nheader_max = 2g\n", ":2: [daemon] header_max: «2g» is no size; write 16384, 16k or 1m" },
	{ "[daemon]\nlisten_mode = 0668\n", ":2: [daemon] listen_mode: «0668» is no mode; write 0666 for everybody" },
	{ "[daemon]\nlisten_mode = 66\n", ":2: [daemon] listen_mode: «66» is no mode" },
	{ "[daemon]\nlisten_mode = 4666\n", ":2: [daemon] listen_mode: «4666» is no mode" },
	{ "[daemon]\nconnections_max = 0\n", ":2: [daemon] connections_max: «0» is outside 1 to 1000000\n" },
	{ "[daemon]\nheader_max = 2m\n", ":2: [daemon] header_max: «2m» is outside 1024 to 1048576\n" },
	{ "[daemon]\npending_max = 1k\n", ":2: [daemon] pending_max: «1k» is no number" },
	{ "[daemon]\nlog_level = loud\n", ":2: [daemon] log_level: «loud» is none of error, warning, info, debug\n" },
	{ "[daemon]\nlog_level =\n", ":2: [daemon] log_level: must not be empty\n" },
	{ "[daemon]\nbase_path = tk\n", ":2: [daemon] base_path: «tk» is no base path" },
	{ "[daemon]\nbase_path = /tk/\n", ":2: [daemon] base_path: «/tk/» is no base path" },
	{ "[daemon]\nbase_path = /\n", ":2: [daemon] base_path: «/» is no base path" },
	{ "[daemon]\nbase_path = /a/../b\n", ":2: [daemon] base_path: «/a/../b» is no base path" },
	{ "[daemon]\nbase_path = /a b\n", ":2: [daemon] base_path: «/a b» is more than one word" },
	{ "[daemon]\nredis = localhost:6379\n", ":2: [daemon] redis: «localhost:6379» is no Redis" },
	{ "[daemon]\nredis = redis://localhost\n", ":2: [daemon] redis: «redis://localhost» is no Redis" },
	{ "[daemon]\nredis = redis://localhost:6379/x\n",
	    ":2: [daemon] redis: «redis://localhost:6379/x» is no Redis" },
	{ "[daemon]\nredis = http://x:1/0\n", ":2: [daemon] redis: «http://x:1/0» is no Redis" },
	{ "[daemon]\nclient_address_header = X Y\n",
	    ":2: [daemon] client_address_header: «X Y» is more than one word" },
	{ "[daemon]\nclient_address_header = X:Y\n", ":2: [daemon] client_address_header: «X:Y» is no header's name" },
	{ "[daemon]\ntrusted_proxies = 10.0.0.0/33\n", ":2: [daemon] trusted_proxies: «10.0.0.0/33» is no network" },
	{ "[daemon]\ntrusted_proxies = ::/129\n", ":2: [daemon] trusted_proxies: «::/129» is no network" },
	{ "[daemon]\ntrusted_proxies = 10.0.0/8\n", ":2: [daemon] trusted_proxies: «10.0.0/8» is no network" },
	{ "[daemon]\ntrusted_proxies = 10.0.0.0/\n", ":2: [daemon] trusted_proxies: «10.0.0.0/» is no network" },
	{ "[daemon]\ntrusted_proxies = ::1\n  nginx\n", ":2: [daemon] trusted_proxies: «nginx» is no network" },
	{ SITE_A "timezone = Asia/Hanoi\n", ":3: [site a] timezone: «Asia/Hanoi» is no time zone; use a name of the tz "
					    "database such as Asia/Ho_Chi_Minh\n" },
	{ SITE_A "timezone = +07:00\n", ":3: [site a] timezone: «+07:00» is no time zone" },
	{ SITE_A "figure = views\n", ":3: [site a] figure: «views» is none of hits, visits\n" },
	{ SITE_A "week_start = saturday\n", ":3: [site a] week_start: «saturday» is none of monday, sunday\n" },
	{ SITE_A "page_query = a=b\n", ":3: [site a] page_query: «a=b» is no name of a query parameter" },
	{ SITE_A "page_query = #a\n", ":3: [site a] page_query: «#a» has bytes that no value may have" },
	{ "\n[site a]\n", ":2: [site a] hosts: must be given\n" },
	{ "[site a]\nhosts = ;none\n", ":2: [site a] hosts: has 0 words; it takes 1 to 1000 words" },
	{ "[site a]\nhosts = http://a.vn/\n", ":2: [site a] hosts: «http://a.vn/» is no host" },
	{ "[site a]\nhosts = a.vn:80\n", ":2: [site a] hosts: «a.vn:80» is no host" },
	{ "[site a]\nhosts = a..vn\n", ":2: [site a] hosts: «a..vn» is no host" },
	{ "[site a]\nhosts = -a.vn\n", ":2: [site a] hosts: «-a.vn» is no host" },
	{ "[site a]\nhosts = a-.vn\n", ":2: [site a] hosts: «a-.vn» is no host" },
	{ "[site a]\nhosts = a.*.vn\n", ":2: [site a] hosts: «a.*.vn» is no host" },
	{ "[site a]\nhosts = *\n", ":2: [site a] hosts: «*» is no host" },
	{ "[site a]\nhosts = xã\u200b..vn\n", ":2: [site a] hosts: «xã\u200b..vn» is no host; write " },
	{ "[site a]\nhosts = xã_.*.vn\n", ":2: [site a] hosts: «xã_.*.vn» is no host; write " },
	{ "[site a]\nhosts = xã.vn:80\n", ":2: [site a] hosts: «xã.vn:80» is no host; write " },
	{ "[site a]\nhosts = [::1::2]\n", ":2: [site a] hosts: «[::1::2]» is no host; write " },
	{ "[site a]\nhosts = [::1\n", ":2: [site a] hosts: «[::1» is no host; write " },
	{ "[site a]\nhosts = []\n", ":2: [site a] hosts: «[]» is no host; write " },
	{ "[site a]\nhosts = x\xff.vn\n", ":2: [site a] hosts: «x?.vn» has bytes that no value may have" },
	{ SITE_A SITE_A, ":3: [site]: «a» is declared in line 1 already\n" },
	{ "[site A]\nhosts = a.vn\n", ":1: [site]: «A» is no site's name; use small letters" },
	{ "[site a/b]\nhosts = a.vn\n", ":1: [site]: «a/b» is no site's name" },
	{ "[site a b]\nhosts = a.vn\n", ":1: [site]: «a b» is no site's name" },
	{ "[site]\nhosts = a.vn\n", ":1: [site]: «» is no site's name" },
	{ "[deamon]\nlisten = nonsense\n", ":1: «deamon» is no section; there are [daemon] and [site NAME]\n" },
	{ "[daemon]\nurl_max = 4k\n[daemon]\nurl_max = 2k\n", ":3: [daemon]: stands in line 1 already\n" },
	{ "[daemon]\nurl_max = 4k\n\nurl_max = 2k\n", ":4: [daemon] url_max: is given in line 2 already" },
	{ "listen = 127.0.0.1:80\n", ":1: «listen» stands in no section; write [daemon] above it\n" },
	{ "[daemon\nlisten = nonsense\n", ":1: the section's title lacks its «]»\n" },
	{ "[daemon] listen = nonsense\n", ":1: something stands behind the section's title\n" },
	{ "[daemon]\nlisten\n", ":2: neither «[section]», «option = value» nor a comment\n" },
	{ "[daemon]\nlisten", ":2: neither «[section]», «option = value» nor a comment\n" },
	{ "[daemon]\n= 5\n", ":2: no name stands before the «=»\n" },
	{ "[daemon]\nbase_path = /t\x01k\n", ":2: the line has control characters\n" },
	/* All indented: libinih would make one value of them. */
	{ "[daemon]\n  listen = 127.0.0.1:0\n  body_max = 4k\n",
	    ":3: [daemon] «body_max» is indented and would go on with the option above" },
	{ SITE_A "[site b]\nhosts = x.vn A.vn\n", ":4: [site b] hosts: «a.vn» belongs to [site a] already" },
	{ SITE_A "[site b]\nhosts = www.a.vn\n", ":4: [site b] hosts: «a.vn» belongs to [site a] already" },
	{ "[site b]\nhosts = *.x.vn\n[site a]\nhosts = *.X.vn\n",
	    ":4: [site a] hosts: «*.x.vn» belongs to [site b] already" },
	{ "[site a]\nhosts = xã.vn\n[site b]\nhosts = xn--x-yfa.vn\n",
	    ":4: [site b] hosts: «xn--x-yfa.vn» belongs to [site a] already" },
	{ "[site a]\nhosts = www.xn--x-yfa.vn\n[site b]\nhosts = Xa\u0303.VN\n",
	    ":4: [site b] hosts: «xn--x-yfa.vn» belongs to [site a] already" },
	{ "[site a]\nhosts = *.XÃ.vn\n[site b]\nhosts = *.xã.vn\n",
	    ":4: [site b] hosts: «*.xn--x-yfa.vn» belongs to [site a] already" },
	{ "[site a]\nhosts = [2001:DB8:0::1]\n[site b]\nhosts = [2001:db8::1]\n",
	    ":4: [site b] hosts: «[2001:db8::1]» belongs to [site a] already" },
};
/* clang-format on */

static void
bad_files_are_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < NITEMS(bad_files); i++)
		expect_one_problem(bad_files[i].text, NULL, bad_files[i].expected);
}

static void
three_sites_that_claim_one_host(void **state)
{
	struct config_error error = { 0 };

	(void)state;
	assert_null(load_with(SITE_A "[site c]\nhosts = a.vn\n[site b]\nhosts = www.a.vn a.vn\n", NULL, &error));
	assert_int_equal(error.count, 2);
	buf_fini(&error.text);
}

static void
all_problems_are_told(void **state)
{
	struct config_error error = { 0 };
	struct buf expected = { 0 };

	(void)state;
	assert_null(load_with("[daemon]\n"
			      "listen = x\n"
			      "nonsense\n"
			      "[site a]\n"
			      "figure = x\n"
			      "[site B]\n"
			      "hosts = of a site that is passed over\n",
	    NULL, &error));
	buf_printf(&expected, "%s:2: [daemon] listen: «x» is no", path);
	buf_putc(&error.text, '\0');
	assert_memory_equal(error.text.p, expected.p, expected.n);
	assert_non_null(strstr(error.text.p, ":3: neither"));
	assert_non_null(strstr(error.text.p, ":5: [site a] figure"));
	assert_non_null(strstr(error.text.p, ":6: [site]: «B»"));
	assert_non_null(strstr(error.text.p, ":4: [site a] hosts: must be given"));
	assert_int_equal(error.count, 5);
	buf_fini(&expected);
	buf_fini(&error.text);
}

static void
twenty_problems_are_enough(void **state)
{
	struct config_error error = { 0 };
	struct buf text = { 0 };
	size_t lines = 0;

	(void)state;
	buf_puts(&text, "[daemon]\n");
	for (int i = 0; i < 25; i++)
		buf_puts(&text, "nonsense\n");
	buf_putc(&text, '\0');
	assert_null(load_with(text.p, NULL, &error));
	assert_int_equal(error.count, 25);
	for (size_t i = 0; i < error.text.n; i++)
		lines += error.text.p[i] == '\n';
	assert_int_equal(lines, 21);
	buf_putc(&error.text, '\0');
	assert_non_null(strstr(error.text.p, ":21: neither"));
	assert_null(strstr(error.text.p, ":22: neither"));
	assert_non_null(strstr(error.text.p, "\nand 5 more\n"));
	buf_fini(&text);
	buf_fini(&error.text);
}

/* "[daemon]\n", then a line of prefix and as many x as make it length bytes. */
static char *
long_line(const char *prefix, size_t length, const char *suffix)
{
	struct buf b = { 0 };

	buf_printf(&b, "[daemon]\n%s", prefix);
	for (size_t n = strlen(prefix); n < length; n++)
		buf_putc(&b, 'x');
	buf_puts(&b, suffix);
	buf_putc(&b, '\0');
	return b.p;
}

/* libinih takes 198 bytes a line and would read the rest as the next. */
static void
lines_are_never_cut(void **state)
{
	static const char *const prefixes[] = { "; ", "url_max = 4k ; ", "[site a] ; " };
	static const char too_long[] = ":2: the line is longer than 198 bytes; go on in an indented line\n";

	(void)state;
	for (size_t i = 0; i < NITEMS(prefixes); i++) {
		bool site = prefixes[i][0] == '[';
		char *fits = long_line(prefixes[i], 198, site ? "\r\nhosts = a.vn\n" : "\r\n");
		char *does_not = long_line(prefixes[i], 199, "\n");

		config_free(load_good(fits, NULL));
		expect_one_problem(does_not, NULL, too_long);
		free(fits);
		free(does_not);
	}
}

static void
titles_are_never_cut(void **state)
{
	char longest[SITE_NAME_MAX + 1];
	struct buf text = { 0 };
	struct config *c;

	(void)state;
	memset(longest, 's', SITE_NAME_MAX);
	longest[SITE_NAME_MAX] = '\0';
	buf_printf(&text, "[site %s]\nhosts = a.vn\n", longest);
	buf_putc(&text, '\0');
	c = load_good(text.p, NULL);
	assert_string_equal(c->sites[0].name, longest);
	config_free(c);
	buf_clear(&text);
	buf_printf(&text, "[site %ss]\nhosts = a.vn\n", longest);
	buf_putc(&text, '\0');
	expect_one_problem(text.p, NULL, ":1: the section's title is longer than 49 bytes\n");
	buf_fini(&text);
}

/* A word and its indent fit a line of the file, so that what is printed can
 * be read. */
static void
words_are_never_cut(void **state)
{
	enum { LONGEST = 180 };
	struct buf set = { 0 };
	char *sets[2] = { NULL, NULL };

	(void)state;
	buf_puts(&set, "a.page_query=");
	for (int i = 0; i < LONGEST; i++)
		buf_putc(&set, 'x');
	buf_add(&set, "\0", 2);
	sets[0] = set.p;
	config_free(load_good(SITE_A, sets));
	set.p[set.n - 2] = 'x';
	expect_one_problem(SITE_A, sets, "--set: [site a] page_query: «xxx");
	buf_fini(&set);
}

static void
odd_files(void **state)
{
	struct config_error error = { 0 };

	(void)state;
	config_free(load_good("", NULL));
	config_free(load_good("\xef\xbb\xbf[daemon]\nurl_max = 4k", NULL)); /* a mark in front, no newline */
	write_file(STR("[daemon]\nurl_max = 4k\0\n"));
	assert_null(config_load(path, NULL, &error));
	assert_int_equal(error.count, 1);
	buf_fini(&error.text);

	error = (struct config_error){ 0 };
	assert_null(config_load("/nonexistent/thongke.ini", NULL, &error));
	buf_putc(&error.text, '\0');
	assert_string_equal(error.text.p, "/nonexistent/thongke.ini: No such file or directory\n");
	buf_fini(&error.text);

	error = (struct config_error){ 0 };
	assert_null(config_load("/", NULL, &error));
	buf_putc(&error.text, '\0');
	assert_string_equal(error.text.p, "/: Is a directory\n");
	buf_fini(&error.text);
}

static void
bad_environment(void **state)
{
	static const struct {
		const char *name, *value, *expected;
	} rows[] = {
		{ "THONGKE_URL_MAX", "x", "environment THONGKE_URL_MAX: [daemon] url_max: «x» is no size" },
		{ "THONGKE_LISTNE", "x",
		    "environment THONGKE_LISTNE: [daemon] «listne» is no option here; did you mean listen?" },
		{ "THONGKE_TIMEZONE", "UTC",
		    "environment THONGKE_TIMEZONE: [daemon] «timezone» is an option of a site" },
		{ "THONGKE_listen", "127.0.0.1:1", "environment THONGKE_listen: [daemon] «??????» is no option here" },
		{ "THONGKE_REDIS", "unix:/a\nb", "environment THONGKE_REDIS: [daemon] redis: «unix:/a?b» has bytes" },
	};

	(void)state;
	for (size_t i = 0; i < NITEMS(rows); i++) {
		setenv(rows[i].name, rows[i].value, 1);
		expect_one_problem(SITE_A, NULL, rows[i].expected);
		unsetenv(rows[i].name);
	}
}

static void
bad_sets(void **state)
{
	static const struct {
		const char *set, *expected;
	} rows[] = {
		{ "url_max", "--set: «url_max» has no «=»; write option=value or site.option=value\n" },
		{ "url_max=x", "--set: [daemon] url_max: «x» is no size" },
		{ "url_mx=1k", "--set: [daemon] «url_mx» is no option here; did you mean url_max?\n" },
		{ "z.timezone=UTC", "--set: «z» is no site that the file declares\n" },
		{ ".timezone=UTC", "--set: «» is no site that the file declares\n" },
		{ "a.timezone=Mars/Base", "--set: [site a] timezone: «Mars/Base» is no time zone" },
		{ "a.tz=UTC", "--set: [site a] «tz» is no option here\n" },
		{ "b.hosts=www.a.vn", "--set: [site b] hosts: «a.vn» belongs to [site a] already" },
	};

	(void)state;
	for (size_t i = 0; i < NITEMS(rows); i++) {
		char *copy = xstrdup(rows[i].set), *sets[] = { copy, NULL };
		expect_one_problem(SITE_A SITE_B, sets, rows[i].expected);
		free(copy);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bad_files_are_refused),
		cmocka_unit_test(three_sites_that_claim_one_host),
		cmocka_unit_test(all_problems_are_told),
		cmocka_unit_test(twenty_problems_are_enough),
		cmocka_unit_test(lines_are_never_cut),
		cmocka_unit_test(titles_are_never_cut),
		cmocka_unit_test(words_are_never_cut),
		cmocka_unit_test(odd_files),
		cmocka_unit_test(bad_environment),
		cmocka_unit_test(bad_sets),
	};

	return cmocka_run_group_tests(tests, make_file, remove_file);
}
