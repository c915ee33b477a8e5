/* server_test.c - draining, caps on connections, another configuration, and
 * running out of descriptors. */
#include "http_harness.h"

#include <sys/resource.h>

static void
note_drained(void *arg)
{
	assert_ptr_equal(arg, &t);
	t.drained++;
	server_free(t.server);
	t.server = NULL;
}

static void
wait_for_drained(void)
{
	int64_t started = clock_mono_us();

	while (t.drained == 0)
		step(started);
	assert_int_equal(t.drained, 1);
}

static void
test_drain(void **state)
{
	struct client idle = dial(), waiting = dial(), halfway = dial();

	(void)state;
	get(&idle, "/a");
	expect_ok(&idle, "/a");
	say(&halfway, "GET /b HTTP/1.1\r\n");
	get(&waiting, "/later");
	wait_for_held(1);
	server_drain(t.server, note_drained, &t);
	assert_null(server_address(t.server, 0));
	expect_eof(&idle);
	say(&halfway, "Host: a\r\n\r\n");
	expect(&halfway, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n/b");
	answer_held(0);
	expect(&waiting, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\nlate");
	expect_eof(&halfway);
	expect_eof(&waiting);
	assert_int_equal(t.drained, 0);
	hang_up(&idle);
	hang_up(&waiting);
	hang_up(&halfway);
	wait_for_drained();
}

/* Who dawdles does not hold up the end, whatever request_timeout allows. */
static void
test_drain_hurries(void **state)
{
	struct server_settings settings = usual_settings;
	struct client slow = dial();
	int64_t started = clock_mono_us();

	(void)state;
	settings.request_timeout = 100000;
	server_reload(t.server, &settings);
	say(&slow, "GET /b HTTP/1.1\r\n");
	while (t.server->lists[CONN_READING].n == 0)
		step(started);
	server_drain(t.server, note_drained, &t);
	expect_refused(&slow, "408 Request Timeout");
	hang_up(&slow);
	wait_for_drained();
	assert_in_range((clock_mono_us() - started) / 1000, 0, 4000);
}

static void
test_drain_of_nothing(void **state)
{
	(void)state;
	server_drain(t.server, note_drained, &t);
	assert_int_equal(t.drained, 0);
	wait_for_drained();
}

static void
test_answer_after_the_server_is_gone(void **state)
{
	struct client cl = dial();

	(void)state;
	get(&cl, "/later");
	wait_for_held(1);
	server_free(t.server);
	t.server = NULL;
	answer_held(0);
	for (listen_to(&cl); !cl.eof; listen_to(&cl))
		assert_false(cl.reset);
	hang_up(&cl);
}

/* Out of descriptors: the loop sleeps instead of spinning, and who waits is
 * served once there are some again. */
static void
test_out_of_descriptors(void **state)
{
	struct client cl = dial();
	struct rlimit usual, none;
	int64_t started = clock_mono_us();
	int rounds = 0;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &usual), 0);
	none = usual;
	none.rlim_cur = (rlim_t)cl.fd + 1;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	get(&cl, "/a");
	for (; clock_mono_us() - started < 500 * 1000; rounds++)
		step(started);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &usual), 0);
	assert_true(rounds < 50);
	assert_int_equal(server_stats(t.server).connections, 0);
	expect_ok(&cl, "/a");
	hang_up(&cl);
}

/* ---- caps ------------------------------------------------------------------ */

static bool is_exempt;

static bool
exempt(void *arg, const struct sockaddr *peer)
{
	(void)arg;
	assert_int_equal(peer->sa_family, AF_INET);
	return is_exempt;
}

/* The server under test with these caps, closing nobody for being idle alone. */
static void
cap(uint64_t max, uint64_t per_client)
{
	struct server_settings settings = usual_settings;

	settings.connections_max = max;
	settings.connections_per_client = per_client;
	settings.idle_timeout = 100000;
	server_reload(t.server, &settings);
	t.server->options.exempt = exempt;
	is_exempt = false;
}

static void
test_longest_idle_makes_room(void **state)
{
	struct client first, second, third;

	(void)state;
	cap(2, 0);
	first = dial();
	get(&first, "/a");
	expect_ok(&first, "/a");
	second = dial();
	get(&second, "/b");
	expect_ok(&second, "/b");
	get(&first, "/c"); /* which leaves the second the longest idle */
	expect_ok(&first, "/c");
	third = dial();
	get(&third, "/d");
	expect_ok(&third, "/d");
	expect_eof(&second);
	get(&first, "/e");
	expect_ok(&first, "/e");
	assert_int_equal(server_stats(t.server).connections, 2);
	assert_int_equal(server_stats(t.server).displaced, 1);
	hang_up(&first);
	hang_up(&second);
	hang_up(&third);
}

/* What is being answered is never closed for others: they wait, without the
 * loop spinning, and are served when there is room. */
