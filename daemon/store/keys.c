/* keys.c - prefix, site in braces, noun, and what tells one from the next. */
#include "store/keys.h"

#include "count/calendar.h"
#include "store/resp.h"

static const char before_site[] = "tk:{", behind_site[] = "}:";

/* Each key is one bulk string of a command. */

static size_t
open_key(struct buf *out, struct str site, const char *noun)
{
	size_t start = out->n;

	buf_puts(out, before_site);
	buf_str(out, site);
	buf_puts(out, behind_site);
	buf_puts(out, noun);
	return start;
}

void
key_counts(struct buf *out, struct str site)
{
	resp_frame(out, open_key(out, site, "counts"));
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

/* Of one day. */
static void
day_key(struct buf *out, struct str site, const char *noun, int32_t day)
{
	size_t start = open_key(out, site, noun);

	buf_int(out, day_number(day));
	resp_frame(out, start);
}

void
key_visitors(struct buf *out, struct str site, int32_t day)
{
	day_key(out, site, "visitors:", day);
}

void
key_details(struct buf *out, struct str site, int32_t day)
{
	day_key(out, site, "details:", day);
}

void
key_referrers(struct buf *out, struct str site, int32_t day)
{
	day_key(out, site, "referrers:", day);
}

void
key_day_pages(struct buf *out, struct str site, int32_t day)
{
	day_key(out, site, "pages:", day);
}

void
key_tallies(struct buf *out, struct str site, int32_t day)
{
	day_key(out, site, "tallies:", day);
}

void
key_repeats(struct buf *out, struct str site)
{
	resp_frame(out, open_key(out, site, "repeats"));
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
key_rewritten(struct buf *out, int32_t night)
{
	size_t start = out->n;

	buf_puts(out, "tk:rewritten:");
	buf_int(out, day_number(night));
	resp_frame(out, start);
}

void
key_schema(struct buf *out)
{
	resp_bulk(out, STR("tk:schema"));
}

/* Take what comes next off the front; -1 if it is something else. */
static int
skip(struct str *s, const char *what)
{
	struct str next = str_of(what);

	if (!str_starts(*s, next))
		return -1;
	*s = (struct str){ s->p + next.n, s->n - next.n };
	return 0;
}

void
keys_site_pattern(struct buf *out, struct str site)
{
	resp_frame(out, open_key(out, site, "*"));
}

enum key_kind
keys_kind(struct str key, struct str site)
{
	struct str rest = key;

	if (skip(&rest, before_site) != 0 || !str_starts(rest, site))
		return KEY_NONE;
	rest = (struct str){ rest.p + site.n, rest.n - site.n };
	if (skip(&rest, behind_site) != 0)
		return KEY_NONE;
	if (str_eq(rest, STR("counts")))
		return KEY_COUNTS;
	if (str_starts(rest, STR("writer:")))
		return KEY_MARKER;
	return str_starts(rest, STR("pages:")) ? KEY_DAY_PAGES : KEY_OTHER;
}
