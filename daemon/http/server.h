/* server.h - listening sockets and the connections they accept.  One server
 * has one handler; the public and the admin side are two servers on one
 * event loop. */
#ifndef HTTP_SERVER_H
#define HTTP_SERVER_H

#include <stddef.h>
#include <stdint.h>

#include "base/config.h"
#include "http/request.h"
#include "http/response.h"

struct event_base;
struct conn;
struct server;

/* Called once a request, from the loop.  r and all it points to end with the
 * call.  The handler calls conn_reply() exactly once: before it returns, or
 * at any later time, even when the client has gone meanwhile.  The next
 * request of the same connection is read after that.  It may neither drain
 * nor free its server. */
typedef void server_handler(void *arg, struct conn *c, const struct request *r);

/* The answer to a request that could not be read (400, 408, 413 …), in
 * *ret_response, which has the status already.  What it points to has to
 * outlive the call only. */
typedef void server_refuse(void *arg, int status, struct response *ret_response);

struct server_options {
	const struct config_list *listen;
	struct request_rules rules;
	uint64_t request_timeout, idle_timeout; /* ms, kept to within 100 ms; 0: none */
	server_handler *handler;
	server_refuse *refuse;
	void *arg;
};

/* Bind and listen on every address of o->listen: port 0 is a free port; a
 * unix socket left by a dead process is replaced, that of a live one is not.
 * o and what it points to are copied.  NULL when one address cannot be had,
 * the reason logged. */
struct server *server_new(struct event_base *base, const struct server_options *o);

/* The name of the client header (request_rules) from the next request on. */
void server_reload(struct server *s, struct str client_header);

/* Close the listeners, answer what is being answered, close each connection
 * after its current response.  When none is left, on_drained(arg), once. */
void server_drain(struct server *s, void (*on_drained)(void *arg), void *arg);

/* Closes at once what is still open; NULL is allowed.  Requests that are
 * being handled may still be answered, to nobody. */
void server_free(struct server *s);

/* "http://127.0.0.1:8080" or "unix:/path" of the i-th listener, with the real
 * port; NULL past the last, and for all once they are closed. */
const char *server_address(const struct server *s, size_t i);

size_t server_connections(const struct server *s);

#endif
