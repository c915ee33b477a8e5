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

/* Ones in each of the eight bytes at p that is not plain, the first lowest. */
typedef uint8_t bytes8 __attribute__((vector_size(8)));

static inline uint64_t
not_plain(const char *p)
{
	bytes8 b;

	memcpy(&b, p, sizeof(b));
	return le64toh((uint64_t)((b < ' ') | (b > '~') | (b == '%') | (b == '+')));
}

/* Copy what is plain at the front to where there is room for all; its length. */
static size_t
copy_plain(struct str from, char *to)
{
	size_t n = 0;

	for (; from.n - n >= sizeof(bytes8); n += sizeof(bytes8)) {
		uint64_t other = not_plain(from.p + n);

		memcpy(to + n, from.p + n, sizeof(bytes8));
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
