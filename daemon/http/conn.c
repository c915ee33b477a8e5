/* conn.c - one connection's input and output on a non-blocking socket.
 *
 *	recv() -> server's read buffer -> request_parse() -> handler
 *	             | what is not served yet     |
 *	             +-> c->in                    v
 *	send() <- server's write buffer <---- conn_reply()
 *	             | what the kernel does not take
 *	             +-> c->out
 *
 * Every way in (an event, a turn, a time-out, conn_reply) ends in settle(),
 * the one place that frees a connection.  Nothing else does, so c is valid
 * for as long as one of these functions works on it.
 *
 * The readable event stays registered while a request is answered and is
 * only taken off when it fires: a client that waits for its answer costs no
 * system call for that. */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "http/internal.h"

enum {
	REQUESTS_PER_TURN = 16, /* of one client's pipeline before others have theirs */
	LINGER_BYTES = 1024 * 1024, /* thrown away before the client is cut off */
	OUT_KEEP = 256 * 1024 /* of the shared write buffer, after a larger response */
};

static void
leave_list(struct conn *c)
{
	struct conn_list *list = &c->server->lists[c->state];

	TAILQ_REMOVE(&list->conns, c, entry);
	list->n--;
}

static void
join_list(struct conn *c, enum conn_state state)
{
	struct conn_list *list = &c->server->lists[state];

	c->state = state;
	if (list->timeout_us > 0)
		c->deadline_us = clock_mono_us() + list->timeout_us;
	TAILQ_INSERT_TAIL(&list->conns, c, entry);
	list->n++;
}

static void
set_state(struct conn *c, enum conn_state state)
{
	leave_list(c);
	join_list(c, state);
}

static void
free_memory(struct conn *c)
{
	buf_fini(&c->in);
	buf_fini(&c->out);
	free(c);
}

/* Off the loop, off the lists, off the server. */
static void
detach(struct conn *c)
{
	struct server *s = c->server;

	(void)event_del(&c->readable);
	(void)event_del(&c->writable);
	(void)close(c->fd);
	leave_list(c);
	c->server = NULL;
	c->fd = -1;
	server_forget(s, c->client);
	c->client = NULL;
}

/* Make true what the state promises; the last thing that is done to c. */
static void
settle(struct conn *c)
{
	if (c->state == CONN_IDLE && c->in.n > 0) {
		set_state(c, CONN_READY);
		server_wake(c->server);
	}
	if (c->state == CONN_LINGERING)
		buf_fini(&c->in);
	if (c->paused && (c->state == CONN_IDLE || c->state == CONN_READING || c->state == CONN_LINGERING)) {
		c->paused = false;
		if (event_add(&c->readable, NULL) != 0)
			set_state(c, CONN_CLOSED);
	}
	if (c->state == CONN_CLOSED) {
		detach(c);
		free_memory(c);
	}
}

