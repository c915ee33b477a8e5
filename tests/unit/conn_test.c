/* conn_test.c - what one client can do to its connection. */
#include "http_harness.h"

static void
test_several_requests_on_one_connection(void **state)
{
	struct client cl = dial();

	(void)state;
	get(&cl, "/a");
	expect_ok(&cl, "/a");
	say(&cl, "\r\n");
	get(&cl, "/b");
	expect_ok(&cl, "/b");
	assert_int_equal(server_stats(t.server).connections, 1);
	assert_int_equal(t.family, AF_INET);
	hang_up(&cl);
	wait_for_connections(0);
}

static void
test_idle_connection_owns_no_buffers(void **state)
{
	struct client cl = dial();
	struct conn *c;

	(void)state;
	say(&cl, "GET /a HTTP/1.1\r\nHost: a\r\n\r\nGET /b HT");
	expect_ok(&cl, "/a");
	say(&cl, "TP/1.1\r\nHost: a\r\n\r\n");
	expect_ok(&cl, "/b");
	c = TAILQ_FIRST(&t.server->lists[CONN_IDLE].conns);
	assert_non_null(c);
	assert_null(c->in.p);
	assert_null(c->out.p);
	assert_true(sizeof(*c) < 640);
	hang_up(&cl);
}

static void
test_byte_by_byte(void **state)
{
	const char *request = "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello";
	struct client cl = dial();
	int64_t started = clock_mono_us();

	(void)state;
	wait_for_connections(1);
	for (size_t i = 0; request[i] != '\0'; i++) {
		assert_int_equal(send(cl.fd, request + i, 1, MSG_NOSIGNAL), 1);
		step(started);
	}
	expect_ok(&cl, "hello");
	hang_up(&cl);
}

static void
test_pipeline_is_answered_in_order(void **state)
{
	struct client cl = dial();

	(void)state;
	say(&cl, "GET /a HTTP/1.1\r\nHost: a\r\n\r\nGET /later HTTP/1.1\r\nHost: a\r\n\r\n"
		 "GET /c HTTP/1.1\r\nHost: a\r\n\r\nGET /d HTTP/1.1\r\nHost: a\r\n\r\n");
	expect_ok(&cl, "/a");
	wait_for_held(1);
	assert_true(str_eq(buf_view(&t.seen), STR("/a\n/later\n")));
	get(&cl, "/e");
	answer_held(0);
	expect_ok(&cl, "late");
	expect_ok(&cl, "/c");
	expect_ok(&cl, "/d");
	expect_ok(&cl, "/e");
	hang_up(&cl);
}

/* However many requests one client has sent ahead, others have their turn. */
static void
test_pipeline_does_not_starve_others(void **state)
{
	struct client greedy = dial(), modest = dial();
	struct buf ahead = { 0 };
	const char *turn;

	(void)state;
	wait_for_connections(2);
	for (int i = 0; i < 1000; i++)
		buf_puts(&ahead, "GET /greedy HTTP/1.1\r\nHost: a\r\n\r\n");
	assert_int_equal(send(greedy.fd, ahead.p, ahead.n, MSG_NOSIGNAL), ahead.n);
	get(&modest, "/modest");
	expect_ok(&modest, "/modest");
	turn = memmem(t.seen.p, t.seen.n, "/modest", strlen("/modest"));
	assert_non_null(turn);
	assert_in_range(turn - t.seen.p, 0, 50 * strlen("/greedy\n"));
	for (int i = 0; i < 1000; i++)
		expect_ok(&greedy, "/greedy");
	buf_fini(&ahead);
	hang_up(&greedy);
	hang_up(&modest);
}

static void
test_client_gone_before_its_answer(void **state)
{
	struct client cl = dial(), other = dial();

	(void)state;
	get(&cl, "/later");
	wait_for_held(1);
	hang_up(&cl);
	get(&other, "/a");
	expect_ok(&other, "/a");
	assert_int_equal(server_stats(t.server).connections, 2);
	answer_held(0);
	wait_for_connections(1);
	hang_up(&other);
}

static void
test_half_closed_client_gets_its_answer(void **state)
{
	struct client cl = dial();

	(void)state;
	get(&cl, "/later");
	get(&cl, "/b");
	assert_int_equal(shutdown(cl.fd, SHUT_WR), 0);
	wait_for_held(1);
	answer_held(0);
	expect_ok(&cl, "late");
	expect_ok(&cl, "/b");
	expect_eof(&cl);
	wait_for_connections(0);
	hang_up(&cl);
}

/* A byte now and then does not put off the deadline. */
static void
test_slow_client_is_cut_off(void **state)
{
	struct client cl = dial();
	int64_t started = clock_mono_us(), sent = started, took_ms;

	(void)state;
	say(&cl, "GET / HTTP/1.1\r\nHost: a\r\nX: ");
	for (listen_to(&cl); cl.got.n == 0; listen_to(&cl)) {
		if (clock_mono_us() - sent > 20 * 1000) {
			say(&cl, "x");
			sent = clock_mono_us();
		}
		step(started);
	}
	took_ms = (clock_mono_us() - started) / 1000;
	assert_in_range(took_ms, REQUEST_TIMEOUT_MS - 10, 5 * REQUEST_TIMEOUT_MS);
	expect_refused(&cl, "408 Request Timeout");
	hang_up(&cl);
	wait_for_connections(0);
}

