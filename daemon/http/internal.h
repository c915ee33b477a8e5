/* internal.h - what server.c, conn.c and listener.c know of each other; for
 * nobody else.
 *
 * A server owns its connections.  Each is in the list of its state, and as a
 * state has one constant time-out, a list is ordered by deadline: one tick
 * that looks at the fronts serves all connections, without a timer each. */
#ifndef HTTP_INTERNAL_H
#define HTTP_INTERNAL_H

#include <netinet/in.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <event2/event.h>
#include <event2/event_struct.h>

#include "http/clients.h"
#include "http/conn.h"
#include "http/server.h"

enum conn_state { /* waits for … (time-out: what it does) */
	CONN_IDLE, /* the first byte of a request (idle_timeout: closed silently) */
	CONN_READING, /* its last byte (request_timeout since the first: 408) */
	CONN_READY, /* its turn to have a request served whose bytes are here */
	CONN_HANDLING, /* the handler's conn_reply(), however long it takes */
	CONN_WRITING, /* the client to take more (request_timeout since it last did: closed) */
	CONN_LINGERING, /* the client to close, having read the last answer (LINGER_MS: closed) */
	CONN_CLOSED, /* settle(), which frees it */
	CONN_STATES
};

union conn_address {
	struct sockaddr sa;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
};

/* Kept below 1 KiB together with what libevent keeps for it: an idle
 * connection owns no further memory. */
struct conn {
	struct server *server; /* NULL when it is gone and only the handler knows the conn */
	TAILQ_ENTRY(conn) entry; /* in server->lists[state] */
	enum conn_state state; /* changed by set_state() alone */
	int fd;
	int64_t deadline_us; /* on the monotonic clock, if the state has a time-out */
	struct event readable, writable;
	struct buf in; /* received, not served yet */
	struct buf out; /* answered, not taken by the kernel yet, from out_sent on */
	size_t out_sent;
	size_t need; /* bytes of the request being read, 0 while unknown */
	size_t drained; /* bytes thrown away while lingering */
	union conn_address peer;
	struct client *client; /* where it is counted, or NULL */
	bool paused; /* readable was taken off, as it fired when we may not read */
	bool serving; /* serve() is on the stack and will settle() */
	/* Of the request being answered: */
	struct conn_memo memo;
	bool http10;
	bool head_only;
	bool close; /* after this answer */
	bool linger; /* before closing, as the client may still be sending */
};

struct conn_list {
	TAILQ_HEAD(, conn) conns;
	size_t n;
	int64_t timeout_us; /* 0: none */
};

struct listener {
	struct server *server;
	struct event acceptable;
	int fd;
	sa_family_t family;
	char *address; /* owned; as server_address() gives it */
	char *path; /* owned; of a unix socket that we bound, else NULL */
	struct stat made; /* that socket */
};

struct server {
	struct event_base *base; /* borrowed */
	struct server_options options; /* listen and sockets are NULL; settings.rules.client_header is owned */
	struct listener *listeners;
	size_t nlisteners;
	struct conn_list lists[CONN_STATES];
	struct server_stats stats;
	struct clients clients; /* that are not exempt */
	struct event tick; /* periodic: time-outs, and accepting again */
	struct event turn; /* once, in the next round of the loop: CONN_READY, on_drained */
	char *in; /* what was just read from a socket, shared by all connections */
	size_t in_size;
	struct buf out; /* the response being written, likewise */
	bool accept_paused; /* until accept_again_us or until a connection closes */
	int64_t accept_again_us, accept_log_us; /* the latter: no such line in the log before */
	bool draining;
	void (*on_drained)(void *arg); /* NULL once called */
	void *drained_arg;
};

/* conn.c */

/* What was accepted: a connected, non-blocking socket. */
struct accepted {
	int fd;
	union conn_address peer;
	struct client *client; /* joined, or NULL */
};

/* Take it over, to serve it or to answer it 429. */
void conn_open(struct server *s, const struct accepted *a);
void conn_turn_away(struct server *s, const struct accepted *a);
/* Serve a conn of CONN_READY. */
void conn_turn(struct conn *c);
/* Its deadline has passed. */
void conn_expire(struct conn *c);
/* Close at once; what the handler has still to answer is freed by conn_reply(). */
void conn_abort(struct conn *c);
/* Is there anything to read from its socket? */
bool conn_has_input(const struct conn *c);

/* server.c */

/* Have turn fire in the next round of the loop. */
void server_wake(struct server *s);
/* A connection was closed, whose client was that one or NULL. */
void server_forget(struct server *s, struct client *client);

/* listener.c */

/* Bind and listen as spec says, or take over a socket that listens: -1 when
 * that cannot be, the reason logged and the socket closed.  Fills fd, family,
 * address, path and made. */
int listener_open(struct listener *l, const char *spec, mode_t unix_mode) __attribute__((warn_unused_result));
int listener_adopt(struct listener *l, int fd) __attribute__((warn_unused_result));
void listener_close(struct listener *l);

#endif
