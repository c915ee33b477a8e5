/* profile.h - what a day's details tell of a view but for its page and where
 * it came from.  Small, and equal bytes are equal profiles. */
#ifndef COUNT_PROFILE_H
#define COUNT_PROFILE_H

#include <stdint.h>

#include "base/str.h"

struct profile {
	char country[2]; /* of ISO 3166-1, in capitals; zero bytes: not known */
	char language[6]; /* as language_of() has it, zero bytes behind it; all zero: not known */
	uint8_t browser, system, device; /* enum browser, enum system, enum device */
	uint8_t zero[5];
};

/* What a detail is of.  Its letter stands before it in Redis: «c:VN». */
enum profile_part { PROFILE_COUNTRY, PROFILE_BROWSER, PROFILE_SYSTEM, PROFILE_DEVICE, PROFILE_LANGUAGE, PROFILE_PARTS };
char profile_letter(enum profile_part part);

/* Append the detail: «b:Chrome»; what is not known is «(unknown)». */
void profile_write(const struct profile *p, enum profile_part part, struct buf *out);

#endif
