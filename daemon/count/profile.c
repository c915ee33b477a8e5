/* profile.c - details by name, so that what is stored outlives the tables. */
#include "count/profile.h"

#include <string.h>

#include "count/browser.h"
#include "count/device.h"
#include "count/system.h"

static const char letters[] = "cbsdl";

_Static_assert(sizeof(letters) == PROFILE_PARTS + 1, "a letter each, in the order of the parts");

_Static_assert(sizeof(struct profile) == 16, "no padding, whose bytes might differ");

char
profile_letter(enum profile_part part)
{
	return letters[part];
}

static struct str
detail(const struct profile *p, enum profile_part part)
{
	switch (part) {
	case PROFILE_COUNTRY:
		return (struct str){ p->country, strnlen(p->country, sizeof(p->country)) };
	case PROFILE_BROWSER:
		return str_of(browser_name(p->browser));
	case PROFILE_SYSTEM:
		return str_of(system_name(p->system));
	case PROFILE_DEVICE:
		return str_of(device_name(p->device));
	case PROFILE_LANGUAGE:
	case PROFILE_PARTS:
		break;
	}
	return (struct str){ p->language, strnlen(p->language, sizeof(p->language)) };
}

void
profile_write(const struct profile *p, enum profile_part part, struct buf *out)
{
	struct str what = detail(p, part);

	buf_putc(out, profile_letter(part));
	buf_putc(out, ':');
	buf_str(out, what.n > 0 ? what : STR("(unknown)"));
}
