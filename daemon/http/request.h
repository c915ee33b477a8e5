/* request.h - one HTTP/1 request read from bytes, strictly.  Pure: no
 * sockets, no event loop, no allocation.  RFC 9112, and where it leaves a
 * choice, the stricter one: what two readers could frame differently is 400. */
#ifndef HTTP_REQUEST_H
#define HTTP_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

enum request_method { METHOD_GET, METHOD_HEAD, METHOD_POST, METHOD_OPTIONS, METHOD_OTHER };

/* The headers that anybody here asks for; all others are checked and passed
 * over.  HEADER_CLIENT is the one named by request_rules.client_header. */
enum request_header {
	HEADER_HOST,
	HEADER_CONTENT_LENGTH,
	HEADER_CONNECTION,
	HEADER_EXPECT,
	HEADER_ORIGIN,
	HEADER_REFERER,
	HEADER_USER_AGENT,
	HEADER_ACCEPT,
	HEADER_ACCEPT_ENCODING,
	HEADER_ACCEPT_LANGUAGE,
	HEADER_IF_NONE_MATCH,
	HEADER_SEC_GPC,
	HEADER_DNT,
	HEADER_SEC_PURPOSE,
	HEADER_PURPOSE,
	HEADER_X_PURPOSE,
	HEADER_X_MOZ,
	HEADER_CLIENT,
	HEADER_COUNT
};

struct request_rules {
	size_t url_max; /* bytes of the target; more is 414 */
	size_t header_max; /* bytes of request line and headers; more is 431 */
	size_t body_max; /* bytes of the body; more is 413 */
	struct str client_header; /* its name, or absent */
};

/* All strs point into the bytes that were parsed and live as long (but the
 * path "/" of a target that has none, like http://host, which lives on). */
struct request {
	enum request_method method;
	unsigned minor; /* HTTP/1.minor: 0 or 1 */
	struct str path; /* as sent, not decoded: "/tk/hit" */
	struct str query; /* without the ?; absent when there is none */
	struct str body;
	struct str header[HEADER_COUNT]; /* trimmed value; absent if not sent.  Without
					  * a Host that of an absolute target */
	bool keep_alive;
	bool wants_continue; /* Expect: 100-continue and the body not here yet */
	size_t length; /* bytes of the whole request, body included; 0 until known */
};

enum request_result {
	REQUEST_DONE, /* *ret_request is whole; r.length bytes were used */
	REQUEST_MORE, /* so far so good; only wants_continue and length are meaningful */
	REQUEST_BAD /* *ret_status says which 4xx or 5xx; answer it and close */
};

/* Parse the request at the front of bytes.  Deterministic in the bytes alone:
 * any prefix of a good request gives REQUEST_MORE, and a bad one is found out
 * at the latest when its head is whole; how the bytes were cut into reads
 * makes no difference.  A header sent twice is 400, but HEADER_CLIENT and the
 * lists ACCEPT* and CONNECTION, of which the last is kept; a close in any
 * Connection counts.  Takes time linear in bytes.n, and looks at no more than
 * header_max bytes of a head. */
enum request_result request_parse(
    struct str bytes, const struct request_rules *rules, struct request *ret_request, int *ret_status);

const char *request_method_name(enum request_method m);

#endif
