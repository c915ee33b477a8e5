/* keys.c - prefix, site in braces, noun, and what tells one from the next. */
#include "store/keys.h"

#include "count/calendar.h"
#include "store/resp.h"

/* Each key is one bulk string of a command. */

static size_t
open_key(struct buf *out, struct str site, const char *noun)
{
	size_t start = out->n;

	buf_puts(out, "tk:{");
	buf_str(out, site);
	buf_puts(out, "}:");
	buf_puts(out, noun);
	return start;
}

void
key_totals(struct buf *out, struct str site)
{
	resp_frame(out, open_key(out, site, "totals"));
}

void
key_days(struct buf *out, struct str site, int32_t year)
{
	size_t start = open_key(out, site, "days:");

	buf_int(out, year);
	resp_frame(out, start);
}

void
key_pages(struct buf *out, struct str site)
{
	resp_frame(out, open_key(out, site, "pages"));
}

void
key_online(struct buf *out, struct str site)
{
	resp_frame(out, open_key(out, site, "online"));
}

void
key_ids(struct buf *out, struct str site, int64_t window)
{
	size_t start = open_key(out, site, "ids:");

	buf_int(out, window);
	resp_frame(out, start);
}

void
key_marker(struct buf *out, struct str site, const char *writer)
{
	size_t start = open_key(out, site, "writer:");

	buf_puts(out, writer);
	resp_frame(out, start);
}

void
key_day_key(struct buf *out, int32_t day)
{
	size_t start = out->n;

	buf_puts(out, "tk:key:");
	buf_int(out, day_number(day));
	resp_frame(out, start);
}

void
key_schema(struct buf *out)
{
	resp_bulk(out, STR("tk:schema"));
}
