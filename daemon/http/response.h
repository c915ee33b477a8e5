/* response.h - one HTTP/1.1 response written to bytes.  Pure. */
#ifndef HTTP_RESPONSE_H
#define HTTP_RESPONSE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

struct response {
	int status;
	const char *type; /* Content-Type, or NULL for none */
	const char *headers; /* further whole lines, each ended by CRLF, or NULL */
	struct str body;
};

/* What depends on the connection and not on the answer. */
struct response_framing {
	bool close; /* say Connection: close */
	bool keep_alive; /* say Connection: keep-alive, as HTTP/1.0 needs to be told */
	bool head_only; /* to a HEAD: the length of the body, but not the body */
};

/* Append r to out: status line, Date-less head with Content-Length, body.
 * 204 and 304 have neither body nor length. */
void response_encode(struct buf *out, const struct response *r, struct response_framing framing);

/* "Not Found"; "Unknown" for a status that nobody here answers. */
const char *response_reason(int status);

#endif
