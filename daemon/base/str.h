/* str.h - strings that know their length.  A str borrows bytes that somebody
 * else owns; a buf owns bytes and grows.  Neither is NUL-terminated. */
#ifndef BASE_STR_H
#define BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct str {
	const char *p; /* borrowed; NULL means absent, which is not empty */
	size_t n;
};

#define STR(literal) ((struct str){ (literal), sizeof(literal) - 1 })

struct str str_of(const char *s);
bool str_eq(struct str a, struct str b);
bool str_eq_nocase(struct str a, struct str b); /* ASCII letters only */
bool str_starts(struct str s, struct str prefix);
struct str str_trim(struct str s); /* blanks and tabs off both ends */

/* Cut the part before the first sep off *rest and return it; without a sep
 * the whole rest, leaving *rest absent. */
struct str str_cut(struct str *rest, char sep);

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
void buf_clear(struct buf *b); /* keeps the memory */

/* Room for n more bytes; the writer adds what it wrote to b->n. */
char *buf_reserve(struct buf *b, size_t n);
void buf_add(struct buf *b, const void *p, size_t n);
void buf_str(struct buf *b, struct str s);
void buf_puts(struct buf *b, const char *s);
void buf_putc(struct buf *b, char c);
void buf_int(struct buf *b, int64_t v); /* decimal */
void buf_printf(struct buf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
void buf_drop(struct buf *b, size_t n); /* the first n bytes */

/* A borrowed view of what is in b, good until b changes. */
struct str buf_view(const struct buf *b);

#endif
