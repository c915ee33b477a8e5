/* json.c - written straight into a buffer; figures that are not known are null. */
#include "render/json.h"

#include "base/block.h"
#include "base/utf8.h"

/* Copy what needs no escape at the front of text; its length.  < needs one so
 * that JSON can stand within a script element. */
static size_t
add_plain(struct buf *out, struct str text)
{
	const char *at = text.p, *end = text.p + text.n;
	size_t n;

	do {
		block bytes = block_load(at, end);

		memcpy(buf_reserve(out, BLOCK), &bytes, BLOCK);
		n = block_first((block)(bytes < ' ') | (block)(bytes > '~') | (block)(bytes == '"') |
				(block)(bytes == '\\') | (block)(bytes == '<'));
		out->n += n;
		at += n;
	} while (n == BLOCK);
	return (size_t)(at - text.p);
}

/* The one character at the front of text; how many bytes it has. */
static size_t
add_character(struct buf *out, struct str text)
{
	size_t n = utf8_length(text);

	if (n > 1)
		buf_add(out, text.p, n);
	else if (n == 0)
		buf_puts(out, "\xef\xbf\xbd");
	else if (*text.p == '"' || *text.p == '\\')
		buf_add(out, (char[]){ '\\', *text.p }, 2);
	else
		buf_printf(out, "\\u%04x", (unsigned char)*text.p);
	return n > 0 ? n : 1;
}

void
json_string(struct buf *out, struct str text)
{
	size_t n;

	buf_putc(out, '"');
	while ((n = add_plain(out, text)) < text.n) {
		text = (struct str){ text.p + n, text.n - n };
		n = add_character(out, text);
		text = (struct str){ text.p + n, text.n - n };
	}
	buf_putc(out, '"');
}

/* name: with all that stands before the figure. */
static inline void
add_figure(struct buf *out, const char *name, int64_t value)
{
	buf_puts(out, name);
	if (value == FIGURE_UNKNOWN)
		buf_puts(out, "null");
	else
		buf_int(out, value);
}

static void
add_page(struct buf *out, const struct page_views *page)
{
	buf_puts(out, "{\"path\":");
	json_string(out, page->page);
	add_figure(out, ",\"views\":", page->views);
	buf_putc(out, '}');
}

void
json_figures(struct buf *out, const struct figures *f)
{
	add_figure(out, "\"online\":", f->online);
	add_figure(out, ",\"today\":", f->today);
	add_figure(out, ",\"yesterday\":", f->yesterday);
	add_figure(out, ",\"week\":", f->week);
	add_figure(out, ",\"month\":", f->month);
	add_figure(out, ",\"year\":", f->year);
	add_figure(out, ",\"total\":", f->total);
}

void
json_counts(struct buf *out, const struct json_counts *c)
{
	buf_puts(out, "{\"site\":");
	json_string(out, c->site);
	buf_putc(out, ',');
	if (c->figures_text.p != NULL)
		buf_str(out, c->figures_text);
	else
		json_figures(out, c->figures);
	if (c->several) {
		buf_puts(out, ",\"pages\":[");
		for (size_t i = 0; i < c->npages; i++) {
			if (i > 0)
				buf_putc(out, ',');
			add_page(out, &c->pages[i]);
		}
		buf_putc(out, ']');
	} else if (c->npages > 0) {
		buf_puts(out, ",\"page\":");
		add_page(out, &c->pages[0]);
	}
	if (c->next > 0)
		add_figure(out, ",\"next\":", c->next);
	if (c->stale)
		buf_puts(out, ",\"stale\":true");
	if (c->list.n > 0) {
		buf_puts(out, ",\"list\":");
		buf_str(out, c->list);
	}
	buf_putc(out, '}');
}

static void
add_row(struct buf *out, enum language language, enum label label, const struct label_terms *terms)
{
	buf_printf(
	    out, "[\"%s\",\"%s\",\"", label_name(label), label_is_default(label) ? label_text(language, label) : "");
	label_title(out, language, label, terms);
	buf_puts(out, "\"]");
}

/* No word of labels.c needs an escape. */
void
json_list(struct buf *out, enum language language, const struct label_terms *terms)
{
	buf_printf(out, "{\"label\":\"%s\",\"pause\":\"%s\",\"resume\":\"%s\",\"rows\":[",
	    label_word(language, WORD_BOX), label_word(language, WORD_PAUSE), label_word(language, WORD_RESUME));
	for (int i = 0; i < LABELS; i++) {
		if (i > 0)
			buf_putc(out, ',');
		add_row(out, language, (enum label)i, terms);
	}
	buf_puts(out, "]}");
}

void
json_error(struct buf *out, const char *name, const char *message)
{
	buf_puts(out, "{\"error\":");
	json_string(out, str_of(name));
	buf_puts(out, ",\"message\":");
	json_string(out, str_of(message));
	buf_putc(out, '}');
}
