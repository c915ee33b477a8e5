/* listener_test.c - addresses to listen on, unix sockets, and sockets handed
 * over. */
#include "http_harness.h"

#include <stdio.h>
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

static struct server *
start_with(const int *sockets, size_t n)
{
	char *items[] = { "127.0.0.1:1" }; /* not to be used */
	const struct config_list listen_on = { items, NITEMS(items) };

	return server_new(t.base, &(struct server_options){
				      .listen = &listen_on,
				      .sockets = sockets,
				      .nsockets = n,
				      .settings = usual_settings,
				      .handler = handle,
				      .refuse = refuse,
				  });
}

static void
test_sockets_handed_over(void **state)
{
	int sockets[] = { socket(AF_INET, SOCK_STREAM, 0), unix_socket(bind) };
	struct client cl;

	(void)state;
	assert_int_equal(listen(sockets[0], 5), 0); /* at a port that the kernel chooses */
	assert_int_equal(listen(sockets[1], 5), 0);
	server_free(t.server);
	t.server = start_with(sockets, NITEMS(sockets));
	assert_non_null(t.server);
	assert_ptr_equal(strstr(server_address(t.server, 0), "http://0.0.0.0:"), server_address(t.server, 0));
	assert_memory_equal(server_address(t.server, 1), "unix:", 5);
	assert_string_equal(server_address(t.server, 1) + 5, path);
	cl = dial();
	get(&cl, "/a");
	expect_ok(&cl, "/a");
	hang_up(&cl);
	cl = (struct client){ .fd = unix_socket(connect) };
	assert_int_equal(fcntl(cl.fd, F_SETFL, O_NONBLOCK), 0);
	get(&cl, "/b");
	expect_ok(&cl, "/b");
	assert_int_equal(t.family, AF_UNIX);
	hang_up(&cl);
	server_free(t.server);
	t.server = NULL;
	assert_int_equal(access(path, F_OK), 0); /* whoever made it removes it */
}

static void
test_sockets_that_do_not_listen(void **state)
{
	const struct {
		int family, type;
	} cases[] = { { AF_INET, SOCK_STREAM }, { AF_INET, SOCK_DGRAM }, { AF_UNIX, SOCK_STREAM } };

	(void)state;
	for (size_t i = 0; i < NITEMS(cases); i++) {
		int fd = socket(cases[i].family, cases[i].type, 0);

		assert_true(fd >= 0);
		assert_null(start_with(&fd, 1));
		assert_int_equal(fcntl(fd, F_GETFD), -1);
	}
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
		cmocka_unit_test_setup_teardown(test_sockets_handed_over, set_up_folder, tear_down_folder),
		cmocka_unit_test_setup_teardown(test_sockets_that_do_not_listen, set_up, tear_down),
	};

	return cmocka_run_group_tests_name("listener", tests, NULL, NULL);
}
