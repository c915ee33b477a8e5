/* conn.h - one client's connection: reads requests, one at a time, and writes
 * the response to each before it looks at the next. */
#ifndef HTTP_CONN_H
#define HTTP_CONN_H

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

#endif
