/* telling.h - how the figures are told: as JSON, as a page for a frame, as a
 * picture of them, or as one that shows nothing. */
#ifndef API_TELLING_H
#define API_TELLING_H

#include <stdbool.h>

#include "render/box.h"
#include "render/labels.h"

struct answer;
struct api;
struct query;
struct site;

enum telling_form { TELL_JSON, TELL_PAGE, TELL_BOX_PICTURE, TELL_VIEWS_PICTURE, TELL_PIXEL, TELL_FORMS };

struct telling {
	enum telling_form form;
	enum language language;
	enum box_look look; /* of the page */
	bool has_list; /* the box: in JSON its words, in a picture its rows; the page always has it */
	bool has_views; /* of the first page asked about: in the page, in a picture */
	bool several; /* JSON: pages were asked for */
	struct label_terms terms;
};

/* As a query wants it. */
struct telling telling_of(enum telling_form form, const struct query *q);

/* What the figures of that site are counted over on a day. */
struct label_terms terms_of(const struct api *a, const struct site *site, int32_t day);

/* Into a->body; NULL: nobody knows the figures. */
void telling_write(struct api *a, const struct telling *t, const struct answer *answer, bool stale);

/* What the answer has: its type, its headers without any on caching, and with
 * those of what may not be cached, all static. */
struct telling_head {
	const char *type;
	const char *headers, *no_store;
	const char *retry; /* NULL: the form can not say that nothing is known */
};
const struct telling_head *telling_head(enum telling_form form);

#endif
