/* language.h - which language a browser asks for. */
#ifndef COUNT_LANGUAGE_H
#define COUNT_LANGUAGE_H

#include "base/str.h"

/* The language that an Accept-Language header (or absent) prefers most: its
 * code of ISO 639-1, such as "vi", or "other" for one that has none there;
 * absent when the header names none.  Of equal weights the first; what is
 * malformed, refused (q=0) or «*» is passed over.  The result is static, and
 * one of 185. */
struct str language_of(struct str accept_language);

#endif
