/* box.h - the figures for pages that run no script: as a page for a frame,
 * and as a picture.  Nothing that a request sent is written into either, and
 * no word of labels.h needs an escape there. */
#ifndef RENDER_BOX_H
#define RENDER_BOX_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"
#include "count/figures.h"
#include "render/labels.h"

/* Classes of box.css. */
enum box_look { LOOK_PLAIN, LOOK_PORTAL, LOOK_DIGITS, LOOKS };

/* "plain", "portal" or "digits"; -1 if it is none of them. */
int box_look_parse(struct str name, enum box_look *ret_look) __attribute__((warn_unused_result));

struct box {
	enum language language;
	enum box_look look; /* of the page */
	const struct label_terms *terms; /* of the page */
	const struct figures *figures; /* NULL: the views alone */
	bool has_views;
	int64_t views; /* of one page, or FIGURE_UNKNOWN */
};

/* The list that the script shows, with the views as a line below it; its style is box.css beside it. */
void box_html(struct buf *out, const struct box *b);

/* The same rows as SVG 1.1, dark on white, without style or script of its own. */
void box_svg(struct buf *out, const struct box *b);

#endif
