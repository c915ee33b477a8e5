/* form.c - decodes: what is plain eight bytes at a time. */
#include "count/form.h"

#include <endian.h>
#include <string.h>

#include "base/utf8.h"

/* What stands for itself: neither % nor +, a control character or beyond ASCII. */
static const bool is_plain[256] = {
	[' ' ... '$'] = true,
	['&' ... '*'] = true,
	[',' ... '~'] = true,
};

static uint64_t
each(unsigned char byte)
{
	return byte * 0x0101010101010101ULL;
}

/* The same of eight bytes: the upper bit of each that is not plain, and
 * perhaps of some that come after one. */
static uint64_t
not_plain(uint64_t bytes)
{
	uint64_t percent = bytes ^ each('%'), plus = bytes ^ each('+');

	return (((percent - each(1)) & ~percent) | ((plus - each(1)) & ~plus) | ((bytes - each(' ')) & ~bytes) |
		   (bytes + each(1)) | bytes) &
	       each(0x80);
}

/* Copy what is plain at the front to where there is room for all; its length. */
static size_t
copy_plain(struct str from, char *to)
{
	size_t n = 0;

	for (uint64_t bytes, other; from.n - n >= sizeof(bytes); n += sizeof(bytes)) {
		memcpy(&bytes, from.p + n, sizeof(bytes));
		memcpy(to + n, &bytes, sizeof(bytes));
		other = not_plain(le64toh(bytes));
		if (other != 0)
			return n + (size_t)__builtin_ctzll(other) / 8;
	}
	for (; n < from.n && is_plain[(unsigned char)from.p[n]]; n++)
		to[n] = from.p[n];
	return n;
}

int
form_decode(struct str encoded, enum form_plus plus, struct buf *out)
{
	char *start = buf_reserve(out, encoded.n), *to = start;
	const char *from = encoded.p, *end = from + encoded.n;
	bool is_ascii = true;

	for (;;) {
		size_t plain = copy_plain((struct str){ from, (size_t)(end - from) }, to);
		uint64_t c;

		to += plain;
		from += plain;
		if (from == end)
			break;
		c = (unsigned char)*from++;
		if (c == '%') {
			if (end - from < 2 || str_to_hex64((struct str){ from, 2 }, &c) != 0)
				return -1;
			from += 2;
		} else if (c == '+' && plus == FORM_PLUS_IS_BLANK) {
			c = ' ';
		}
		if (c < ' ' || c == 0x7f)
			return -1;
		is_ascii = is_ascii && c < 0x80;
		*to++ = (char)c;
	}
	if (!is_ascii && !utf8_is_text((struct str){ start, (size_t)(to - start) }))
		return -1;
	out->n += (size_t)(to - start);
	return 0;
}