/* How many bytes the kernel took; -1 when the client cannot be reached. */
static ssize_t
transmit(struct conn *c, struct str bytes)
{
	ssize_t n;

	do
		n = send(c->fd, bytes.p, bytes.n, MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
		return 0;
	return n;
}

/* To close with bytes unread makes the kernel send a reset, which may destroy
 * the answer before the client has read it.  So we say that we are done and
 * throw away what still comes, for a while. */
static void
linger(struct conn *c)
{
	set_state(c, shutdown(c->fd, SHUT_WR) == 0 ? CONN_LINGERING : CONN_CLOSED);
}

/* The kernel has taken the whole answer. */
static void
finish_response(struct conn *c)
{
	buf_fini(&c->out);
	c->out_sent = 0;
	if (!c->close && !c->server->draining)
		set_state(c, CONN_IDLE);
	else if (c->linger || !c->close || c->paused)
		linger(c);
	else
		set_state(c, CONN_CLOSED);
}

/* The kernel would not take the rest of the answer now. */
static void
write_later(struct conn *c, struct str rest)
{
	buf_str(&c->out, rest);
	set_state(c, event_add(&c->writable, NULL) == 0 ? CONN_WRITING : CONN_CLOSED);
}

static void
respond(struct conn *c, const struct response *r)
{
	struct server *s = c->server;
	struct response_framing framing = { .head_only = c->head_only };
	ssize_t n;

	/* Whoever did not ask to close may be sending the next request. */
	if (s->draining && !c->close)
		c->close = c->linger = true;
	framing.close = c->close;
	framing.keep_alive = c->http10 && !c->close;
	buf_clear(&s->out);
	response_encode(&s->out, r, framing);
	n = transmit(c, buf_view(&s->out));
	if (n < 0)
		set_state(c, CONN_CLOSED);
	else if ((size_t)n == s->out.n)
		finish_response(c);
	else
		write_later(c, (struct str){ s->out.p + n, s->out.n - (size_t)n });
	if (s->out.cap > OUT_KEEP)
		buf_fini(&s->out);
}

/* Answer what cannot be read as a request, or not any more.  Nothing that
 * comes after it has a known beginning. */
static void
refuse(struct conn *c, int status)
{
	struct server_options *o = &c->server->options;
	struct response r = { .status = status };

	c->head_only = c->http10 = false;
	c->close = c->linger = true;
	o->refuse(o->arg, status, &r);
	respond(c, &r);
}

static void
dispatch(struct conn *c, const struct request *r, bool more_follows)
{
	struct server_options *o = &c->server->options;

	c->need = 0;
	c->http10 = r->minor == 0;
	c->head_only = r->method == METHOD_HEAD;
	c->close = !r->keep_alive;
	c->linger = more_follows;
	c->memo = (struct conn_memo){ .begun_us = clock_mono_us() };
	set_state(c, CONN_HANDLING);
	o->handler(o->arg, c, r);
}

/* The request is not whole.  Its deadline was set by its first byte and
 * further bytes do not move it. */
static void
await_rest(struct conn *c, const struct request *r)
{
	struct str go_on = STR("HTTP/1.1 100 Continue\r\n\r\n");

	c->need = r->length;
	if (c->state != CONN_READING)
		set_state(c, CONN_READING);
	/* True no more than once a request: any further byte is of the body. */
	if (!r->wants_continue)
		return;
	/* All earlier answers have been taken, so there is room for these few
	 * bytes; if not, this client is past helping. */
	if (transmit(c, go_on) != (ssize_t)go_on.n)
		set_state(c, CONN_CLOSED);
}

/* Serve the request at the front of bytes; returns its length, 0 when it is
 * not whole. */
static size_t
serve_first(struct conn *c, struct str bytes)
{
	struct request r;
	int status = 0;

	if (bytes.n < c->need)
		return 0;
	switch (request_parse(bytes, &c->server->options.settings.rules, &r, &status)) {
	case REQUEST_DONE:
		dispatch(c, &r, bytes.n > r.length);
		return r.length;
	case REQUEST_MORE:
		await_rest(c, &r);
		return 0;
	case REQUEST_BAD:
		refuse(c, status);
		break;
	}
	return bytes.n;
}

/* Keep what serve() did not use.  bytes are either c->in or not in it. */
static void
keep_rest(struct conn *c, struct str bytes, size_t used)
{
	if (bytes.p == c->in.p)
		buf_drop(&c->in, used);
	else
		buf_add(&c->in, bytes.p + used, bytes.n - used);
	if (c->in.n == 0)
		buf_fini(&c->in);
}

/* Serve the requests in bytes for as long as they are answered at once. */
static void
serve(struct conn *c, struct str bytes)
{
	size_t used = 0;

	c->serving = true;
	for (int i = 0; i < REQUESTS_PER_TURN && used < bytes.n; i++) {
		size_t n = serve_first(c, (struct str){ bytes.p + used, bytes.n - used });
		used += n;
		if (n == 0 || c->state != CONN_IDLE)
			break;
	}
	c->serving = false;
	keep_rest(c, bytes, used);
}

/* What recv() said, other than bytes. */
static void
receive_nothing(struct conn *c, ssize_t n)
{
	if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
		return;
	set_state(c, CONN_CLOSED);
}

static void
receive(struct conn *c)
{
	struct server *s = c->server;
	ssize_t n = recv(c->fd, s->in, s->in_size, 0);

	if (n <= 0) {
		receive_nothing(c, n);
	} else if (c->in.n == 0) {
		serve(c, (struct str){ s->in, (size_t)n });
	} else {
		buf_add(&c->in, s->in, (size_t)n);
		serve(c, buf_view(&c->in));
	}
}

static void
throw_away(struct conn *c)
{
	struct server *s = c->server;
	ssize_t n = recv(c->fd, s->in, s->in_size, 0);

	if (n <= 0)
		receive_nothing(c, n);
	else if ((c->drained += (size_t)n) > LINGER_BYTES)
		set_state(c, CONN_CLOSED);
}

static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct conn *c = arg;

	(void)fd;
	(void)what;
	if (c->state == CONN_IDLE || c->state == CONN_READING) {
		receive(c);
	} else if (c->state == CONN_LINGERING) {
		throw_away(c);
	} else {
		/* More requests, the end of them, or a client that has left:
		 * whichever, it is found out after the answer. */
		(void)event_del(&c->readable);
		c->paused = true;
	}
	settle(c);
}

