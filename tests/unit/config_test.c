/* config_test.c - what becomes of a good file, the environment and --set. */
#include "base/config.h"

#include "base/mem.h"
#include "config_files.h"

static void
same_list(const struct config_list *list, const char *expected)
{
	struct buf joined = { 0 };

	for (size_t i = 0; i < list->n; i++)
		buf_printf(&joined, "%s%s", i > 0 ? " " : "", list->items[i]);
	buf_putc(&joined, '\0');
	assert_string_equal(joined.p, expected);
	buf_fini(&joined);
}

static void
defaults(void **state)
{
	struct config_error error = { 0 };
	struct config *c = config_load(NULL, NULL, &error);

	(void)state;
	assert_non_null(c);
	assert_null(c->path);
	same_list(&c->listen, "127.0.0.1:8080");
	same_list(&c->admin_listen, "127.0.0.1:9180");
	assert_string_equal(c->base_path, "/tk");
	assert_string_equal(c->redis, "unix:/run/thongke/redis.sock");
	assert_string_equal(c->client_address_header, "X-Forwarded-For");
	same_list(&c->trusted_proxies, "127.0.0.1/32 ::1/128");
	assert_int_equal(c->online_window, 300);
	assert_int_equal(c->dedupe_window, 900);
	assert_int_equal(c->commit_timeout, 2000);
	assert_int_equal(c->pending_max, 100000);
	assert_int_equal(c->request_timeout, 10000);
	assert_int_equal(c->idle_timeout, 75000);
	assert_int_equal(c->header_max, 16384);
	assert_int_equal(c->body_max, 8192);
	assert_int_equal(c->url_max, 8192);
	assert_int_equal(c->connections_max, 10000);
	assert_int_equal(c->connections_per_client, 256);
	assert_string_equal(c->listen_mode, "0666");
	assert_string_equal(c->log_level, "info");
	assert_int_equal(c->nsites, 0);
	config_free(c);
	config_free(NULL);

	c = load_good(SITE_A, NULL);
	assert_string_equal(c->path, path);
	assert_int_equal(c->nsites, 1);
	assert_string_equal(c->sites[0].name, "a");
	assert_ptr_equal(c->sites[0].file, c->path);
	assert_int_equal(c->sites[0].line, 1);
	assert_string_equal(c->sites[0].timezone, "Asia/Ho_Chi_Minh");
	assert_int_equal(c->sites[0].figure, FIGURE_HITS);
	assert_int_equal(c->sites[0].week_start, WEEK_MONDAY);
	assert_int_equal(c->sites[0].page_query.n, 0);
	config_free(c);
}

static const char full_file[] = "; a comment\n"
				"# another\n"
				"[daemon]\n"
				"listen = 127.0.0.1:0, [::1]:8081 unix:/run/tk.sock ; three\n"
				"base_path=/a/b-c\r\n"
				"redis: redis://redis.local:6379/3\n"
				"online_window = 2m\n"
				"commit_timeout = 3s\n"
				"request_timeout = 1500\n"
				"header_max = 32k\n"
				"trusted_proxies = 10.0.0.0/8\n"
				"    2001:db8::/32 ; ours\n"
				"; in between\n"
				"\n"
				"\t192.0.2.1\n"
				"log_level = debug\n"
				"\n"
				"[site xa.myloc]\n"
				"hosts = MyLoc.NamDinh.gov.vn *.xa.vn www.tin.vn\n"
				"timezone = Asia/Tokyo\n"
				"figure = hits\n"
				"week_start = sunday\n"
				"page_query = ItemID,id\n"
				"[site a-b]\n"
				"hosts = [::1] 192.0.2.7\n";

