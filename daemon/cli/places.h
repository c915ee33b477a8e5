/* places.h - what countries and languages are called in the languages of the
 * thongke program. */
#ifndef CLI_PLACES_H
#define CLI_PLACES_H

#include "base/str.h"
#include "cli/texts.h"

/* The name behind "VN" of ISO 3166-1, or XK, EU and AN, which databases have
 * too; behind "vi" of ISO 639-1.  Static; any other code is its own name. */
struct str place_country(enum language language, struct str code);
struct str place_language(enum language language, struct str code);

#endif