static void
test_at_the_cap_new_ones_wait(void **state)
{
	struct client busy, waiting;
	int64_t started = clock_mono_us();
	int rounds = 0;

	(void)state;
	cap(1, 0);
	busy = dial();
	get(&busy, "/later");
	wait_for_held(1);
	waiting = dial();
	get(&waiting, "/a");
	for (; clock_mono_us() - started < 500 * 1000; rounds++)
		step(started);
	assert_true(rounds < 50);
	assert_int_equal(server_stats(t.server).connections, 1);
	assert_in_range(server_stats(t.server).pauses, 1, rounds);
	answer_held(0);
	expect_ok(&busy, "late");
	expect_ok(&waiting, "/a");
	hang_up(&busy);
	hang_up(&waiting);
}

static void
test_client_with_too_many_is_refused(void **state)
{
	struct client first, second, third, fourth;

	(void)state;
	cap(0, 2);
	first = dial();
	second = dial();
	wait_for_connections(2);
	third = dial();
	expect_refused(&third, "429 Too Many Requests");
	get(&first, "/a");
	expect_ok(&first, "/a");
	assert_int_equal(server_stats(t.server).refused, 1);
	hang_up(&third);
	hang_up(&second);
	wait_for_connections(1);
	fourth = dial();
	get(&fourth, "/d");
	expect_ok(&fourth, "/d");
	is_exempt = true;
	second = dial();
	third = dial();
	get(&third, "/e");
	expect_ok(&third, "/e");
	assert_int_equal(server_stats(t.server).refused, 1);
	hang_up(&first);
	hang_up(&second);
	hang_up(&third);
	hang_up(&fourth);
	wait_for_connections(0);
	assert_int_equal(t.server->clients.n, 0);
}

/* Being told costs a descriptor for a moment; a flood is not told. */
static void
test_flood_of_one_client_is_just_closed(void **state)
{
	enum { FLOOD = 100, TOLD = 32 };
	struct client flood[FLOOD];
	int64_t started = clock_mono_us();

	(void)state;
	cap(0, 1);
	for (int i = 0; i < FLOOD; i++)
		flood[i] = dial();
	while (server_stats(t.server).refused < FLOOD - 1)
		step(started);
	assert_int_equal(server_stats(t.server).connections, 1 + TOLD);
	expect_refused(&flood[TOLD], "429 Too Many Requests");
	expect_eof(&flood[TOLD + 1]);
	for (int i = 0; i < FLOOD; i++)
		hang_up(&flood[i]);
	wait_for_connections(0);
}

/* Nobody who is served loses its connection to one that is refused. */
static void
test_refused_client_displaces_nobody(void **state)
{
	struct client served, other;

	(void)state;
	cap(1, 1);
	served = dial();
	get(&served, "/a");
	expect_ok(&served, "/a");
	other = dial();
	expect_eof(&other);
	get(&served, "/b");
	expect_ok(&served, "/b");
	assert_int_equal(server_stats(t.server).displaced, 0);
	assert_int_equal(server_stats(t.server).refused, 1);
	hang_up(&served);
	hang_up(&other);
}

/* Deadlines that are running become the new ones. */
static void
test_reload_moves_deadlines(void **state)
{
	struct server_settings settings = usual_settings;
	struct client idle = dial(), slow = dial();
	int64_t started = clock_mono_us();

	(void)state;
	settings.idle_timeout = settings.request_timeout = 100000;
	server_reload(t.server, &settings);
	say(&slow, "GET / HTTP/1.1\r\n");
	wait_for_connections(2);
	while (t.server->lists[CONN_READING].n == 0)
		step(started);
	server_reload(t.server, &usual_settings);
	expect_refused(&slow, "408 Request Timeout");
	expect_eof(&idle);
	assert_in_range((clock_mono_us() - started) / 1000, REQUEST_TIMEOUT_MS - 10, 5 * IDLE_TIMEOUT_MS);
	hang_up(&idle);
	hang_up(&slow);
}

/* Out of descriptors an idle connection makes room too. */
static void
test_out_of_descriptors_the_idle_make_room(void **state)
{
	struct client idle = dial(), cl;
	struct rlimit usual, none;

	(void)state;
	cap(0, 0);
	get(&idle, "/a");
	expect_ok(&idle, "/a");
	cl = dial();
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &usual), 0);
	none = usual;
	none.rlim_cur = (rlim_t)cl.fd + 1;
	get(&cl, "/b");
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	expect_ok(&cl, "/b");
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &usual), 0);
	expect_eof(&idle);
	assert_int_equal(server_stats(t.server).displaced, 1);
	hang_up(&idle);
	hang_up(&cl);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_drain, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_drain_hurries, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_drain_of_nothing, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_answer_after_the_server_is_gone, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_out_of_descriptors, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_longest_idle_makes_room, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_at_the_cap_new_ones_wait, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_client_with_too_many_is_refused, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_flood_of_one_client_is_just_closed, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_refused_client_displaces_nobody, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_reload_moves_deadlines, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_out_of_descriptors_the_idle_make_room, set_up, tear_down),
	};

	return cmocka_run_group_tests_name("server", tests, NULL, NULL);
}
