/* utf8.c - GLib decodes and composes; what needs neither is told by its first
 * bytes. */
#include "base/utf8.h"

#include <glib.h>

enum { MARKS_MAX = 30 }; /* on one letter: UAX #15's Stream-Safe Text Format */

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

/* C0, DEL and C1; U+2028 to U+202E and U+2066 to U+2069, which break lines or
 * turn the direction of all that follows. */
static bool
is_control(const unsigned char *p)
{
	if (p[0] < 0x80)
		return p[0] < 0x20 || p[0] == 0x7f;
	if (p[0] == 0xc2)
		return p[1] < 0xa0;
	if (p[0] == 0xe2 && p[1] == 0x80)
		return p[2] >= 0xa8 && p[2] <= 0xae;
	return p[0] == 0xe2 && p[1] == 0x81 && p[2] >= 0xa6 && p[2] <= 0xa9;
}

bool
utf8_is_text(struct str s)
{
	if (s.n > 0 && !g_utf8_validate_len(s.p, s.n, NULL))
		return false;
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if ((c < 0x80 || c >= 0xc2) && is_control((const unsigned char *)s.p + i))
			return false;
	}
	return true;
}

/* Where the character begins that has a byte at that place. */
static size_t
character_start(struct str s, size_t at)
{
	while (at > 0 && ((unsigned char)s.p[at] & 0xc0) == 0x80)
		at--;
	return at;
}

struct str
utf8_cut(struct str s, size_t max)
{
	size_t end, whole;

	if (s.n <= max)
		return s;
	end = whole = character_start(s, max);
	while (whole > 0 && g_unichar_ismark(g_utf8_get_char(s.p + whole)))
		whole = character_start(s, whole - 1);
	return (struct str){ s.p, whole > 0 ? whole : end };
}

/* Bytes of the character at p if it is one that neither composes
 * with another nor is composed differently: U+0080 to U+02FF and U+1E00 to
 * U+1EFF, which hold every letter of Vietnamese, and U+2010 to U+2027, dashes
 * and quotation marks.  Else 0. */
static size_t
composed_length(const unsigned char *p)
{
	if (p[0] < 0xcc)
		return p[0] < 0x80 ? 1 : 2;
	if (p[0] == 0xe1 && p[1] >= 0xb8 && p[1] <= 0xbb)
		return 3;
	if (p[0] == 0xe2 && p[1] == 0x80 && p[2] >= 0x90 && p[2] <= 0xa7)
		return 3;
	return 0;
}

/* About how many bytes at the front are ASCII: eight at a time. */
static size_t
ascii_front(struct str s)
{
	size_t n = 0;
	uint64_t eight;

	for (; s.n - n >= sizeof(eight); n += sizeof(eight)) {
		memcpy(&eight, s.p + n, sizeof(eight));
		if ((eight & 0x8080808080808080) != 0)
			break;
	}
	return n;
}

static bool
is_composed(struct str s)
{
	for (size_t i = ascii_front(s), n; i < s.n; i += n) {
		n = composed_length((const unsigned char *)s.p + i);
		if (n == 0)
			return false;
	}
	return true;
}

/* GLib sorts the marks on a letter in quadratic time. */
static bool
too_many_marks(struct str s)
{
	unsigned marks = 0;

	for (const char *p = s.p; p < s.p + s.n; p = g_utf8_next_char(p)) {
		marks = g_unichar_combining_class(g_utf8_get_char(p)) != 0 ? marks + 1 : 0;
		if (marks > MARKS_MAX)
			return true;
	}
	return false;
}

int
utf8_compose(struct buf *b, size_t from)
{
	struct str s = { b->p + from, b->n - from };
	char *composed;

	if (is_composed(s))
		return 0;
	if (too_many_marks(s))
		return -1;
	composed = g_utf8_normalize(s.p, (gssize)s.n, G_NORMALIZE_NFC);
	b->n = from;
	buf_puts(b, composed);
	g_free(composed);
	return 0;
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
