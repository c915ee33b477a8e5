/* query.h - what a GET asks for: a site, pages of it, and how they are to look. */
#ifndef API_QUERY_H
#define API_QUERY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"
#include "count/hit.h"
#include "render/box.h"
#include "render/labels.h"

struct api;
struct site;

enum { QUERY_PAGES_MAX = 500 };

struct query {
	struct site *site;
	struct str pages[QUERY_PAGES_MAX]; /* as sent, decoded once; those after npages are not to be looked at */
	size_t npages;
	enum language language; /* that of the portals unless one is asked for that there is, as with the next */
	enum box_look look;
	bool counts; /* unless count=0: whoever asks is counted, where that is done */
};

/* Parse it; pages are borrowed from text and a->form.  Each parameter once,
 * but up to pages_max pages; others than these are passed over. */
enum refusal query_parse(struct api *a, struct str text, size_t pages_max, struct query *ret_query);

#endif
