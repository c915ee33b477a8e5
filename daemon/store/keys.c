/* keys.c - prefix, site in braces, noun, and what tells one from the next. */
#include "store/keys.h"

#include "count/calendar.h"
#include "store/resp.h"

enum { YEAR_MAX = 9999 };

static const char before_site[] = "tk:{", behind_site[] = "}:", days_noun[] = "days:";

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
key_totals(struct buf *out, struct str site)
{
	resp_frame(out, open_key(out, site, "totals"));
}

void
key_days(struct buf *out, struct str site, int32_t year)
{
	size_t start = open_key(out, site, days_noun);

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
key_visits(struct buf *out, struct str site, int32_t year)
{
	size_t start = open_key(out, site, "visits:");

	buf_int(out, year);
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

void
keys_days_pattern(struct buf *out)
{
	size_t start = open_key(out, STR("*"), days_noun);

	buf_putc(out, '*');
	resp_frame(out, start);
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

int
keys_days_parse(struct str key, struct str *ret_site, int32_t *ret_year)
{
	struct str rest = key, site;
	uint64_t year;

	if (skip(&rest, before_site) != 0)
		return -1;
	site = (struct str){ rest.p, 0 };
	while (site.n < rest.n && site.p[site.n] != behind_site[0])
		site.n++;
	rest = (struct str){ rest.p + site.n, rest.n - site.n };
	if (skip(&rest, behind_site) != 0 || skip(&rest, days_noun) != 0 || (rest.n > 1 && rest.p[0] == '0') ||
	    str_to_uint(rest, 0, YEAR_MAX, &year) != 0)
		return -1;
	*ret_site = site;
	*ret_year = (int32_t)year;
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
	if (str_eq(rest, STR("totals")))
		return KEY_TOTALS;
	if (str_starts(rest, STR("writer:")))
		return KEY_MARKER;
	return str_starts(rest, STR("pages:")) ? KEY_DAY_PAGES : KEY_OTHER;
}
