/* utf8.c - GLib does the decoding. */
#include "base/utf8.h"

#include <glib.h>

size_t
utf8_length(struct str s)
{
	gunichar c;

	if (s.n == 0)
		return 0;
	if ((unsigned char)s.p[0] < 0x80)
		return 1;
	c = g_utf8_get_char_validated(s.p, (gssize)s.n);
	return c > 0x10ffff ? 0 : (size_t)g_unichar_to_utf8(c, NULL);
}

bool
utf8_is_text(struct str s)
{
	for (size_t i = 0, n; i < s.n; i += n) {
		unsigned char c = (unsigned char)s.p[i];

		n = utf8_length((struct str){ s.p + i, s.n - i });
		if (n == 0 || c < 0x20 || c == 0x7f || (c == 0xc2 && (unsigned char)s.p[i + 1] < 0xa0))
			return false;
	}
	return true;
}

struct str
utf8_cut(struct str s, size_t max)
{
	if (s.n <= max)
		return s;
	/* A continuation byte right behind the cut belongs to a character before it. */
	while (max > 0 && ((unsigned char)s.p[max] & 0xc0) == 0x80)
		max--;
	return (struct str){ s.p, max };
}

size_t
utf8_columns(struct str s)
{
	size_t columns = 0;

	for (size_t i = 0, n; i < s.n; i += n == 0 ? 1 : n) {
		gunichar c;

		n = utf8_length((struct str){ s.p + i, s.n - i });
		c = n > 0 ? g_utf8_get_char(s.p + i) : '?';
		if (!g_unichar_iszerowidth(c))
			columns += g_unichar_iswide(c) ? 2 : 1;
	}
	return columns;
}
