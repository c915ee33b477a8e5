/* zone.c - on GLib's GTimeZone.  GLib also takes offsets and POSIX rules for
 * names, and would read "EST5EDT" as a rule although the database has a zone
 * of that name: so it is given the path of a file that we have looked at. */
#include "base/zone.h"

#include <glib.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* Invariant: at every moment of [from_ms, until_ms) the offset is this. */
struct zone {
	GTimeZone *glib;
	int64_t from_ms, until_ms;
	int32_t offset;
};

enum { DAY_S = 86400 };
static const int64_t FAR_S = (int64_t)1000 * 366 * DAY_S; /* no rule sleeps for 1,000 years */

/* Letters, digits and _+-/ alone cannot leave the directory.  Below right/
 * the clocks count leap seconds, which ours does not. */
static bool
name_is_clean(const char *name)
{
	for (const char *p = name; *p != '\0'; p++)
		if (!g_ascii_isalnum(*p) && strchr("_+-/", *p) == NULL)
			return false;
	return name[0] != '\0' && name[0] != '/' && strncmp(name, "right/", 6) != 0;
}

const char *
zone_directory(void)
{
	const char *tzdir = getenv("TZDIR");

	return tzdir != NULL && tzdir[0] == '/' ? tzdir : "/usr/share/zoneinfo";
}

/* The path of the zone's file, for the caller to free; NULL if there is none
 * or the file is something else, such as zone.tab. */
static char *
find_file(const char *name)
{
	char *path = g_build_filename(zone_directory(), name, NULL);
	char magic[4];
	FILE *f = fopen(path, "re");
	bool found = f != NULL && fread(magic, 1, sizeof(magic), f) == sizeof(magic) &&
		     memcmp(magic, "TZif", sizeof(magic)) == 0;

	if (f != NULL)
		(void)fclose(f);
	if (found)
		return path;
	g_free(path);
	return NULL;
}

struct zone *
zone_open(const char *name)
{
	char *path = name_is_clean(name) ? find_file(name) : NULL;
	GTimeZone *glib = NULL;
	struct zone *z;

	if (path != NULL)
		glib = g_time_zone_new_identifier(path);
	else if (strcmp(name, "UTC") == 0)
		glib = g_time_zone_new_utc();
	g_free(path);
	if (glib == NULL)
		return NULL;
	z = xcalloc(1, sizeof(*z));
	z->glib = glib;
	return z;
}

void
zone_close(struct zone *z)
{
	if (z == NULL)
		return;
	g_time_zone_unref(z->glib);
	free(z);
}

static gint
interval_at(const struct zone *z, int64_t at_s)
{
	return g_time_zone_find_interval(z->glib, G_TIME_TYPE_UNIVERSAL, at_s);
}

/* The first second after at_s that lies in another interval; GLib does not
 * tell, but numbers its intervals in order of time. */
static int64_t
next_transition(const struct zone *z, int64_t at_s, gint interval)
{
	int64_t same = at_s, step = DAY_S, other;

	for (;; step *= 2) {
		if (step > FAR_S)
			return INT64_MAX;
		if (interval_at(z, at_s + step) != interval)
			break;
		same = at_s + step;
	}
	other = at_s + step;
	while (other - same > 1) {
		int64_t middle = same + (other - same) / 2;
		if (interval_at(z, middle) == interval)
			same = middle;
		else
			other = middle;
	}
	return other;
}

int32_t
zone_offset(struct zone *z, int64_t at_ms, int64_t *ret_until_ms)
{
	if (at_ms < z->from_ms || at_ms >= z->until_ms) {
		int64_t at_s = at_ms / 1000 - (at_ms % 1000 < 0), until_s = at_s;
		gint interval = interval_at(z, at_s);

		z->offset = g_time_zone_get_offset(z->glib, interval);
		/* Many a transition changes no more than the zone's abbreviation. */
		do {
			until_s = next_transition(z, until_s, interval);
			interval = until_s != INT64_MAX ? interval_at(z, until_s) : interval;
		} while (until_s != INT64_MAX && g_time_zone_get_offset(z->glib, interval) == z->offset);
		z->from_ms = at_s * 1000;
		z->until_ms = until_s == INT64_MAX ? INT64_MAX : until_s * 1000;
	}
	if (ret_until_ms != NULL)
		*ret_until_ms = z->until_ms;
	return z->offset;
}