static void
a_whole_file(void **state)
{
	struct config *c = load_good(full_file, NULL);
	const struct config_site *site = &c->sites[1];

	(void)state;
	same_list(&c->listen, "127.0.0.1:0 [::1]:8081 unix:/run/tk.sock");
	assert_string_equal(c->base_path, "/a/b-c");
	assert_string_equal(c->redis, "redis://redis.local:6379/3");
	assert_int_equal(c->online_window, 120);
	assert_int_equal(c->commit_timeout, 3000);
	assert_int_equal(c->request_timeout, 1500);
	assert_int_equal(c->header_max, 32768);
	same_list(&c->trusted_proxies, "10.0.0.0/8 2001:db8::/32 192.0.2.1");
	assert_string_equal(c->log_level, "debug");
	assert_int_equal(c->nsites, 2);
	assert_string_equal(c->sites[0].name, "a-b"); /* sorted */
	same_list(&c->sites[0].hosts, "[::1] 192.0.2.7");
	assert_string_equal(site->name, "xa.myloc");
	assert_int_equal(site->line, 18);
	same_list(&site->hosts, "myloc.namdinh.gov.vn *.xa.vn www.tin.vn");
	assert_string_equal(site->timezone, "Asia/Tokyo");
	assert_int_equal(site->figure, FIGURE_HITS);
	assert_int_equal(site->week_start, WEEK_SUNDAY);
	same_list(&site->page_query, "ItemID id");
	config_free(c);
}

/* The first option of a section goes on with nothing. */
static void
indented_first_options(void **state)
{
	struct config *c = load_good("[daemon]\n  url_max = 4k\n[site a]\n\thosts = a.vn\n", NULL);

	(void)state;
	assert_int_equal(c->url_max, 4096);
	same_list(&c->sites[0].hosts, "a.vn");
	config_free(c);
}

static void
hosts_that_do_not_clash(void **state)
{
	(void)state;
	config_free(load_good("[site a]\nhosts = a.vn www.a.vn a.vn\n", NULL)); /* one site may say it twice */
	config_free(load_good("[site a]\nhosts = a.vn\n[site b]\nhosts = *.a.vn x.a.vn www.a.vn.vn\n", NULL));
	config_free(load_good("[site a]\nhosts = www.vn\n[site b]\nhosts = www\n", NULL));
}

/* As browsers send them, whatever hand wrote them. */
static void
hosts_with_other_letters(void **state)
{
	struct config_error error = { 0 };
	struct buf text = { 0 };
	struct config *c = load_good("[site a]\nhosts = trườnghọc.vn *.TrườngHọc.vn www.tru\u031bo\u031b\u0300nghọc.vn "
				     "[2001:DB8:0:0::1] a_b.vn\n",
	    NULL);

	(void)state;
	same_list(&c->sites[0].hosts,
	    "xn--trnghc-4zb1470d9da.vn *.xn--trnghc-4zb1470d9da.vn www.xn--trnghc-4zb1470d9da.vn "
	    "[2001:db8::1] a_b.vn");
	config_free(c);
	/* Punycode is longer than what it stands for: 10 bytes a label here, and there is room for 180. */
	for (int labels = 17; labels <= 18; labels++) {
		buf_clear(&text);
		buf_puts(&text, "[site a]\nhosts = ");
		for (int i = 0; i < labels; i++)
			buf_puts(&text, "xã.");
		buf_puts(&text, "vn\n");
		buf_putc(&text, '\0');
		c = load_with(text.p, NULL, &error);
		assert_true((c != NULL) == (labels == 17));
		config_free(c);
	}
	buf_fini(&error.text);
	buf_fini(&text);
}

static void
long_values_go_on_in_indented_lines(void **state)
{
	struct buf text = { 0 }, expected = { 0 };
	struct config *c;

	(void)state;
	buf_puts(&text, "[site a]\nhosts =\n");
	for (int i = 0; i < 400; i++) {
		buf_printf(&text, "%sxa-%d.gov.vn%s", i % 8 == 0 ? "    " : "", i, i % 8 == 7 ? " ; eight\n" : " ");
		buf_printf(&expected, "%sxa-%d.gov.vn", i > 0 ? " " : "", i);
	}
	buf_puts(&text, "timezone = UTC\n");
	buf_putc(&text, '\0');
	buf_putc(&expected, '\0');
	c = load_good(text.p, NULL);
	assert_int_equal(c->sites[0].hosts.n, 400);
	same_list(&c->sites[0].hosts, expected.p);
	assert_string_equal(c->sites[0].timezone, "UTC");
	config_free(c);
	buf_fini(&text);
	buf_fini(&expected);
}

