/* json.h - the JSON that this program writes. */
#ifndef RENDER_JSON_H
#define RENDER_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"
#include "count/figures.h"
#include "render/labels.h"

/* All that goes into a counts object of DESIGN section 3. */
struct json_counts {
	struct str site;
	const struct figures *figures;
	struct str figures_text; /* as json_figures() wrote them; absent: they are written anew */
	const struct page_views *pages; /* borrowed */
	size_t npages;
	bool several; /* pages were asked for: "pages":[…] */
	unsigned next; /* seconds to the next heartbeat; 0: not said */
	bool stale;
	struct str list; /* as json_list() wrote it; absent: none */
};

void json_counts(struct buf *out, const struct json_counts *c);

/* The part of a counts object that many answers have in common: "online":1,… */
void json_figures(struct buf *out, const struct figures *f);

/* What the script's list says beside the figures, {"label":…,"pause":…,
 * "resume":…,"rows":[[name,label,title],…]}; the label of a row that a box
 * does not have unasked is empty. */
void json_list(struct buf *out, enum language language, const struct label_terms *terms);

/* {"error":"unknown_site","message":"…"} */
void json_error(struct buf *out, const char *name, const char *message);

/* "text" quoted and escaped; bytes that are no UTF-8 become U+FFFD. */
void json_string(struct buf *out, struct str text);

#endif
