/* str.h - strings that know their length.  A str borrows bytes that somebody
 * else owns; a buf owns bytes and grows.  Neither is NUL-terminated. */
#ifndef BASE_STR_H
#define BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

struct str {
	const char *p; /* borrowed; NULL means absent, which is not empty */
	size_t n;
};

#define STR(literal) ((struct str){ (literal), sizeof(literal) - 1 })

/* What is called many times a hit is inline. */

static inline struct str
str_of(const char *s)
{
	return (struct str){ s, s != NULL ? strlen(s) : 0 };
}

static inline bool
str_eq(struct str a, struct str b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

/* ASCII letters only. */
static inline bool
str_eq_nocase(struct str a, struct str b)
{
	return str_eq(a, b) || (a.n == b.n && strncasecmp(a.p, b.p, a.n) == 0);
}

static inline bool
str_starts(struct str s, struct str prefix)
{
	return s.n >= prefix.n && str_eq((struct str){ s.p, prefix.n }, prefix);
}

/* Below, above or 0, as memcmp() and strcmp() have it. */
static inline int
str_order(struct str a, struct str b)
{
	int order = memcmp(a.p, b.p, a.n < b.n ? a.n : b.n);

	return order != 0 ? order : (a.n > b.n) - (a.n < b.n);
}

/* Blanks and tabs off both ends. */
static inline struct str
str_trim(struct str s)
{
	const char *at = s.p, *end = s.p + s.n;

	while (at < end && (*at == ' ' || *at == '\t'))
		at++;
	while (at < end && (end[-1] == ' ' || end[-1] == '\t'))
		end--;
	return (struct str){ at, (size_t)(end - at) };
}

/* Cut the part before the first sep off *rest and return it; without a sep
 * the whole rest, leaving *rest absent. */
static inline struct str
str_cut(struct str *rest, char sep)
{
	struct str head = *rest;
	const char *at = rest->n > 0 ? memchr(rest->p, sep, rest->n) : NULL;

	if (at == NULL) {
		*rest = (struct str){ NULL, 0 };
		return head;
	}
	head.n = (size_t)(at - head.p);
	rest->p += head.n + 1;
	rest->n -= head.n + 1;
	return head;
}

/* Cut the first n bytes off *rest, which has as many, and return them. */
static inline struct str
str_take(struct str *rest, size_t n)
{
	struct str head = { rest->p, n };

	*rest = (struct str){ rest->p + n, rest->n - n };
	return head;
}

/* How many bytes must be put in, left out or changed to turn a into b;
 * SIZE_MAX when one of them is longer than DISTANCE_MAX. */
enum { DISTANCE_MAX = 48 };
size_t str_distance(struct str a, struct str b);

/* Decimal digits only, no sign, no blanks; -1 if not so or outside min..max,
 * *ret_value then untouched. */
int str_to_uint(struct str s, uint64_t min, uint64_t max, uint64_t *ret_value) __attribute__((warn_unused_result));

/* Hexadecimal digits only, 1 to 16 of them; -1 if not so. */
int str_to_hex64(struct str s, uint64_t *ret_value) __attribute__((warn_unused_result));

struct buf {
	char *p; /* owned */
	size_t n, cap;
};

void buf_fini(struct buf *b);
void buf_grow(struct buf *b, size_t n); /* so that there is room for n more bytes */

/* Keeps the memory. */
static inline void
buf_clear(struct buf *b)
{
	b->n = 0;
}

/* Room for n more bytes; the writer adds what it wrote to b->n. */
static inline char *
buf_reserve(struct buf *b, size_t n)
{
	if (b->cap - b->n < n)
		buf_grow(b, n);
	return b->p + b->n;
}

static inline void
buf_add(struct buf *b, const void *p, size_t n)
{
	if (n == 0)
		return;
	memcpy(buf_reserve(b, n), p, n);
	b->n += n;
}

static inline void
buf_str(struct buf *b, struct str s)
{
	buf_add(b, s.p, s.n);
}

static inline void
buf_puts(struct buf *b, const char *s)
{
	buf_add(b, s, strlen(s));
}

static inline void
buf_putc(struct buf *b, char c)
{
	*buf_reserve(b, 1) = c;
	b->n++;
}

void buf_int(struct buf *b, int64_t v); /* decimal */
size_t int_length(int64_t v); /* how many bytes that adds */
void buf_printf(struct buf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
void buf_drop(struct buf *b, size_t n); /* the first n bytes */

/* A borrowed view of what is in b, good until b changes. */
static inline struct str
buf_view(const struct buf *b)
{
	return (struct str){ b->p, b->n };
}

#endif
