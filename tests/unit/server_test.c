/* server_test.c - addresses to listen on, draining, and running out of
 * descriptors. */
#include "http_harness.h"

#include <stdio.h>
#include <sys/resource.h>
#include <sys/un.h>

#include "base/mem.h"

/* A server of its own for the tests of addresses. */
static struct server *
start_at(const char *prefix, const char *address)
{
	struct buf spec = { 0 };
	struct server *s;

	buf_puts(&spec, prefix);
	buf_puts(&spec, address);
	buf_putc(&spec, '\0');
	s = start(spec.p);
	buf_fini(&spec);
	return s;
}

static void
test_port_0_is_a_free_port(void **state)
{
	struct server *second = start("127.0.0.1:0");

	(void)state;
	assert_non_null(second);
	assert_ptr_equal(strstr(server_address(second, 0), "http://127.0.0.1:"), server_address(second, 0));
	assert_string_not_equal(server_address(second, 0), "http://127.0.0.1:0");
	assert_string_not_equal(server_address(second, 0), server_address(t.server, 0));
	assert_null(server_address(second, 1));
	server_free(second);
}

static void
test_ipv6(void **state)
{
	struct server *six = start("[::1]:0");

	(void)state;
	if (six == NULL) /* a machine without IPv6 */
		skip();
	assert_ptr_equal(strstr(server_address(six, 0), "http://[::1]:"), server_address(six, 0));
	server_free(six);
}

static void
test_several_addresses(void **state)
{
	char *items[] = { "127.0.0.1:0", "localhost:0" };
	const struct config_list both = { items, NITEMS(items) };
	const struct server_options o = { .listen = &both, .handler = handle, .refuse = refuse };
	struct server *s = server_new(t.base, &o);

	(void)state;
	assert_non_null(s);
	assert_non_null(server_address(s, 1));
	assert_string_not_equal(server_address(s, 0), server_address(s, 1));
	server_free(s);
}

static void
test_addresses_that_cannot_be(void **state)
{
	static const char *const specs[] = { "", "127.0.0.1", ":80", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:http",
		"::1:80", "[::1]", "[]:80", "[::1:80", "192.0.2.1:0", "no.such.host.invalid:0",
		"unix:", "unix:relative", "unix:/no/such/folder/socket" };
	char too_long[200] = "unix:/";

	(void)state;
	for (size_t i = 0; i < NITEMS(specs); i++)
		assert_null(start(specs[i]));
	memset(too_long + strlen(too_long), 'x', sizeof(too_long) - strlen(too_long) - 1);
	assert_null(start(too_long));
	/* A port that is taken. */
	assert_null(start_at("", server_address(t.server, 0) + strlen("http://")));
}

/* A folder for sockets, and the path of one in it. */
static char folder[] = "/tmp/thongke-XXXXXX", path[sizeof(folder) + 8];

static int
set_up_folder(void **state)
{
	memcpy(folder + sizeof(folder) - 7, "XXXXXX", 6);
	if (mkdtemp(folder) == NULL)
		return -1;
	(void)snprintf(path, sizeof(path), "%s/socket", folder);
	return set_up(state);
}

static int
tear_down_folder(void **state)
{
	(void)unlink(path);
	return rmdir(folder) == 0 ? tear_down(state) : -1;
}

static int
unix_socket(int (*use)(int fd, const struct sockaddr *sa, socklen_t n))
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	memcpy(un.sun_path, path, strlen(path));
	assert_int_equal(use(fd, (struct sockaddr *)&un, sizeof(un)), 0);
	return fd;
}

static void
test_unix_socket(void **state)
{
	struct server *s = start_at("unix:", path);
	struct client cl;
	struct stat st;

	(void)state;
	assert_non_null(s);
	assert_ptr_equal(strstr(server_address(s, 0), "unix:/"), server_address(s, 0));
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0666);
	cl = (struct client){ .fd = unix_socket(connect) };
	assert_int_equal(fcntl(cl.fd, F_SETFL, O_NONBLOCK), 0);
	get(&cl, "/a");
	expect_ok(&cl, "/a");
	assert_int_equal(t.family, AF_UNIX);
	hang_up(&cl);
	server_free(s);
	assert_int_equal(access(path, F_OK), -1);
}

static void
test_stale_unix_socket_is_replaced(void **state)
{
	struct server *s;

	(void)state;
	close(unix_socket(bind)); /* bound by somebody who has died */
	assert_int_equal(access(path, F_OK), 0);
	s = start_at("unix:", path);
	assert_non_null(s);
	close(unix_socket(connect));
	server_free(s);
}

static void
test_live_unix_socket_is_left_alone(void **state)
{
	struct server *first = start_at("unix:", path);

	(void)state;
	assert_non_null(first);
	assert_null(start_at("unix:", path));
	close(unix_socket(connect));
	server_free(first);
}

static void
test_file_that_is_no_socket_is_left_alone(void **state)
{
	int fd = open(path, O_CREAT | O_WRONLY, 0600);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "data", 4), 4);
	close(fd);
	assert_null(start_at("unix:", path));
	assert_int_equal(access(path, F_OK), 0);
}

/* Whoever comes after us may put a socket of its own at the path before we
 * have ended; that one is not ours to remove. */
static void
test_socket_of_a_successor_is_left_alone(void **state)
{
	struct server *s = start_at("unix:", path);
	int successor;

	(void)state;
	assert_non_null(s);
	assert_int_equal(unlink(path), 0);
	successor = unix_socket(bind);
	server_free(s);
	assert_int_equal(access(path, F_OK), 0);
	close(successor);
}

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
	assert_int_equal(server_connections(t.server), 0);
	expect_ok(&cl, "/a");
	hang_up(&cl);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_port_0_is_a_free_port, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_ipv6, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_several_addresses, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_addresses_that_cannot_be, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_unix_socket, set_up_folder, tear_down_folder),
		cmocka_unit_test_setup_teardown(test_stale_unix_socket_is_replaced, set_up_folder, tear_down_folder),
		cmocka_unit_test_setup_teardown(test_live_unix_socket_is_left_alone, set_up_folder, tear_down_folder),
		cmocka_unit_test_setup_teardown(
		    test_file_that_is_no_socket_is_left_alone, set_up_folder, tear_down_folder),
		cmocka_unit_test_setup_teardown(
		    test_socket_of_a_successor_is_left_alone, set_up_folder, tear_down_folder),
		cmocka_unit_test_setup_teardown(test_drain, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_drain_of_nothing, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_answer_after_the_server_is_gone, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_out_of_descriptors, set_up, tear_down),
	};

	return cmocka_run_group_tests_name("server", tests, NULL, NULL);
}
