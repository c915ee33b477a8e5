/* server.c - accepting connections, sweeping their time-outs, draining them. */
#include "http/server.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "http/internal.h"

enum {
	TICK_MS = 100, /* how exact time-outs are, and how long accepting is paused */
	LINGER_MS = 2000,
	LOG_PAUSE_MS = 5000, /* between two lines about accepting */
	ACCEPTS_PER_TURN = 64, /* before connections have theirs */
	READ_MIN = 4096,
	READ_MAX = 65536 /* bytes of one recv() */
};

static size_t
min_max(size_t n, size_t min, size_t max)
{
	if (n < min)
		return min;
	return n < max ? n : max;
}

/* Not to be had now: descriptors, memory.  The listeners would stay readable
 * and the loop would spin, so they are taken off it. */
static void
pause_accepting(struct server *s, const struct listener *l)
{
	int64_t now = clock_mono_us();

	if (now >= s->accept_log_us) {
		log_warn("%s: accepting paused with %zu connections open", l->address, s->nconns);
		s->accept_log_us = now + LOG_PAUSE_MS * INT64_C(1000);
	}
	for (size_t i = 0; i < s->nlisteners; i++)
		(void)event_del(&s->listeners[i].acceptable);
	s->accept_paused = true;
	s->accept_again_us = now + TICK_MS * INT64_C(1000);
}

static void
resume_accepting(struct server *s)
{
	s->accept_paused = false;
	for (size_t i = 0; i < s->nlisteners; i++) {
		if (event_add(&s->listeners[i].acceptable, NULL) != 0) {
			pause_accepting(s, &s->listeners[i]);
			return;
		}
	}
}

/* Errors of one connection that is already gone (accept(2) names the network
 * ones); all others concern us and pause the listener. */
static bool
is_of_one_client(int error)
{
	switch (error) {
	case EINTR:
	case ECONNABORTED:
	case EPERM: /* a firewall's verdict */
	case EPROTO:
	case ENOPROTOOPT:
	case ENETDOWN:
	case ENETUNREACH:
	case ENONET:
	case EHOSTDOWN:
	case EHOSTUNREACH:
	case EOPNOTSUPP:
		return true;
	default:
		return false;
	}
}

static void
on_acceptable(evutil_socket_t listening, short what, void *arg)
{
	struct listener *l = arg;
	struct server *s = l->server;

	(void)what;
	for (int i = 0; i < ACCEPTS_PER_TURN; i++) {
		union conn_address peer = { .sa.sa_family = l->path != NULL ? AF_UNIX : AF_INET };
		socklen_t n = sizeof(peer);
		int fd = accept4(listening, &peer.sa, &n, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd >= 0) {
			conn_open(s, fd, &peer);
		} else if (errno == EAGAIN || errno == EWOULDBLOCK) {
			return;
		} else if (!is_of_one_client(errno)) {
			pause_accepting(s, l);
			return;
		}
	}
}

/* The list is in the order of the deadlines, and to expire takes a conn off
 * its front. */
static void
sweep(struct conn_list *list, int64_t now)
{
	struct conn *c;

	while ((c = TAILQ_FIRST(&list->conns)) != NULL && c->deadline_us <= now)
		conn_expire(c);
}

static void
on_tick(evutil_socket_t fd, short what, void *arg)
{
	struct server *s = arg;
	int64_t now = clock_mono_us();

	(void)fd;
	(void)what;
	for (int state = 0; state < CONN_STATES; state++) {
		if (s->lists[state].timeout_us > 0)
			sweep(&s->lists[state], now);
	}
	if (s->accept_paused && now >= s->accept_again_us)
		resume_accepting(s);
}

static void
on_turn(evutil_socket_t fd, short what, void *arg)
{
	struct server *s = arg;
	struct conn_list *ready = &s->lists[CONN_READY];
	void (*on_drained)(void *) = s->on_drained;

	(void)fd;
	(void)what;
	/* As many as there are now: who comes back has its turn in the next round. */
	for (size_t n = ready->n; n > 0 && ready->n > 0; n--)
		conn_turn(TAILQ_FIRST(&ready->conns));
	if (s->nconns > 0 || on_drained == NULL)
		return;
	s->on_drained = NULL;
	on_drained(s->drained_arg); /* may free s */
}

