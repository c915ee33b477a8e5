/* labels.h - what the figures are called and what each means, in Vietnamese
 * and English: one table for the box as a page, as a picture and as the list
 * that the script shows. */
#ifndef RENDER_LABELS_H
#define RENDER_LABELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/config.h"
#include "base/str.h"
#include "count/figures.h"

enum language { ENGLISH, VIETNAMESE, LANGUAGES };

/* "en" or "vi"; -1 if it is neither. */
int language_parse(struct str name, enum language *ret_language) __attribute__((warn_unused_result));
const char *language_name(enum language language);

/* The figures, in the order in which they are shown. */
enum label { LABEL_ONLINE, LABEL_TODAY, LABEL_YESTERDAY, LABEL_WEEK, LABEL_MONTH, LABEL_YEAR, LABEL_TOTAL, LABELS };

const char *label_name(enum label label); /* as in JSON and data-thongke: "online" */
bool label_is_default(enum label label); /* whether a box has it unasked */
const char *label_text(enum language language, enum label label); /* "Đang online" */
int64_t label_figure(enum label label, const struct figures *figures);

/* Other words of the box. */
enum label_word {
	WORD_BOX, /* what the whole list is called */
	WORD_VIEWS, /* of a page */
	WORD_PAUSE,
	WORD_RESUME,
	WORDS
};
const char *label_word(enum language language, enum label_word word);

/* What the figures of a site are counted over. */
struct label_terms {
	int32_t today; /* the day there */
	enum config_week_start week_start;
	enum config_figure figure;
	uint64_t online_window; /* seconds */
};

/* Append what a figure means, with the first day of its period:
 * "Số lượt truy cập từ 23/11/2026". */
void label_title(struct buf *out, enum language language, enum label label, const struct label_terms *terms);

/* Append a figure as it is read: "1.234.567", "1,234,567" in English, «…» when it is not known. */
void label_number(struct buf *out, enum language language, int64_t figure);

#endif
