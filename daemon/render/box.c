/* box.c - rows of the table of labels, and then the views of a page. */
#include "render/box.h"

#include "base/mem.h"
#include "base/utf8.h"

static const char *const looks[LOOKS] = {
	[LOOK_PLAIN] = "plain",
	[LOOK_PORTAL] = "portal",
	[LOOK_DIGITS] = "digits",
};

int
box_look_parse(struct str name, enum box_look *ret_look)
{
	for (int i = 0; i < LOOKS; i++) {
		if (str_eq(name, str_of(looks[i]))) {
			*ret_look = (enum box_look)i;
			return 0;
		}
	}
	return -1;
}

/* The line after the labels. */
enum { ROW_VIEWS = LABELS, ROWS };

static bool
has_row(const struct box *b, int row)
{
	return row == ROW_VIEWS ? b->has_views : b->figures != NULL && label_is_default((enum label)row);
}

/* ---- the page ----------------------------------------------------------- */

static void
add_item(struct buf *out, const struct box *b, enum label label)
{
	buf_puts(out, "<li title=\"");
	label_title(out, b->language, label, b->terms);
	buf_printf(out, "\">%s: <b>", label_text(b->language, label));
	label_number(out, b->language, label_figure(label, b->figures));
	buf_puts(out, "</b></li>\n");
}

void
box_html(struct buf *out, const struct box *b)
{
	const char *language = language_name(b->language), *name = label_word(b->language, WORD_BOX);

	buf_printf(out,
	    "<!DOCTYPE html>\n"
	    "<html lang=\"%s\">\n"
	    "<head>\n"
	    "<meta charset=\"utf-8\">\n"
	    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	    "<meta name=\"color-scheme\" content=\"light dark\">\n"
	    "<title>%s</title>\n"
	    "<link rel=\"stylesheet\" href=\"box.css\">\n"
	    "</head>\n"
	    "<body class=\"thongke-page\">\n"
	    "<ul class=\"thongke-list thongke-%s\" lang=\"%s\" aria-label=\"%s\">\n",
	    language, name, looks[b->look], language, name);
	for (int row = 0; row < LABELS; row++) {
		if (has_row(b, row))
			add_item(out, b, (enum label)row);
	}
	buf_puts(out, "</ul>\n");
	if (b->has_views) {
		buf_printf(out, "<p class=\"thongke-line\">%s: <b>", label_word(b->language, WORD_VIEWS));
		label_number(out, b->language, b->views);
		buf_puts(out, "</b></p>\n");
	}
	buf_puts(out, "</body>\n</html>\n");
}

/* ---- the picture -------------------------------------------------------- */

/* Which of these fonts will draw it is not known here.  DejaVu Sans is the
 * widest: no line of ours is wider in it than COLUMN a character and one pixel. */
#define FONTS "Arial,\"Segoe UI\",Roboto,\"Noto Sans\",\"DejaVu Sans\",sans-serif"
enum { FONT_SIZE = 14, COLUMN = 8, LINE = 22, BASELINE = 16, MARGIN = 8, MARGINS = 2 * MARGIN };

/* "Đang online: 1" */
static void
add_words(struct buf *out, const struct box *b, int row)
{
	buf_puts(
	    out, row == ROW_VIEWS ? label_word(b->language, WORD_VIEWS) : label_text(b->language, (enum label)row));
	buf_puts(out, ": ");
	label_number(out, b->language, row == ROW_VIEWS ? b->views : label_figure((enum label)row, b->figures));
}

/* As it is drawn: the rows of the list behind their bullets. */
static void
add_line(struct buf *out, const struct box *b, int row)
{
	if (row != ROW_VIEWS)
		buf_puts(out, "• ");
	add_words(out, b, row);
}

/* All of it in one sentence, for who does not see it. */
static void
add_sentence(struct buf *out, const struct box *b)
{
	const char *between = "";

	if (b->figures != NULL) {
		buf_puts(out, label_word(b->language, WORD_BOX));
		between = ". ";
	}
	for (int row = 0; row < ROWS; row++) {
		if (!has_row(b, row))
			continue;
		buf_puts(out, between);
		add_words(out, b, row);
		between = "; ";
	}
}

struct size {
	size_t width, height;
};

static struct size
measure(struct buf *scratch, const struct box *b)
{
	size_t start = scratch->n, columns = 0, lines = 0;

	for (int row = 0; row < ROWS; row++) {
		size_t n;

		if (!has_row(b, row))
			continue;
		add_line(scratch, b, row);
		n = utf8_columns((struct str){ scratch->p + start, scratch->n - start });
		scratch->n = start;
		columns = n > columns ? n : columns;
		lines++;
	}
	return (struct size){ columns * COLUMN + MARGINS, lines * LINE + MARGINS };
}

void
box_svg(struct buf *out, const struct box *b)
{
	struct size size = measure(out, b);
	unsigned y = MARGIN + BASELINE;

	buf_printf(out,
	    "<svg xmlns=\"http://www.w3.org/2000/svg\" xml:lang=\"%s\" width=\"%zu\" height=\"%zu\""
	    " viewBox=\"0 0 %zu %zu\" font-family='" FONTS
	    "' font-size=\"%d\" fill=\"#1f2933\" role=\"img\" aria-label=\"",
	    language_name(b->language), size.width, size.height, size.width, size.height, FONT_SIZE);
	add_sentence(out, b);
	buf_puts(out, "\">\n<title>");
	add_sentence(out, b);
	buf_puts(out, "</title>\n<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n");
	for (int row = 0; row < ROWS; row++) {
		if (!has_row(b, row))
			continue;
		buf_printf(out, "<text x=\"%d\" y=\"%u\">", MARGIN, y);
		add_line(out, b, row);
		buf_puts(out, "</text>\n");
		y += LINE;
	}
	buf_puts(out, "</svg>\n");
}
