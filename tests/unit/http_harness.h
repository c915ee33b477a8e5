/* http_harness.h - a real server and its clients on one event loop, for
 * conn_test.c and server_test.c: no threads, no sleeps, the loop runs until
 * what is expected has happened. */
#ifndef TESTS_HTTP_HARNESS_H
#define TESTS_HTTP_HARNESS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "http/internal.h"

enum {
	REQUEST_TIMEOUT_MS = 300,
	IDLE_TIMEOUT_MS = 600,
	PATIENCE_MS = 10000,
	HELD_MAX = 8,
	BIG_BYTES = 8 << 20 /* more than two sockets hold */
};

/* The server under test, and what its handler saw:
 * /later is answered by answer_held(), /big with BIG_BYTES, all else at once
 * with its path. */
static struct {
	struct event_base *base;
	struct server *server;
	struct conn *held[HELD_MAX];
	size_t nheld;
	struct buf seen; /* the paths, a line each */
	sa_family_t family; /* of the last request's peer */
	bool in_handler, in_reply;
	unsigned drained;
} t;

struct client {
	int fd;
	struct buf got;
	bool eof, reset;
};

static inline void
handle(void *arg, struct conn *c, const struct request *r)
{
	static char big[BIG_BYTES];
	struct response answer = { .status = 200, .body = r->path };

	(void)arg;
	assert_false(t.in_handler);
	assert_false(t.in_reply);
	t.in_handler = true;
	buf_str(&t.seen, r->path);
	buf_putc(&t.seen, '\n');
	t.family = conn_peer(c)->sa_family;
	if (r->body.n > 0)
		answer.body = r->body;
	if (str_eq(r->path, STR("/big"))) {
		memset(big, 'b', sizeof(big));
		answer.body = (struct str){ big, sizeof(big) };
	}
	if (str_eq(r->path, STR("/later"))) {
		assert_true(t.nheld < HELD_MAX);
		t.held[t.nheld++] = c;
	} else {
		conn_reply(c, &answer);
	}
	t.in_handler = false;
}

static inline void
refuse(void *arg, int status, struct response *ret_response)
{
	(void)arg;
	assert_int_equal(ret_response->status, status);
	ret_response->body = STR("refused");
}

static inline void
answer_held(size_t i)
{
	const struct response answer = { .status = 200, .body = STR("late") };

	t.in_reply = true;
	conn_reply(t.held[i], &answer);
	t.in_reply = false;
}

static const struct server_settings usual_settings = {
	.rules = { .url_max = 100, .header_max = 1000, .body_max = 1000, .client_header = STR("X-Forwarded-For") },
	.request_timeout = REQUEST_TIMEOUT_MS,
	.idle_timeout = IDLE_TIMEOUT_MS,
};

static inline struct server *
start(const char *spec)
{
	char *items[] = { (char *)spec };
	const struct config_list listen_on = { items, 1 };
	const struct server_options o = {
		.listen = &listen_on,
		.unix_mode = 0666,
		.settings = usual_settings,
		.handler = handle,
		.refuse = refuse,
	};

	return server_new(t.base, &o);
}

static inline int
set_up(void **state)
{
	(void)state;
	memset(&t, 0, sizeof(t));
	t.base = event_base_new();
	t.server = start("127.0.0.1:0");
	return t.base != NULL && t.server != NULL ? 0 : -1;
}

static inline int
tear_down(void **state)
{
	(void)state;
	server_free(t.server);
	buf_fini(&t.seen);
	event_base_free(t.base);
	return 0;
}

/* One round of the loop; the server's tick ends a round in which nothing
 * else happens. */
static inline void
step(int64_t started_us)
{
	if (clock_mono_us() - started_us > PATIENCE_MS * INT64_C(1000))
		fail_msg("still waiting after %d ms", PATIENCE_MS);
	assert_int_equal(event_base_loop(t.base, EVLOOP_ONCE), 0);
}

static inline void
wait_for_connections(size_t n)
{
	int64_t started = clock_mono_us();

	while (server_stats(t.server).connections != n)
		step(started);
}

static inline void
wait_for_held(size_t n)
{
	int64_t started = clock_mono_us();

	while (t.nheld != n)
		step(started);
}

static inline struct client
dial(void)
{
	struct client cl = { .fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0) };
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	const char *colon = strrchr(server_address(t.server, 0), ':');

	in.sin_port = htons((uint16_t)strtoul(colon + 1, NULL, 10));
	assert_true(cl.fd >= 0);
	assert_int_equal(connect(cl.fd, (struct sockaddr *)&in, sizeof(in)), 0);
	assert_int_equal(fcntl(cl.fd, F_SETFL, O_NONBLOCK), 0);
	return cl;
}

static inline void
hang_up(struct client *cl)
{
	close(cl->fd);
	buf_fini(&cl->got);
}

static inline void
say(struct client *cl, const char *text)
{
	assert_int_equal(send(cl->fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
}

/* A GET of that path, without more than is needed. */
static inline void
get(struct client *cl, const char *path)
{
	struct buf b = { 0 };

	buf_printf(&b, "GET %s HTTP/1.1\r\nHost: a\r\n\r\n", path);
	assert_int_equal(send(cl->fd, b.p, b.n, MSG_NOSIGNAL), b.n);
	buf_fini(&b);
}

/* Take what is there. */
static inline void
listen_to(struct client *cl)
{
	ssize_t n;

	while ((n = recv(cl->fd, buf_reserve(&cl->got, 65536), 65536, 0)) > 0)
		cl->got.n += (size_t)n;
	cl->eof |= n == 0;
	cl->reset |= n < 0 && errno != EAGAIN;
}

/* Wait for n bytes more from the server. */
static inline void
wait_for_bytes(struct client *cl, size_t n)
{
	int64_t started = clock_mono_us();

	for (listen_to(cl); cl->got.n < n; listen_to(cl)) {
		if (cl->eof || cl->reset)
			fail_msg("closed after «%.*s»", (int)cl->got.n, cl->got.p);
		step(started);
	}
}

static inline void
expect(struct client *cl, const char *text)
{
	size_t n = strlen(text);

	wait_for_bytes(cl, n);
	if (memcmp(cl->got.p, text, n) != 0)
		fail_msg("«%.*s» is not «%s»", (int)cl->got.n, cl->got.p, text);
	buf_drop(&cl->got, n);
}

/* 200, kept alive, with that body. */
static inline void
expect_ok(struct client *cl, const char *body)
{
	struct buf b = { 0 };

	buf_printf(&b, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n%s", strlen(body), body);
	buf_putc(&b, '\0');
	expect(cl, b.p);
	buf_fini(&b);
}

/* An orderly end, no further bytes, no reset. */
static inline void
expect_eof(struct client *cl)
{
	int64_t started = clock_mono_us();

	for (listen_to(cl); !cl->eof; listen_to(cl)) {
		assert_false(cl->reset);
		step(started);
	}
	if (cl->got.n > 0)
		fail_msg("«%.*s» before the end", (int)cl->got.n, cl->got.p);
}

static inline void
expect_refused(struct client *cl, const char *status_line)
{
	struct buf b = { 0 };

	buf_printf(&b, "HTTP/1.1 %s\r\nContent-Length: 7\r\nConnection: close\r\n\r\nrefused", status_line);
	buf_putc(&b, '\0');
	expect(cl, b.p);
	buf_fini(&b);
	expect_eof(cl);
}

#endif