void
server_wake(struct server *s)
{
	static const struct timeval at_once;

	/* A timer and not event_active(), which would run before the next look
	 * at the sockets and let a long pipeline starve them. */
	if (event_add(&s->turn, &at_once) != 0)
		fatalx("http: no timer to be had");
}

void
server_forget(struct server *s)
{
	s->nconns--;
	if (s->accept_paused)
		resume_accepting(s);
	if (s->draining && s->nconns == 0)
		server_wake(s);
}

static void
close_listeners(struct server *s)
{
	for (size_t i = 0; i < s->nlisteners; i++) {
		(void)event_del(&s->listeners[i].acceptable);
		listener_close(&s->listeners[i]);
	}
	s->nlisteners = 0;
	s->accept_paused = false;
}

static int
open_listeners(struct server *s, const struct config_list *specs)
{
	s->listeners = xcalloc(specs->n, sizeof(*s->listeners));
	for (size_t i = 0; i < specs->n; i++) {
		struct listener *l = &s->listeners[i];
		if (listener_open(l, specs->items[i]) != 0)
			return -1;
		s->nlisteners++;
		l->server = s;
		if (event_assign(&l->acceptable, s->base, l->fd, EV_READ | EV_PERSIST, on_acceptable, l) != 0 ||
		    event_add(&l->acceptable, NULL) != 0) {
			log_warnx("%s: cannot be watched", l->address);
			return -1;
		}
	}
	return 0;
}

static void
init_lists(struct server *s)
{
	const int64_t request_us = (int64_t)s->options.request_timeout * 1000;

	for (int state = 0; state < CONN_STATES; state++)
		TAILQ_INIT(&s->lists[state].conns);
	s->lists[CONN_IDLE].timeout_us = (int64_t)s->options.idle_timeout * 1000;
	s->lists[CONN_READING].timeout_us = request_us;
	s->lists[CONN_WRITING].timeout_us = request_us;
	s->lists[CONN_LINGERING].timeout_us = LINGER_MS * INT64_C(1000);
}

void
server_reload(struct server *s, struct str client_header)
{
	struct str *name = &s->options.rules.client_header;

	free((char *)name->p);
	*name = client_header;
	if (name->p != NULL)
		name->p = xstrndup(name->p, name->n);
}

struct server *
server_new(struct event_base *base, const struct server_options *o)
{
	static const struct timeval interval = { .tv_usec = TICK_MS * 1000L };
	struct server *s = xcalloc(1, sizeof(*s));

	s->base = base;
	s->options = *o;
	s->options.listen = NULL;
	s->options.rules.client_header = (struct str){ NULL, 0 };
	server_reload(s, o->rules.client_header);
	/* So that one recv() can hold the largest request, but no client's
	 * pipeline much more. */
	s->in_size = min_max(o->rules.header_max + o->rules.body_max, READ_MIN, READ_MAX);
	s->in = xmalloc(s->in_size);
	init_lists(s);
	if (event_assign(&s->tick, base, -1, EV_PERSIST, on_tick, s) != 0 ||
	    event_assign(&s->turn, base, -1, 0, on_turn, s) != 0 || event_add(&s->tick, &interval) != 0)
		fatalx("http: no timer to be had");
	if (open_listeners(s, o->listen) != 0) {
		server_free(s);
		return NULL;
	}
	return s;
}

void
server_drain(struct server *s, void (*on_drained)(void *arg), void *arg)
{
	struct conn *c;

	s->draining = true;
	s->on_drained = on_drained;
	s->drained_arg = arg;
	close_listeners(s);
	while ((c = TAILQ_FIRST(&s->lists[CONN_IDLE].conns)) != NULL)
		conn_abort(c);
	/* Never from within this call, even when nothing is left to wait for. */
	server_wake(s);
}

void
server_free(struct server *s)
{
	struct conn *c;

	if (s == NULL)
		return;
	close_listeners(s);
	for (int state = 0; state < CONN_STATES; state++) {
		while ((c = TAILQ_FIRST(&s->lists[state].conns)) != NULL)
			conn_abort(c);
	}
	(void)event_del(&s->tick);
	(void)event_del(&s->turn);
	buf_fini(&s->out);
	free((char *)s->options.rules.client_header.p);
	free(s->listeners);
	free(s->in);
	free(s);
}

const char *
server_address(const struct server *s, size_t i)
{
	return i < s->nlisteners ? s->listeners[i].address : NULL;
}

size_t
server_connections(const struct server *s)
{
	return s->nconns;
}
