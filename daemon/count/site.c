/* site.c - sites sorted by name, found by binary search. */
#include "count/site.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/zone.h"
#include "count/calendar.h"

struct sites {
	struct site *items; /* owned */
	size_t n;
	uint32_t slots;
};

static int
compare_sites(const void *a, const void *b)
{
	const struct site *left = a, *right = b;

	return str_order(left->name, right->name);
}

struct sites *
sites_new(const struct config *c, const struct sites *previous)
{
	struct sites *s = xcalloc(1, sizeof(*s));

	s->items = xcalloc(c->nsites, sizeof(*s->items));
	s->n = c->nsites;
	s->slots = previous != NULL ? previous->slots : 0;
	for (size_t i = 0; i < s->n; i++) {
		struct site *site = &s->items[i];
		const struct site *before;

		site->config = &c->sites[i];
		site->name = str_of(site->config->name);
		site->zone = zone_open(site->config->timezone);
		if (site->zone == NULL)
			fatalx("site %s: time zone %s was there when the configuration was read and is gone now",
			    site->config->name, site->config->timezone);
		before = previous != NULL ? sites_find(previous, site->name) : NULL;
		site->slot = before != NULL ? before->slot : s->slots++;
	}
	qsort(s->items, s->n, sizeof(*s->items), compare_sites);
	return s;
}

void
sites_free(struct sites *s)
{
	if (s == NULL)
		return;
	for (size_t i = 0; i < s->n; i++)
		zone_close(s->items[i].zone);
	free(s->items);
	free(s);
}

size_t
sites_count(const struct sites *s)
{
	return s->n;
}

struct site *
sites_at(const struct sites *s, size_t i)
{
	return &s->items[i];
}

struct site *
sites_find(const struct sites *s, struct str name)
{
	struct site wanted = { .name = name };

	return bsearch(&wanted, s->items, s->n, sizeof(*s->items), compare_sites);
}

uint32_t
sites_slots(const struct sites *s)
{
	return s->slots;
}

int32_t
site_day(struct site *s, int64_t at_ms)
{
	if (at_ms < s->day_start_ms || at_ms >= s->day_end_ms) {
		s->day = calendar_day(s->zone, at_ms);
		s->day_start_ms = calendar_day_start(s->zone, s->day);
		s->day_end_ms = calendar_day_start(s->zone, s->day + 1);
	}
	return s->day;
}

struct str
site_bare_host(struct str host)
{
	const char *colon;

	if (host.n > 0 && host.p[0] == '[') {
		const char *end = memchr(host.p, ']', host.n);
		if (end != NULL)
			host.n = (size_t)(end - host.p) + 1;
		return host;
	}
	colon = host.n > 0 ? memchr(host.p, ':', host.n) : NULL;
	if (colon != NULL)
		host.n = (size_t)(colon - host.p);
	if (host.n > 0 && host.p[host.n - 1] == '.')
		host.n--;
	if (host.n > 4 && host.p[3] == '.' && str_eq_nocase((struct str){ host.p, 3 }, STR("www"))) {
		host.p += 4;
		host.n -= 4;
	}
	return host;
}

/* "*.x.vn" stands for every name below x.vn, not for x.vn itself. */
static bool
host_matches(struct str pattern, struct str host)
{
	if (str_starts(pattern, STR("*."))) {
		struct str tail = { pattern.p + 1, pattern.n - 1 };
		return host.n > tail.n && str_eq_nocase((struct str){ host.p + host.n - tail.n, tail.n }, tail);
	}
	return pattern.n >= host.n && str_eq_nocase(site_bare_host(pattern), host);
}

bool
site_allows_host(const struct site *s, struct str host)
{
	host = site_bare_host(host);
	for (size_t i = 0; i < s->config->hosts.n; i++) {
		if (host_matches(str_of(s->config->hosts.items[i]), host))
			return true;
	}
	return false;
}

size_t
site_host_length(struct str s)
{
	for (const char *end = "/?#"; *end != '\0' && s.n > 0; end++) {
		const char *at = memchr(s.p, *end, s.n);

		if (at != NULL)
			s.n = (size_t)(at - s.p);
	}
	return s.n;
}

struct str
site_host_of_url(struct str url)
{
	static const struct str schemes[] = { { "https://", 8 }, { "http://", 7 } };

	for (size_t i = 0; i < NITEMS(schemes); i++) {
		struct str host = { url.p + schemes[i].n, url.n - schemes[i].n };

		if (url.n <= schemes[i].n || !str_eq_nocase((struct str){ url.p, schemes[i].n }, schemes[i]))
			continue;
		host.n = site_host_length(host);
		return host.n > 0 ? host : (struct str){ NULL, 0 };
	}
	return (struct str){ NULL, 0 };
}
