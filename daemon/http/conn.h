/* conn.h - one client's connection: reads requests, one at a time, and writes
 * the response to each before it looks at the next. */
#ifndef HTTP_CONN_H
#define HTTP_CONN_H

#include <stdint.h>

#include "http/response.h"

struct conn;
struct sockaddr;

/* Answer the request that the handler was given; r is not kept.  Exactly
 * once a request, from the loop; c is not to be used after it.  To a client
 * that has left, or a server that is gone, it only frees.  Never calls the
 * handler: a next request of the same client comes in a later round. */
void conn_reply(struct conn *c, const struct response *r);

/* The socket's other end; AF_UNIX for a unix socket.  Borrowed from c. */
const struct sockaddr *conn_peer(const struct conn *c);

/* Goes with the request from the handler's call to conn_reply(). */
struct conn_memo {
	int64_t begun_us; /* monotonic: when the request was whole */
	uint32_t tag; /* the handler's, 0 at first */
};
struct conn_memo *conn_memo(struct conn *c);

#endif