static void
on_writable(evutil_socket_t fd, short what, void *arg)
{
	struct conn *c = arg;
	ssize_t n = transmit(c, (struct str){ c->out.p + c->out_sent, c->out.n - c->out_sent });

	(void)fd;
	(void)what;
	if (n < 0) {
		set_state(c, CONN_CLOSED);
	} else if ((c->out_sent += (size_t)n) == c->out.n) {
		(void)event_del(&c->writable);
		finish_response(c);
	} else if (n > 0) {
		set_state(c, CONN_WRITING); /* anew: its deadline moves on */
	}
	settle(c);
}

static struct conn *
new_conn(struct server *s, const struct accepted *a)
{
	struct conn *c = xcalloc(1, sizeof(*c));

	c->server = s;
	c->fd = a->fd;
	c->peer = a->peer;
	c->client = a->client;
	join_list(c, CONN_IDLE);
	s->stats.connections++;
	if (event_assign(&c->readable, s->base, c->fd, EV_READ | EV_PERSIST, on_readable, c) != 0 ||
	    event_assign(&c->writable, s->base, c->fd, EV_WRITE | EV_PERSIST, on_writable, c) != 0)
		fatalx("http: event_assign refuses a socket");
	if (event_add(&c->readable, NULL) != 0)
		set_state(c, CONN_CLOSED);
	return c;
}

void
conn_open(struct server *s, const struct accepted *a)
{
	settle(new_conn(s, a));
}

void
conn_turn_away(struct server *s, const struct accepted *a)
{
	struct conn *c = new_conn(s, a);

	if (c->state != CONN_CLOSED)
		refuse(c, 429);
	settle(c);
}

void
conn_turn(struct conn *c)
{
	set_state(c, CONN_IDLE);
	serve(c, buf_view(&c->in));
	settle(c);
}

void
conn_expire(struct conn *c)
{
	if (c->state == CONN_READING)
		refuse(c, 408);
	else
		set_state(c, CONN_CLOSED);
	settle(c);
}

void
conn_abort(struct conn *c)
{
	bool handling = c->state == CONN_HANDLING;

	detach(c);
	if (!handling)
		free_memory(c);
}

bool
conn_has_input(const struct conn *c)
{
	char byte;

	return recv(c->fd, &byte, sizeof(byte), MSG_PEEK) > 0;
}

void
conn_reply(struct conn *c, const struct response *r)
{
	if (c->server == NULL) {
		free_memory(c);
		return;
	}
	if (c->state != CONN_HANDLING)
		fatalx("http: a request was answered twice");
	respond(c, r);
	/* Within the handler serve() goes on, without recursion. */
	if (!c->serving)
		settle(c);
}

const struct sockaddr *
conn_peer(const struct conn *c)
{
	return &c->peer.sa;
}

struct conn_memo *
conn_memo(struct conn *c)
{
	return &c->memo;
}
