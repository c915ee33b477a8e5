/* pump_test.c - hiredis in the loop of libevent, with a server of some lines on a real socket. */
#include "store/pump.h"

#include <fcntl.h>
#include <hiredis/hiredis.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/mem.h"
#include "cases.h"

enum { PING_BYTES = 14 }; /* *1, $4, PING */

struct fixture {
	struct event_base *base;
	redisAsyncContext *redis; /* NULL when it is gone */
	char folder[32], path[64];
	int listener, server; /* sockets that do not block */
	int answers, ended_as; /* ended_as: -2 while it has not */
};

static struct fixture *only;

static void
on_end(const redisAsyncContext *redis, int status)
{
	(void)redis;
	only->ended_as = status;
	only->redis = NULL;
}

static void
on_answer(redisAsyncContext *redis, void *reply, void *arg)
{
	(void)redis;
	(void)arg;
	only->answers += reply != NULL;
}

static void
turn(struct fixture *f)
{
	assert_int_not_equal(event_base_loop(f->base, EVLOOP_ONCE | EVLOOP_NONBLOCK), -1);
}

static int
set_up(void **state)
{
	struct fixture *f = xcalloc(1, sizeof(*f));
	struct sockaddr_un at = { .sun_family = AF_UNIX };

	*state = only = f;
	f->ended_as = -2;
	(void)snprintf(f->folder, sizeof(f->folder), "/tmp/thongke-XXXXXX");
	assert_non_null(mkdtemp(f->folder));
	(void)snprintf(f->path, sizeof(f->path), "%s/socket", f->folder);
	(void)snprintf(at.sun_path, sizeof(at.sun_path), "%s", f->path);
	f->base = event_base_new();
	f->listener = socket(AF_UNIX, SOCK_STREAM, 0);
	assert_int_equal(bind(f->listener, (struct sockaddr *)&at, sizeof(at)), 0);
	assert_int_equal(listen(f->listener, 1), 0);
	f->redis = redisAsyncConnectUnix(f->path);
	assert_int_equal(f->redis->err, 0);
	assert_int_equal(pump_attach(f->redis, f->base), 0);
	assert_int_equal(redisAsyncSetDisconnectCallback(f->redis, on_end), REDIS_OK);
	f->server = accept(f->listener, NULL, NULL);
	assert_true(f->server >= 0);
	assert_int_equal(fcntl(f->server, F_SETFL, O_NONBLOCK), 0);
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;

	if (f->redis != NULL)
		redisAsyncFree(f->redis);
	event_base_free(f->base);
	(void)close(f->server);
	(void)close(f->listener);
	(void)unlink(f->path);
	(void)rmdir(f->folder);
	free(f);
	return 0;
}

static void
ping(struct fixture *f)
{
	assert_int_equal(redisAsyncCommand(f->redis, on_answer, NULL, "PING"), REDIS_OK);
}

/* How many bytes have come to the server by now. */
static size_t
arrived(const struct fixture *f)
{
	static char bytes[1 << 16];
	size_t total = 0;
	ssize_t n;

	while ((n = recv(f->server, bytes, sizeof(bytes), 0)) > 0)
		total += (size_t)n;
	return total;
}

/* A first command goes out when the connection is seen to be made. */
static void
connect_first(struct fixture *f)
{
	ping(f);
	for (int i = 0; i < 10 && arrived(f) < PING_BYTES; i++)
		turn(f);
	assert_int_equal(send(f->server, "+PONG\r\n", 7, 0), 7);
	turn(f);
	assert_int_equal(f->answers, 1);
}

struct later {
	struct fixture *fixture;
	int sent;
};

/* A callback of the loop, as a timer's or a client's. */
static void
send_two(evutil_socket_t fd, short what, void *arg)
{
	struct later *later = arg;

	(void)fd;
	(void)what;
	ping(later->fixture);
	ping(later->fixture);
	assert_int_equal(arrived(later->fixture), 0);
	later->sent++;
}

static void
what_a_turn_sends_goes_out_at_its_end(void **state)
{
	struct fixture *f = *state;
	struct later later = { f, 0 };
	struct timeval at_once = { 0, 0 };

	connect_first(f);
	assert_int_equal(event_base_once(f->base, -1, EV_TIMEOUT, send_two, &later, &at_once), 0);
	turn(f);
	assert_int_equal(later.sent, 1);
	assert_int_equal(arrived(f), 2 * PING_BYTES);
	turn(f);
	assert_int_equal(arrived(f), 0);
}

