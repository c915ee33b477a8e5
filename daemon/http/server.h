/* server.h - listening sockets and the connections they accept.  One server
 * has one handler; the public and the admin side are two servers on one
 * event loop. */
#ifndef HTTP_SERVER_H
#define HTTP_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/config.h"
#include "http/request.h"
#include "http/response.h"

struct event_base;
struct conn;
struct server;
struct sockaddr;

/* Called once a request, from the loop.  r and all it points to end with the
 * call.  The handler calls conn_reply() exactly once: before it returns, or
 * at any later time, even when the client has gone meanwhile.  The next
 * request of the same connection is read after that.  It may neither drain
 * nor free its server. */
typedef void server_handler(void *arg, struct conn *c, const struct request *r);

/* The answer to a request that could not be read (400, 408, 413 …), or to a
 * connection too many of one client (429), in *ret_response, which has the
 * status already.  What it points to has to outlive the call only. */
typedef void server_refuse(void *arg, int status, struct response *ret_response);

/* Whether a peer may have any number of connections, as a proxy has in the
 * name of others.  Asked once a connection, never about a unix socket's peer. */
typedef bool server_exempt(void *arg, const struct sockaddr *peer);

/* What may change while the server runs. */
struct server_settings {
	struct request_rules rules;
	uint64_t request_timeout, idle_timeout; /* ms, kept to within 100 ms; 0: none, for good */
	uint64_t connections_max; /* at once, of all clients; 0: as many as there are descriptors */
	uint64_t connections_per_client; /* at once, of an IPv4 address or an IPv6 /64; 0: any number */
};

struct server_options {
	const struct config_list *listen;
	mode_t unix_mode; /* of the unix sockets that are made */
	const int *sockets; /* nsockets that listen already, to be used instead of listen */
	size_t nsockets;
	struct server_settings settings;
	server_handler *handler;
	server_refuse *refuse;
	server_exempt *exempt; /* NULL: nobody is */
	void *arg;
};

/* Bind and listen on every address of o->listen: port 0 is a free port; a
 * unix socket left by a dead process is replaced, that of a live one is not.
 * Or take over o->sockets, which are the server's from then on, come what may.
 * o and all else that it points to are copied.  NULL when one address cannot
 * be had, the reason logged. */
struct server *server_new(struct event_base *base, const struct server_options *o);

/* From the next request and the next connection on; deadlines that are
 * running move with their time-out.  *settings is copied. */
void server_reload(struct server *s, const struct server_settings *settings);

/* Close the listeners, answer what is being answered, close each connection
 * after its current response; a client has 2 s at most to send or take the
 * rest.  When none is left, on_drained(arg), once. */
void server_drain(struct server *s, void (*on_drained)(void *arg), void *arg);

/* Closes at once what is still open; NULL is allowed.  Requests that are
 * being handled may still be answered, to nobody. */
void server_free(struct server *s);

/* "http://127.0.0.1:8080" or "unix:/path" of the i-th listener, with the real
 * port; NULL past the last, and for all once they are closed. */
const char *server_address(const struct server *s, size_t i);

struct server_stats {
	size_t connections; /* open now */
	/* Since the start: */
	uint64_t refused; /* connections over connections_per_client */
	uint64_t displaced; /* idle ones closed to make room for new ones */
	uint64_t pauses; /* in accepting, as there was no room */
};
struct server_stats server_stats(const struct server *s);

#endif
