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
	size_t before = out->n;

	for (size_t i = 0; i < encoded.n; i++) {
		char c = encoded.p[i];
		uint64_t byte;

		if (c == '%') {
			if (encoded.n - i < 3 || str_to_hex64((struct str){ encoded.p + i + 1, 2 }, &byte) != 0)
				goto fail;
			c = (char)byte;
			i += 2;
		} else if (c == '+' && plus == FORM_PLUS_IS_BLANK) {
			c = ' ';
		}
		buf_putc(out, c);
	}
	if (!utf8_is_text((struct str){ out->p + before, out->n - before }))
		goto fail;
	return 0;
fail:
	out->n = before;
	return -1;
}
