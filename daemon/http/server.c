/* server.c - accepting connections, sweeping their time-outs, draining them. */
#include "http/server.h"

#include <errno.h>
#include <poll.h>
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
	DISPLACE_TRIES = 16, /* idle connections that are looked at to find one to close */
	DISPLACE_AFTER_MS = 1000, /* of being idle, so that nobody is closed who is about to ask */
	DRAIN_MS = 2000, /* that a client has to send or take the rest when we stop */
	TOLD_MAX = 32, /* connections of one client over its cap that are told so at a time */
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

/* No room now, for the reason why.  The listeners would stay readable and the
 * loop would spin, so they are taken off it. */
static void
pause_accepting(struct server *s, const struct listener *l, const char *why)
{
	int64_t now = clock_mono_us();

	if (now >= s->accept_log_us) {
		log_warnx("%s: accepting paused with %zu connections open: %s", l->address, s->stats.connections, why);
		s->accept_log_us = now + LOG_PAUSE_MS * INT64_C(1000);
	}
	s->stats.pauses++;
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
			pause_accepting(s, &s->listeners[i], "it can not be watched");
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

/* The connection that can best be done without: the one that has been idle
 * longest.  Not one whose next request has arrived and is about to be read. */
static struct conn *
most_idle(struct server *s)
{
	struct conn_list *idle = &s->lists[CONN_IDLE];
	struct conn *c = TAILQ_FIRST(&idle->conns);
	int64_t latest_us = clock_mono_us() - DISPLACE_AFTER_MS * INT64_C(1000) + idle->timeout_us;

	for (int i = 0; i < DISPLACE_TRIES && c != NULL && c->deadline_us <= latest_us; i++) {
		if (!conn_has_input(c))
			return c;
		c = TAILQ_NEXT(c, entry);
	}
	return NULL;
}

static void
displace(struct server *s, struct conn *c)
{
	s->stats.displaced++;
	conn_abort(c);
}

static bool
is_full(const struct server *s)
{
	uint64_t max = s->options.settings.connections_max;

	return max > 0 && s->stats.connections >= max;
}

/* Serve it, if its client has not too many, in the place of victim if there
 * is one.  Of those over the cap a few are told so, which holds their
 * descriptors for a moment; a flood is just closed. */
static void
admit(struct server *s, struct accepted *a, struct conn *victim)
{
	struct server_options *o = &s->options;
	uint64_t cap = o->settings.connections_per_client, n = 0;

	if (cap > 0 && a->peer.sa.sa_family != AF_UNIX && (o->exempt == NULL || !o->exempt(o->arg, &a->peer.sa))) {
		a->client = clients_join(&s->clients, &a->peer.sa);
		n = client_connections(a->client);
	}
	if (n <= cap) {
		if (victim != NULL)
			displace(s, victim);
		conn_open(s, a);
		return;
	}
	s->stats.refused++;
	if (n <= cap + TOLD_MAX && victim == NULL) {
		conn_turn_away(s, a);
	} else {
		clients_leave(&s->clients, a->client);
		(void)close(a->fd);
	}
}

/* Linux looks for a free descriptor before it looks for a connection, and
 * says EMFILE though there is none. */
static bool
somebody_waits(const struct listener *l)
{
	struct pollfd p = { .fd = l->fd, .events = POLLIN };

	return poll(&p, 1, 0) != 0;
}

/* Accept one; false when there is no more to be had from l now. */
static bool
accept_one(struct server *s, const struct listener *l)
{
	struct accepted a = { .peer.sa.sa_family = l->family };
	socklen_t n = sizeof(a.peer);
	bool full = is_full(s);
	int failed;
	struct conn *victim = full ? most_idle(s) : NULL;

	if (full && victim == NULL) {
		pause_accepting(s, l, "that is connections_max, and none has been idle for long");
		return false;
	}
	a.fd = accept4(l->fd, &a.peer.sa, &n, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (a.fd >= 0) {
		admit(s, &a, victim);
		return true;
	}
	if (errno == EAGAIN || errno == EWOULDBLOCK)
		return false;
	if (is_of_one_client(errno))
		return true;
	/* Not to be had now: descriptors, memory. */
	failed = errno;
	if (!somebody_waits(l))
		return false;
	victim = failed == EMFILE ? most_idle(s) : NULL;
	if (victim == NULL) {
		pause_accepting(s, l, strerror(failed));
		return false;
	}
	displace(s, victim);
	return true;
}

static void
on_acceptable(evutil_socket_t listening, short what, void *arg)
{
	struct listener *l = arg;

	(void)listening;
	(void)what;
	for (int i = 0; i < ACCEPTS_PER_TURN; i++) {
		if (!accept_one(l->server, l))
			return;
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
	if (s->stats.connections > 0 || on_drained == NULL)
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
server_forget(struct server *s, struct client *client)
{
	s->stats.connections--;
	clients_leave(&s->clients, client);
	if (s->accept_paused)
		resume_accepting(s);
	if (s->draining && s->stats.connections == 0)
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

/* l is open. */
static int
watch_listener(struct server *s, struct listener *l)
{
	s->nlisteners++;
	l->server = s;
	if (event_assign(&l->acceptable, s->base, l->fd, EV_READ | EV_PERSIST, on_acceptable, l) == 0 &&
	    event_add(&l->acceptable, NULL) == 0)
		return 0;
	log_warnx("%s: cannot be watched", l->address);
	return -1;
}

static int
open_listeners(struct server *s, const struct server_options *o)
{
	s->listeners = xcalloc(o->listen->n, sizeof(*s->listeners));
	for (size_t i = 0; i < o->listen->n; i++) {
		struct listener *l = &s->listeners[i];
		if (listener_open(l, o->listen->items[i], o->unix_mode) != 0 || watch_listener(s, l) != 0)
			return -1;
	}
	return 0;
}

static int
adopt_listeners(struct server *s, const struct server_options *o)
{
	int result = 0;

	s->listeners = xcalloc(o->nsockets, sizeof(*s->listeners));
	for (size_t i = 0; i < o->nsockets; i++) {
		struct listener *l = &s->listeners[s->nlisteners];
		if (listener_adopt(l, o->sockets[i]) != 0 || watch_listener(s, l) != 0)
			result = -1; /* and yet the others are ours now */
	}
	return result;
}

/* Who is in the list already moves along, and so stays in order. */
static void
set_timeout(struct conn_list *list, int64_t timeout_us)
{
	for (struct conn *c = TAILQ_FIRST(&list->conns); c != NULL; c = TAILQ_NEXT(c, entry))
		c->deadline_us += timeout_us - list->timeout_us;
	list->timeout_us = timeout_us;
}

void
server_reload(struct server *s, const struct server_settings *settings)
{
	const int64_t request_us = (int64_t)settings->request_timeout * 1000;
	struct str *header = &s->options.settings.rules.client_header;

	free((char *)header->p);
	s->options.settings = *settings;
	if (header->p != NULL)
		header->p = xstrndup(header->p, header->n);
	/* So that one recv() can hold the largest request, but no client's
	 * pipeline much more. */
	s->in_size = min_max(settings->rules.header_max + settings->rules.body_max, READ_MIN, READ_MAX);
	s->in = xrealloc(s->in, s->in_size);
	set_timeout(&s->lists[CONN_IDLE], (int64_t)settings->idle_timeout * 1000);
	set_timeout(&s->lists[CONN_READING], request_us);
	set_timeout(&s->lists[CONN_WRITING], request_us);
}

struct server *
server_new(struct event_base *base, const struct server_options *o)
{
	static const struct timeval interval = { .tv_usec = TICK_MS * 1000L };
	struct server *s = xcalloc(1, sizeof(*s));

	s->base = base;
	s->options = *o;
	s->options.listen = NULL;
	s->options.sockets = NULL;
	s->options.settings = (struct server_settings){ 0 };
	clients_init(&s->clients);
	for (int state = 0; state < CONN_STATES; state++)
		TAILQ_INIT(&s->lists[state].conns);
	s->lists[CONN_LINGERING].timeout_us = LINGER_MS * INT64_C(1000);
	server_reload(s, &o->settings);
	if (event_assign(&s->tick, base, -1, EV_PERSIST, on_tick, s) != 0 ||
	    event_assign(&s->turn, base, -1, 0, on_turn, s) != 0 || event_add(&s->tick, &interval) != 0)
		fatalx("http: no timer to be had");
	if ((o->nsockets > 0 ? adopt_listeners(s, o) : open_listeners(s, o)) != 0) {
		server_free(s);
		return NULL;
	}
	return s;
}

static void
hurry(struct conn_list *list)
{
	if (list->timeout_us > DRAIN_MS * INT64_C(1000))
		set_timeout(list, DRAIN_MS * INT64_C(1000));
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
	hurry(&s->lists[CONN_READING]);
	hurry(&s->lists[CONN_WRITING]);
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
	clients_fini(&s->clients);
	free((char *)s->options.settings.rules.client_header.p);
	free(s->listeners);
	free(s->in);
	free(s);
}

const char *
server_address(const struct server *s, size_t i)
{
	return i < s->nlisteners ? s->listeners[i].address : NULL;
}

struct server_stats
server_stats(const struct server *s)
{
	return s->stats;
}
