/* utf8.h - UTF-8 as RFC 3629 has it: no overlong forms, no surrogates. */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

/* Bytes of the well-formed character at the front of s; 0 if there is none. */
size_t utf8_length(struct str s);

/* Whether all of s is UTF-8 without control characters (C0, DEL, C1), line
 * separators and such as turn the direction of writing. */
bool utf8_is_text(struct str s);

/* The longest front of s that is at most max bytes and ends with a whole
 * character and all its combining marks; s must be UTF-8. */
struct str utf8_cut(struct str s, size_t max);

/* Bring what b holds from there on, UTF-8 without NUL, to its composed form
 * (NFC), in which a + \u0301 is á; it may grow threefold.  Allocates nothing
 * for ASCII and for Vietnamese that is composed already.  -1, with b as it
 * was, for more than 30 marks on one letter. */
int utf8_compose(struct buf *b, size_t from) __attribute__((warn_unused_result));

/* Columns of a terminal that s takes: none for a combining mark, two for a
 * wide character, one for a byte that is no UTF-8. */
size_t utf8_columns(struct str s);

#endif