/* An address in brackets is no section where it goes on with a value. */
static void
continuations_in_brackets(void **state)
{
	struct config *c = load_good("[daemon]\nlisten = 127.0.0.1:80\n  [::1]:80\n", NULL);

	(void)state;
	same_list(&c->listen, "127.0.0.1:80 [::1]:80");
	config_free(c);
}

static void
file_before_environment_before_set(void **state)
{
	static const char text[] = "[daemon]\nurl_max = 1k\nbody_max = 1k\nheader_max = 1k\n" SITE_A;
	char *sets[] = { "url_max = 3k", "url_max=4k", "log_level=error", NULL };
	struct config *c;

	(void)state;
	setenv("THONGKE_URL_MAX", "2k", 1);
	setenv("THONGKE_BODY_MAX", "2k", 1);
	setenv("THONGKE_LISTEN", "127.0.0.1:1 127.0.0.1:2", 1);
	setenv("THONGKE_CONFIG", "/etc/thongke/other.ini", 1); /* of the command line */
	setenv("THONGKE_SERVICE_HOST", "10.0.0.1", 1);
	setenv("THONGKE_PORT_8080_TCP", "tcp://10.0.0.1:8080", 1);
	c = load_good(text, sets);
	unsetenv("THONGKE_URL_MAX");
	unsetenv("THONGKE_BODY_MAX");
	unsetenv("THONGKE_LISTEN");
	unsetenv("THONGKE_CONFIG");
	unsetenv("THONGKE_SERVICE_HOST");
	unsetenv("THONGKE_PORT_8080_TCP");
	assert_int_equal(c->url_max, 4096); /* of two --set the last */
	assert_int_equal(c->body_max, 2048);
	assert_int_equal(c->header_max, 1024);
	same_list(&c->listen, "127.0.0.1:1 127.0.0.1:2");
	assert_string_equal(c->log_level, "error");
	config_free(c);
}

static void
sets_for_sites(void **state)
{
	char *sets[] = { "xa.my.loc.timezone=UTC", "b.hosts = x.vn Y.vn", "a.page_query=", NULL };
	struct config *c = load_good(
	    SITE_A "page_query = id\n" SITE_B "[site xa.my.loc]\nhosts = c.vn\ntimezone = Asia/Tokyo\n", sets);

	(void)state;
	assert_int_equal(c->sites[0].page_query.n, 0);
	same_list(&c->sites[1].hosts, "x.vn y.vn");
	assert_string_equal(c->sites[2].timezone, "UTC");
	config_free(c);
}

static char *
printed(const struct config *c)
{
	char *text = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);

	assert_non_null(f);
	config_print(c, f);
	assert_int_equal(fclose(f), 0);
	return text;
}

static void
what_is_printed_reads_back_alike(void **state)
{
	struct buf text = { 0 };

	(void)state;
	buf_puts(&text, full_file);
	for (int i = 0; i < 100; i++)
		buf_printf(&text, "  host-number-%d.of.a.long.list.vn\n", i);
	/* Near the longest word that is taken. */
	buf_puts(&text, "  ");
	for (int i = 0; i < 88; i++)
		buf_puts(&text, "x.");
	buf_puts(&text, "vn\n");
	buf_putc(&text, '\0');
	for (int i = 0; i < 2; i++) {
		struct config *c = load_good(i == 0 ? text.p : "", NULL), *again;
		char *first = printed(c), *second;

		again = load_good(first, NULL);
		second = printed(again);
		assert_string_equal(first, second);
		assert_int_equal(again->nsites, c->nsites);
		assert_int_equal(again->online_window, c->online_window);
		if (i == 0) {
			assert_int_equal(again->online_window, 120);
			assert_int_equal(again->sites[0].hosts.n, 103);
			assert_int_equal(again->sites[1].figure, FIGURE_HITS);
			assert_non_null(strstr(first, "\nbase_path = /a/b-c\n"));
			assert_non_null(strstr(first, "; The path below which visitors' requests are answered.\n"));
		}
		config_free(c);
		config_free(again);
		free(first);
		free(second);
	}
	buf_fini(&text);
}

