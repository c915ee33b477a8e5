/* systemd_test.c - the daemon as systemd starts it: this program hands it
 * listening sockets, hears what it says to NOTIFY_SOCKET and asks it over
 * those sockets.  There is no Redis, which it can do without. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"

enum { FIRST_FD = 3, SOCKETS_MAX = 3, PATIENCE_MS = 15000 };

static char program[4096]; /* thongked, which was built beside this */
static char folder[] = "/tmp/thongke-XXXXXX";

static struct {
	int notify; /* receives what the daemon says */
	int sockets[SOCKETS_MAX]; /* listen at «folder»/0, 1, 2 */
	long watchdog_us; /* 0: none */
	pid_t pid;
} t;

static struct sockaddr_un
at(const char *name)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };

	assert_true((size_t)snprintf(un.sun_path, sizeof(un.sun_path), "%s/%s", folder, name) < sizeof(un.sun_path));
	return un;
}

static int
bound_socket(int type, const char *name)
{
	struct sockaddr_un un = at(name);
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (const struct sockaddr *)&un, sizeof(un)), 0);
	return fd;
}

static void
remove_file(const char *name)
{
	struct sockaddr_un un = at(name);

	(void)unlink(un.sun_path);
}

static int
set_up(void **state)
{
	static const char *const names[SOCKETS_MAX] = { "0", "1", "2" };

	(void)state;
	memcpy(folder + sizeof(folder) - 7, "XXXXXX", 6);
	if (mkdtemp(folder) == NULL)
		return -1;
	t.pid = 0;
	t.watchdog_us = 0;
	t.notify = bound_socket(SOCK_DGRAM, "notify");
	for (size_t i = 0; i < SOCKETS_MAX; i++) {
		t.sockets[i] = bound_socket(SOCK_STREAM, names[i]);
		assert_int_equal(listen(t.sockets[i], 5), 0);
	}
	return 0;
}

static int
tear_down(void **state)
{
	static const char *const names[] = { "notify", "0", "1", "2", "admin" };

	(void)state;
	if (t.pid > 0) {
		(void)kill(t.pid, SIGKILL);
		(void)waitpid(t.pid, NULL, 0);
	}
	(void)close(t.notify);
	for (size_t i = 0; i < SOCKETS_MAX; i++)
		(void)close(t.sockets[i]);
	for (size_t i = 0; i < NITEMS(names); i++)
		remove_file(names[i]);
	return rmdir(folder);
}

static void
set_number(const char *name, long value)
{
	char text[32];

	(void)snprintf(text, sizeof(text), "%ld", value);
	(void)setenv(name, text, 1);
}

/* In the child, so nothing is asserted here. */
static void
become_daemon(int n, const char *names)
{
	struct sockaddr_un notify = at("notify"), admin = at("admin");
	char admin_listen[200];

	/* Out of the way of the numbers that they are to have. */
	for (int i = 0; i < n; i++)
		t.sockets[i] = fcntl(t.sockets[i], F_DUPFD, FIRST_FD + SOCKETS_MAX);
	for (int i = 0; i < n; i++)
		(void)dup2(t.sockets[i], FIRST_FD + i);
	(void)close_range(FIRST_FD + (unsigned)n, ~0U, 0);
	set_number("LISTEN_PID", getpid());
	set_number("LISTEN_FDS", n);
	if (names != NULL)
		(void)setenv("LISTEN_FDNAMES", names, 1);
	if (t.watchdog_us > 0) {
		set_number("WATCHDOG_PID", getpid());
		set_number("WATCHDOG_USEC", t.watchdog_us);
	}
	(void)setenv("NOTIFY_SOCKET", notify.sun_path, 1);
	(void)snprintf(admin_listen, sizeof(admin_listen), "admin_listen=unix:%s", admin.sun_path);
	(void)execl(program, program, "--set", "listen=192.0.2.1:1", "--set", admin_listen, "--set",
	    "redis=unix:/nonexistent/redis.sock", "--set", "spool_dir=", (char *)NULL);
	_exit(127);
}

/* Hand over the first n sockets, whose LISTEN_FDNAMES are these, or NULL. */
static void
start_daemon(int n, const char *names)
{
	t.pid = fork();
	assert_true(t.pid >= 0);
	if (t.pid == 0)
		become_daemon(n, names);
}

/* The next that the daemon says begins with text; only that it is alive it may
 * say before. */
