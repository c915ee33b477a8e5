/* daemon_test.c - where the daemon is asked, and what it says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "cli/daemon.h"

static void
where_a_listener_is_reached(void **state)
{
	static const struct {
		const char *listen, *url, *socket;
	} rows[] = {
		{ "127.0.0.1:9180", "http://127.0.0.1:9180/unresolved", NULL },
		{ "localhost:080", "http://localhost:080/unresolved", NULL },
		{ "[::1]:1", "http://[::1]:1/unresolved", NULL },
		{ "[::]:9180", "http://[::1]:9180/unresolved", NULL },
		{ "0.0.0.0:9180", "http://127.0.0.1:9180/unresolved", NULL },
		{ "unix:/run/a:0", "http://localhost/unresolved", "/run/a:0" },
	};
	struct buf url = { 0 };
	const char *socket;

	(void)state;
	for (size_t i = 0; i < NITEMS(rows); i++) {
		assert_int_equal(daemon_url(rows[i].listen, &url, &socket), 0);
		assert_string_equal(url.p, rows[i].url);
		assert_int_equal(socket == NULL, rows[i].socket == NULL);
		if (socket != NULL)
			assert_string_equal(socket, rows[i].socket);
	}
	assert_int_equal(daemon_url("127.0.0.1:0", &url, &socket), -1);
	assert_int_equal(daemon_url("[::1]:000", &url, &socket), -1);
	assert_int_equal(daemon_url("nowhere", &url, &socket), -1);
	buf_fini(&url);
}

static void
what_it_says(void **state)
{
	static const char *const bad[] = {
		"",
		"{}",
		"<html>",
		"[\"pending_hits\":1,\"unapplied_batches\":2,\"applied_batches\":3]",
		"{\"pending_hits\":1,\"unapplied_batches\":2}",
		"{\"pending_hits\":,\"unapplied_batches\":2,\"applied_batches\":3}",
		"{\"pending_hits\":-1,\"unapplied_batches\":2,\"applied_batches\":3}",
		"{\"pending_hits\":null,\"unapplied_batches\":2,\"applied_batches\":3}",
		"{\"pending_hits\":99999999999999999999,\"unapplied_batches\":2,\"applied_batches\":3}",
		"{\"pending_hits\":1,\"unapplied_batches\":2,\"applied_batches\":",
	};
	struct unresolved u = { 7, 7, 7 };

	(void)state;
	for (size_t i = 0; i < NITEMS(bad); i++)
		assert_int_equal(daemon_parse(str_of(bad[i]), &u), -1);
	assert_int_equal(daemon_parse((struct str){ NULL, 0 }, &u), -1);
	assert_int_equal(u.hits, 7);
	assert_int_equal(
	    daemon_parse(
		STR("{\"applied_batches\":18446744073709551615,\"pending_hits\":0,\"unapplied_batches\":12}"), &u),
	    0);
	assert_int_equal(u.hits, 0);
	assert_int_equal(u.batches, 12);
	assert_true(u.applied == UINT64_MAX);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(where_a_listener_is_reached),
		cmocka_unit_test(what_it_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
