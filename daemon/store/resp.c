/* resp.c - "*2\r\n$3\r\nGET\r\n$9\r\ntk:schema\r\n" */
#include "store/resp.h"

#include <string.h>

enum { HEAD_MAX = 32 };

void
resp_array(struct buf *out, size_t nitems)
{
	buf_putc(out, '*');
	buf_int(out, (int64_t)nitems);
	buf_puts(out, "\r\n");
}

static void
begin_bulk(struct buf *out, size_t n)
{
	buf_putc(out, '$');
	buf_int(out, (int64_t)n);
	buf_puts(out, "\r\n");
}

void
resp_bulk(struct buf *out, struct str item)
{
	begin_bulk(out, item.n);
	buf_str(out, item);
	buf_puts(out, "\r\n");
}

void
resp_int(struct buf *out, int64_t item)
{
	begin_bulk(out, int_length(item));
	buf_int(out, item);
	buf_puts(out, "\r\n");
}

void
resp_frame(struct buf *out, size_t start)
{
	char head[HEAD_MAX];
	size_t length = out->n - start, n;

	begin_bulk(out, length); /* written behind it first */
	n = out->n - start - length;
	memcpy(head, out->p + start + length, n);
	memmove(out->p + start + n, out->p + start, length);
	memcpy(out->p + start, head, n);
	buf_puts(out, "\r\n");
}