static void
expect_said(const char *text)
{
	char said[1024];

	for (;;) {
		struct pollfd p = { .fd = t.notify, .events = POLLIN };
		ssize_t n;

		if (poll(&p, 1, PATIENCE_MS) != 1)
			fail_msg("the daemon never said «%s»", text);
		n = recv(t.notify, said, sizeof(said) - 1, 0);
		assert_true(n >= 0);
		said[n] = '\0';
		if (strncmp(said, text, strlen(text)) == 0)
			return;
		if (strcmp(said, "WATCHDOG=1") != 0)
			fail_msg("«%s» instead of «%s»", said, text);
	}
}

/* The first bytes of the answer to a GET of target at that socket. */
static void
expect_answer(const char *name, const char *target, const char *expected)
{
	struct sockaddr_un un = at(name);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	char text[512];
	size_t n = 0;
	ssize_t got;

	assert_true(fd >= 0);
	assert_int_equal(connect(fd, (const struct sockaddr *)&un, sizeof(un)), 0);
	(void)snprintf(text, sizeof(text), "GET %s HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", target);
	assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
	while (n < strlen(expected)) {
		struct pollfd p = { .fd = fd, .events = POLLIN };

		assert_int_equal(poll(&p, 1, PATIENCE_MS), 1);
		got = recv(fd, text + n, sizeof(text) - n, 0);
		assert_true(got > 0);
		n += (size_t)got;
	}
	assert_memory_equal(text, expected, strlen(expected));
	(void)close(fd);
}

static void
expect_end(int status)
{
	int ended;

	assert_int_equal(waitpid(t.pid, &ended, 0), t.pid);
	t.pid = 0;
	assert_true(WIFEXITED(ended));
	assert_int_equal(WEXITSTATUS(ended), status);
}

static void
test_life(void **state)
{
	(void)state;
	t.watchdog_us = 200 * 1000;
	start_daemon(1, "public");
	expect_said("READY=1");
	expect_said("WATCHDOG=1");
	assert_int_equal(kill(t.pid, SIGHUP), 0);
	expect_said("RELOADING=1\nMONOTONIC_USEC=");
	expect_said("READY=1");
	expect_said("WATCHDOG=1");
	assert_int_equal(kill(t.pid, SIGTERM), 0);
	expect_said("STOPPING=1");
	expect_end(0);
}

static void
test_public_socket(void **state)
{
	(void)state;
	start_daemon(1, "public");
	expect_said("READY=1");
	expect_answer("0", "/tk/thongke.js", "HTTP/1.1 200 OK\r\n");
	expect_answer("admin", "/livez", "HTTP/1.1 200 OK\r\n"); /* which it has made itself */
	assert_int_equal(kill(t.pid, SIGTERM), 0);
	expect_end(0);
}

static void
test_sockets_by_name(void **state)
{
	(void)state;
	start_daemon(3, "admin:public:public");
	expect_said("READY=1");
	expect_answer("0", "/livez", "HTTP/1.1 200 OK\r\n");
	expect_answer("1", "/tk/thongke.js", "HTTP/1.1 200 OK\r\n");
	expect_answer("2", "/tk/thongke.js", "HTTP/1.1 200 OK\r\n");
}

static void
test_sockets_by_order(void **state)
{
	(void)state;
	start_daemon(2, NULL);
	expect_said("READY=1");
	expect_answer("0", "/tk/thongke.js", "HTTP/1.1 200 OK\r\n");
	expect_answer("1", "/livez", "HTTP/1.1 200 OK\r\n");
}

static void
test_socket_without_a_place(void **state)
{
	(void)state;
	start_daemon(3, "a:b:c");
	expect_end(1);
}

/* Who comes while there is no daemon waits for the next one. */
static void
test_nobody_is_turned_away_by_a_restart(void **state)
{
	(void)state;
	start_daemon(1, "public");
	expect_said("READY=1");
	assert_int_equal(kill(t.pid, SIGTERM), 0);
	expect_said("STOPPING=1");
	expect_end(0);
	start_daemon(1, "public"); /* while the next line connects already */
	expect_answer("0", "/tk/thongke.js", "HTTP/1.1 200 OK\r\n");
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_life, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_public_socket, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_sockets_by_name, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_sockets_by_order, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_socket_without_a_place, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_nobody_is_turned_away_by_a_restart, set_up, tear_down),
	};

	(void)argc;
	(void)snprintf(program, sizeof(program), "%s/../thongked", dirname(argv[0]));
	return cmocka_run_group_tests_name("systemd", tests, NULL, NULL);
}