static void
test_idle_client_is_closed_silently(void **state)
{
	struct client fresh = dial(), served = dial();

	(void)state;
	get(&served, "/a");
	expect_ok(&served, "/a");
	expect_eof(&fresh);
	expect_eof(&served);
	wait_for_connections(0);
	hang_up(&fresh);
	hang_up(&served);
}

static void
test_continue_is_said_once(void **state)
{
	struct client cl = dial();

	(void)state;
	say(&cl, "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
	expect(&cl, "HTTP/1.1 100 Continue\r\n\r\n");
	say(&cl, "h");
	say(&cl, "i");
	expect_ok(&cl, "hi");
	say(&cl, "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\nho");
	expect_ok(&cl, "ho");
	hang_up(&cl);
}

static void
test_http10(void **state)
{
	struct client cl = dial();

	(void)state;
	say(&cl, "GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
	expect(&cl, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: keep-alive\r\n\r\n/a");
	say(&cl, "GET /b HTTP/1.0\r\n\r\n");
	expect(&cl, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n/b");
	expect_eof(&cl);
	wait_for_connections(0);
	hang_up(&cl);
}

/* What the client sent after its own "close" is not served. */
static void
test_client_asks_to_close(void **state)
{
	struct client cl = dial();

	(void)state;
	say(&cl, "GET /a HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\nGET /b HTTP/1.1\r\nHost: a\r\n\r\n");
	expect(&cl, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n/a");
	expect_eof(&cl);
	assert_true(str_eq(buf_view(&t.seen), STR("/a\n")));
	hang_up(&cl);
	wait_for_connections(0);
}

static void
test_head_has_no_body(void **state)
{
	struct client cl = dial();

	(void)state;
	say(&cl, "HEAD /a HTTP/1.1\r\nHost: a\r\n\r\n");
	get(&cl, "/b");
	expect(&cl, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n");
	expect_ok(&cl, "/b");
	hang_up(&cl);
}

static void
test_bad_request_ends_the_connection(void **state)
{
	struct client cl = dial();

	(void)state;
	get(&cl, "/a");
	say(&cl, "GET /b HTTP/1.1\r\n\r\n");
	get(&cl, "/c");
	expect_ok(&cl, "/a");
	expect_refused(&cl, "400 Bad Request");
	assert_true(str_eq(buf_view(&t.seen), STR("/a\n")));
	hang_up(&cl);
	wait_for_connections(0);
}

/* The client is still sending when it is refused, and yet reads the answer
 * and no reset. */
static void
test_refused_upload_reads_its_answer(void **state)
{
	struct client cl = dial();
	int64_t started = clock_mono_us();
	static char piece[65536];

	(void)state;
	say(&cl, "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 500000\r\n\r\n");
	for (int i = 0; i < 8; i++) {
		ssize_t n = send(cl.fd, piece, sizeof(piece), MSG_NOSIGNAL);
		assert_true(n > 0 || errno == EAGAIN);
		step(started);
	}
	expect_refused(&cl, "413 Content Too Large");
	hang_up(&cl);
	wait_for_connections(0);
}

/* Throwing away has an end, however fast the client goes on. */
static void
test_endless_upload_is_cut_off(void **state)
{
	struct client cl = dial();
	int64_t started = clock_mono_us();
	static char piece[65536];
	size_t sent = 0;

	(void)state;
	say(&cl, "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 500000000\r\n\r\n");
	wait_for_connections(1);
	while (server_stats(t.server).connections > 0) {
		ssize_t n = send(cl.fd, piece, sizeof(piece), MSG_NOSIGNAL);
		sent += n > 0 ? (size_t)n : 0;
		step(started);
	}
	assert_in_range(sent, 0, 32 << 20); /* what sockets hold, and a little */
	hang_up(&cl);
}

static void
test_big_response_in_many_pieces(void **state)
{
	struct client cl = dial();

	(void)state;
	get(&cl, "/big");
	get(&cl, "/a");
	expect(&cl, "HTTP/1.1 200 OK\r\nContent-Length: 8388608\r\n\r\n");
	wait_for_bytes(&cl, BIG_BYTES);
	for (size_t i = 0; i < BIG_BYTES; i++) {
		if (cl.got.p[i] != 'b')
			fail_msg("byte %zu is wrong", i);
	}
	buf_drop(&cl.got, BIG_BYTES);
	expect_ok(&cl, "/a");
	hang_up(&cl);
}

static void
test_client_that_does_not_read_is_closed(void **state)
{
	struct client cl = dial();

	(void)state;
	wait_for_connections(1);
	get(&cl, "/big");
	wait_for_connections(0);
	hang_up(&cl);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_several_requests_on_one_connection, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_idle_connection_owns_no_buffers, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_byte_by_byte, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_pipeline_is_answered_in_order, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_pipeline_does_not_starve_others, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_client_gone_before_its_answer, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_half_closed_client_gets_its_answer, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_slow_client_is_cut_off, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_idle_client_is_closed_silently, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_continue_is_said_once, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_http10, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_client_asks_to_close, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_head_has_no_body, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_bad_request_ends_the_connection, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_refused_upload_reads_its_answer, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_endless_upload_is_cut_off, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_big_response_in_many_pieces, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_client_that_does_not_read_is_closed, set_up, tear_down),
	};

	return cmocka_run_group_tests_name("conn", tests, NULL, NULL);
}
