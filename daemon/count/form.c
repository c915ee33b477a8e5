/* form.c - pairs split first, decoded afterwards, so that an encoded & or =
 * is text. */
#include "count/form.h"

#include "base/utf8.h"

bool
form_next(struct str *rest, struct str *ret_name, struct str *ret_value)
{
	while (rest->n > 0) {
		struct str value = str_cut(rest, '&');
		struct str name = str_cut(&value, '=');

		if (name.n == 0)
			continue;
		*ret_name = name;
		*ret_value = value;
		return true;
	}
	return false;
}

int
form_decode(struct str encoded, enum form_plus plus, struct buf *out)
{
	char *start = buf_reserve(out, encoded.n), *to = start;
	unsigned char seen = 0; /* the bits of all bytes */

	for (size_t i = 0; i < encoded.n; i++) {
		unsigned char c = (unsigned char)encoded.p[i];
		uint64_t byte;

		if (c == '%') {
			if (encoded.n - i < 3 || str_to_hex64((struct str){ encoded.p + i + 1, 2 }, &byte) != 0)
				return -1;
			c = (unsigned char)byte;
			i += 2;
		} else if (c == '+' && plus == FORM_PLUS_IS_BLANK) {
			c = ' ';
		}
		if (c < ' ' || c == 0x7f)
			return -1;
		seen |= c;
		*to++ = (char)c;
	}
	if (seen >= 0x80 && !utf8_is_text((struct str){ start, (size_t)(to - start) }))
		return -1;
	out->n += (size_t)(to - start);
	return 0;
}
