/* utf8.h - UTF-8 as RFC 3629 has it: no overlong forms, no surrogates. */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

/* Bytes of the well-formed character at the front of s; 0 if there is none. */
size_t utf8_length(struct str s);

/* Whether all of s is UTF-8 without control characters (C0, DEL, C1). */
bool utf8_is_text(struct str s);

/* The longest front of s that is at most max bytes and ends with a whole
 * character; s must be UTF-8. */
struct str utf8_cut(struct str s, size_t max);

/* Columns of a terminal that s takes: none for a combining mark, two for a
 * wide character, one for a byte that is no UTF-8. */
size_t utf8_columns(struct str s);

#endif
