/* site.h - the sites that are counted: who they are, which hosts may speak
 * for them, and what day it is there. */
#ifndef COUNT_SITE_H
#define COUNT_SITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/config.h"
#include "base/str.h"

struct zone;

struct site {
	struct str name; /* borrowed from config */
	const struct config_site *config; /* borrowed */
	struct zone *zone;
	uint32_t slot; /* a small number of its own, the same after a reload */
	int32_t day; /* that it is there from day_start_ms until day_end_ms */
	int64_t day_start_ms, day_end_ms;
};

struct sites;

/* One site for each that c declares; c must outlive them.  A site that
 * previous (or NULL) has too keeps its slot; new ones get fresh slots. */
struct sites *sites_new(const struct config *c, const struct sites *previous);
void sites_free(struct sites *s);

size_t sites_count(const struct sites *s);
struct site *sites_at(const struct sites *s, size_t i); /* sorted by name */
struct site *sites_find(const struct sites *s, struct str name); /* NULL if there is none */
uint32_t sites_slots(const struct sites *s); /* all slots are below it */

/* The local day of that moment; cheap for moments of the current day. */
int32_t site_day(struct site *s, int64_t at_ms);

/* Whether a page of that host ("www.x.vn:8080" is "x.vn") may count here. */
bool site_allows_host(const struct site *s, struct str host);

/* Without port, trailing dot and leading www.: "www.x.vn:8080" → "x.vn". */
struct str site_bare_host(struct str host);

/* Of what stands behind "//" in a URL: up to path, query or fragment. */
size_t site_host_length(struct str s);

/* "https://x.vn:8080/a" → "x.vn:8080"; absent if url is no http(s) URL. */
struct str site_host_of_url(struct str url);

#endif
