/* response.c - bytes in the order in which they are sent. */
#include "http/response.h"

#include "base/mem.h"

static const struct reason {
	int status;
	const char *words;
} reasons[] = {
	{ 200, "OK" },
	{ 204, "No Content" },
	{ 304, "Not Modified" },
	{ 400, "Bad Request" },
	{ 403, "Forbidden" },
	{ 404, "Not Found" },
	{ 405, "Method Not Allowed" },
	{ 406, "Not Acceptable" },
	{ 408, "Request Timeout" },
	{ 411, "Length Required" },
	{ 413, "Content Too Large" },
	{ 414, "URI Too Long" },
	{ 417, "Expectation Failed" },
	{ 429, "Too Many Requests" },
	{ 431, "Request Header Fields Too Large" },
	{ 500, "Internal Server Error" },
	{ 503, "Service Unavailable" },
	{ 505, "HTTP Version Not Supported" },
};

const char *
response_reason(int status)
{
	for (size_t i = 0; i < NITEMS(reasons); i++) {
		if (reasons[i].status == status)
			return reasons[i].words;
	}
	return "Unknown";
}

void
response_encode(struct buf *out, const struct response *r, struct response_framing framing)
{
	bool bodiless = r->status == 204 || r->status == 304;

	buf_puts(out, "HTTP/1.1 ");
	buf_int(out, r->status);
	buf_putc(out, ' ');
	buf_puts(out, response_reason(r->status));
	buf_puts(out, "\r\n");
	if (r->type != NULL) {
		buf_puts(out, "Content-Type: ");
		buf_puts(out, r->type);
		buf_puts(out, "\r\n");
	}
	if (!bodiless) {
		buf_puts(out, "Content-Length: ");
		buf_int(out, (int64_t)r->body.n);
		buf_puts(out, "\r\n");
	}
	if (r->headers != NULL)
		buf_puts(out, r->headers);
	if (framing.close)
		buf_puts(out, "Connection: close\r\n");
	else if (framing.keep_alive)
		buf_puts(out, "Connection: keep-alive\r\n");
	buf_puts(out, "\r\n");
	if (!bodiless && !framing.head_only)
		buf_str(out, r->body);
}