static void
what_a_reload_may_not_change(void **state)
{
	static const struct {
		const char *set, *expected;
	} rows[] = {
		{ "log_level=debug", "" },
		{ "a.timezone=UTC", "" },
		{ "redis=unix:/elsewhere", "redis" },
		{ "listen=127.0.0.1:8080", "" }, /* what it was */
		{ "listen=127.0.0.1:8080 127.0.0.1:8081", "listen" },
	};
	struct config *running = load_good(SITE_A SITE_B, NULL), *next;
	char *both[] = { "redis=unix:/elsewhere", "base_path=/x", "log_level=error", NULL };
	struct buf names = { 0 };

	(void)state;
	for (size_t i = 0; i < NITEMS(rows); i++) {
		char *copy = xstrdup(rows[i].set), *sets[] = { copy, NULL };

		next = load_good(SITE_A, sets);
		config_fixed_differences(running, next, &names);
		assert_true(str_eq(buf_view(&names), str_of(rows[i].expected)));
		config_free(next);
		free(copy);
	}
	next = load_good("", both);
	config_fixed_differences(running, next, &names);
	assert_true(str_eq(buf_view(&names), STR("base_path, redis")));
	config_keep_fixed(next, running);
	assert_string_equal(next->redis, "unix:/run/thongke/redis.sock");
	assert_string_equal(next->log_level, "error");
	config_fixed_differences(running, next, &names);
	assert_int_equal(names.n, 0);
	config_free(next);
	config_free(running);
	buf_fini(&names);
}

struct seen {
	unsigned daemon, site;
};

static void
see_option(void *arg, const struct config_option_text *o)
{
	struct seen *seen = arg;

	if (strcmp(o->section, "daemon") == 0) {
		assert_int_equal(seen->site, 0); /* [daemon] comes first */
		assert_non_null(o->fallback);
		seen->daemon++;
	} else {
		assert_string_equal(o->section, "site");
		seen->site++;
	}
	assert_true(o->name[0] != '\0');
	assert_true(o->allowed[0] != '\0');
	assert_true(strlen(o->help) > 10 && o->help[strlen(o->help) - 1] == '.');
	if (strcmp(o->name, "online_window") == 0) {
		assert_string_equal(o->allowed, "30s to 3600s");
		assert_string_equal(o->fallback, "300s");
		assert_true(o->reloadable);
	}
	if (strcmp(o->name, "hosts") == 0)
		assert_null(o->fallback);
	if (strcmp(o->name, "listen") == 0)
		assert_false(o->reloadable);
}

static void
no_row_of_the_table_is_empty(void **state)
{
	struct seen seen = { 0 };

	(void)state;
	config_each_option(see_option, &seen);
	assert_true(seen.daemon >= 16);
	assert_true(seen.site >= 5);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults),
		cmocka_unit_test(a_whole_file),
		cmocka_unit_test(indented_first_options),
		cmocka_unit_test(hosts_that_do_not_clash),
		cmocka_unit_test(hosts_with_other_letters),
		cmocka_unit_test(long_values_go_on_in_indented_lines),
		cmocka_unit_test(continuations_in_brackets),
		cmocka_unit_test(file_before_environment_before_set),
		cmocka_unit_test(sets_for_sites),
		cmocka_unit_test(what_is_printed_reads_back_alike),
		cmocka_unit_test(what_a_reload_may_not_change),
		cmocka_unit_test(no_row_of_the_table_is_empty),
	};

	return cmocka_run_group_tests(tests, make_file, remove_file);
}
