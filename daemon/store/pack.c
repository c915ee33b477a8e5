/* pack.c - see pack.h. */
#include "store/pack.h"

static int
write_packed(void *out, const char *bytes, size_t n)
{
	buf_add(out, bytes, n);
	return 0;
}

void
pack_into(msgpack_packer *to, struct buf *out)
{
	msgpack_packer_init(to, out, write_packed);
}

void
pack_text(msgpack_packer *to, struct str text)
{
	msgpack_pack_str(to, text.n);
	msgpack_pack_str_body(to, text.p, text.n);
}

void
pack_number(msgpack_packer *to, int64_t n)
{
	if (n >= 0 && n < 128) /* a positive fixint is itself */
		buf_putc(to->data, (char)n);
	else
		msgpack_pack_int64(to, n);
}

void
pack_bool(msgpack_packer *to, bool is)
{
	if (is)
		msgpack_pack_true(to);
	else
		msgpack_pack_false(to);
}
