/* form.c - decodes: what is plain sixteen bytes at a time. */
#include "count/form.h"

#include <string.h>

#include "base/block.h"
#include "base/utf8.h"

/* Copy what stands for itself at the front: neither % nor +, a control
 * character or beyond ASCII; its length.  There is room for a block more. */
static size_t
copy_plain(struct str from, char *to)
{
	size_t n = 0, plain = BLOCK;

	while (n < from.n && plain == BLOCK) {
		block b = block_load(from.p + n, from.p + from.n);

		memcpy(to + n, &b, BLOCK);
		plain = block_first((block)((b < ' ') | (b > '~') | (b == '%') | (b == '+')));
		n += plain;
	}
	return n;
}

/* What it is worth; more than 0xf: it is none. */
static unsigned
hex_digit(char c)
{
	unsigned digit = (unsigned char)c - '0', letter = ((unsigned char)c | 0x20) - 'a';

	return digit < 10 ? digit : letter < 6 ? letter + 10 : 0x100;
}

int
form_decode(struct str encoded, enum form_plus plus, struct buf *out)
{
	char *start = buf_reserve(out, encoded.n + BLOCK), *to = start;
	const char *from = encoded.p, *end = from + encoded.n;
	bool is_ascii = true;

	for (;;) {
		size_t plain = copy_plain((struct str){ from, (size_t)(end - from) }, to);
		unsigned c;

		to += plain;
		from += plain;
		if (from == end)
			break;
		c = (unsigned char)*from++;
		if (c == '%') {
			if (end - from < 2 || (c = hex_digit(from[0]) << 4 | hex_digit(from[1])) > 0xff)
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

void
form_reserve(struct buf *out, struct str form)
{
	(void)buf_reserve(out, form.n + BLOCK);
}