static void
what_has_no_room_goes_out_when_there_is(void **state)
{
	enum { BYTES = 1 << 23 };
	const size_t sent = strlen("*2\r\n$4\r\nECHO\r\n$8388608\r\n\r\n") + BYTES + PING_BYTES;
	struct fixture *f = *state;
	char *text = xcalloc(1, BYTES);
	size_t total = 0;

	connect_first(f);
	assert_int_equal(redisAsyncCommand(f->redis, on_answer, NULL, "ECHO %b", text, (size_t)BYTES), REDIS_OK);
	turn(f);
	turn(f);
	ping(f); /* behind it */
	for (int i = 0; i < 10000 && total < sent; i++) {
		total += arrived(f);
		turn(f);
	}
	assert_int_equal(total, sent);
	/* And then again at once. */
	ping(f);
	turn(f);
	assert_int_equal(arrived(f), PING_BYTES);
	free(text);
}

static void
answers_are_read_as_they_come(void **state)
{
	struct fixture *f = *state;

	connect_first(f);
	for (int i = 0; i < 3; i++) {
		ping(f);
		turn(f);
		assert_int_equal(send(f->server, "+PONG\r\n", 7, 0), 7);
		turn(f);
		assert_int_equal(f->answers, 2 + i);
	}
	turn(f);
	assert_int_equal(f->answers, 4);
}

static void
a_server_that_goes_is_told(void **state)
{
	struct fixture *f = *state;

	connect_first(f);
	ping(f);
	turn(f);
	assert_int_equal(close(f->server), 0);
	f->server = -1;
	for (int i = 0; i < 10 && f->redis != NULL; i++)
		turn(f);
	assert_int_equal(f->ended_as, REDIS_ERR);
	assert_int_equal(f->answers, 1);
}

/* As a link that is given up: what was to be written in this turn is not. */
static void
send_and_end(evutil_socket_t fd, short what, void *arg)
{
	struct fixture *f = arg;

	(void)fd;
	(void)what;
	ping(f);
	redisAsyncFree(f->redis);
}

static void
what_ends_in_a_turn_is_not_written(void **state)
{
	struct fixture *f = *state;
	struct timeval at_once = { 0, 0 };

	connect_first(f);
	assert_int_equal(event_base_once(f->base, -1, EV_TIMEOUT, send_and_end, f, &at_once), 0);
	turn(f);
	assert_null(f->redis);
	assert_int_equal(arrived(f), 0);
	turn(f);
}

static int
socket_to(const struct sockaddr_in *at)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

	assert_true(fd >= 0);
	(void)connect(fd, (const struct sockaddr *)at, sizeof(*at));
	return fd;
}

static void
on_connected(const redisAsyncContext *redis, int status)
{
	(void)redis;
	(void)status;
	only->answers++;
}

/* Of a server whose queue is full nobody hears. */
static void
what_is_not_connected_yet_is_not_written_to(void **state)
{
	struct fixture *f = *state;
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof(at);
	int listener = socket(AF_INET, SOCK_STREAM, 0), others[3];
	redisAsyncContext *redis;

	assert_int_equal(bind(listener, (struct sockaddr *)&at, sizeof(at)), 0);
	assert_int_equal(getsockname(listener, (struct sockaddr *)&at, &n), 0);
	assert_int_equal(listen(listener, 0), 0);
	for (size_t i = 0; i < 3; i++)
		others[i] = socket_to(&at);
	redis = redisAsyncConnect("127.0.0.1", ntohs(at.sin_port));
	assert_int_equal(redis->err, 0);
	assert_int_equal(pump_attach(redis, f->base), 0);
	assert_int_equal(redisAsyncSetConnectCallback(redis, on_connected), REDIS_OK);
	turn(f);
	turn(f);
	assert_int_equal(f->answers, 0);
	redisAsyncFree(redis);
	for (size_t i = 0; i < 3; i++)
		(void)close(others[i]);
	(void)close(listener);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_a_turn_sends_goes_out_at_its_end, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_has_no_room_goes_out_when_there_is, set_up, tear_down),
		cmocka_unit_test_setup_teardown(answers_are_read_as_they_come, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_server_that_goes_is_told, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_is_not_connected_yet_is_not_written_to, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_ends_in_a_turn_is_not_written, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
