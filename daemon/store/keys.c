/* keys.c - prefix, site in braces, noun, and what tells one from the next. */
#include "store/keys.h"

#include "count/calendar.h"

static void
site_key(struct buf *out, struct str site, const char *noun)
{
	buf_puts(out, "tk:{");
	buf_str(out, site);
	buf_puts(out, "}:");
	buf_puts(out, noun);
}

void
key_totals(struct buf *out, struct str site)
{
	site_key(out, site, "totals");
}

void
key_days(struct buf *out, struct str site, int32_t year)
{
	site_key(out, site, "days:");
	buf_int(out, year);
}

void
key_pages(struct buf *out, struct str site)
{
	site_key(out, site, "pages");
}

void
key_online(struct buf *out, struct str site)
{
	site_key(out, site, "online");
}

void
key_ids(struct buf *out, struct str site, int64_t window)
{
	site_key(out, site, "ids:");
	buf_int(out, window);
}

void
key_marker(struct buf *out, struct str site, const char *writer)
{
	site_key(out, site, "writer:");
	buf_puts(out, writer);
}

void
key_day_key(struct buf *out, int32_t day)
{
	buf_puts(out, "tk:key:");
	buf_int(out, day_number(day));
}

void
key_schema(struct buf *out)
{
	buf_puts(out, "tk:schema");
}
