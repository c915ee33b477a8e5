/* table.c - cells are kept one after the other; widths are known only when
 * all are there. */
#include "cli/table.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "count/figures.h"

struct cell {
	enum { CELL_TEXT, CELL_NUMBER, CELL_SECTION } kind;
	enum table_tone tone;
	int64_t number;
	size_t at, n; /* of the text, in table.text */
};

/* Invariant: sections stand only between whole rows. */
struct table {
	const struct table_column *columns; /* borrowed */
	size_t ncolumns;
	struct cell *cells; /* owned */
	size_t ncells, cap;
	struct buf text;
	bool sections; /* there is one */
};

/* The width of each column for people. */
enum { COLUMNS_MAX = 16 };
struct layout {
	size_t width[COLUMNS_MAX];
	const struct table_style *style;
};

struct table *
table_new(const struct table_column *columns, size_t ncolumns)
{
	struct table *t = xcalloc(1, sizeof(*t));

	t->columns = columns;
	t->ncolumns = ncolumns < COLUMNS_MAX ? ncolumns : COLUMNS_MAX;
	return t;
}

void
table_free(struct table *t)
{
	if (t == NULL)
		return;
	free(t->cells);
	buf_fini(&t->text);
	free(t);
}

static struct cell *
add_cell(struct table *t)
{
	if (t->ncells == t->cap) {
		t->cap = t->cap > 0 ? t->cap * 2 : 64;
		t->cells = xrealloc(t->cells, t->cap * sizeof(*t->cells));
	}
	t->cells[t->ncells] = (struct cell){ 0 };
	return &t->cells[t->ncells++];
}

static struct cell *
add_text(struct table *t, struct str text)
{
	struct cell *cell = add_cell(t);

	cell->at = t->text.n;
	cell->n = text.n;
	buf_str(&t->text, text);
	return cell;
}

void
table_text(struct table *t, struct str text, enum table_tone tone)
{
	add_text(t, text)->tone = tone;
}

void
table_number(struct table *t, int64_t number, enum table_tone tone)
{
	*add_cell(t) = (struct cell){ .kind = CELL_NUMBER, .tone = tone, .number = number };
}

void
table_section(struct table *t, struct str title)
{
	add_text(t, title)->kind = CELL_SECTION;
	t->sections = true;
}

static struct str
cell_text(const struct table *t, const struct cell *cell)
{
	return (struct str){ cell->n > 0 ? t->text.p + cell->at : "", cell->n };
}

void
table_grouped(struct buf *out, int64_t number, char group)
{
	char digits[32];
	int n = snprintf(digits, sizeof(digits), "%" PRId64, number);

	for (int i = 0; i < n; i++) {
		if (i > 0 && (n - i) % 3 == 0 && digits[i - 1] != '-')
			buf_putc(out, group);
		buf_putc(out, digits[i]);
	}
}

/* Without what would disturb a terminal or the lines of the output. */
static void
add_clean(struct buf *out, struct str text)
{
	for (size_t i = 0, n; i < text.n; i += n == 0 ? 1 : n) {
		struct str rest = { text.p + i, text.n - i };

		n = utf8_length(rest);
		if (n == 0 || !utf8_is_text((struct str){ rest.p, n }))
			buf_putc(out, '?');
		else
			buf_add(out, rest.p, n);
	}
}

/* ---- for people ---------------------------------------------------------- */

static void
add_shown(const struct table *t, const struct cell *cell, const struct table_style *style, struct buf *out)
{
	if (cell->kind != CELL_NUMBER)
		add_clean(out, cell_text(t, cell));
	else if (cell->number == FIGURE_UNKNOWN)
		buf_puts(out, "…");
	else
		table_grouped(out, cell->number, style->group);
}

static void
measure(const struct table *t, struct layout *l)
{
	struct buf shown = { 0 };

	for (size_t i = 0; i < t->ncolumns; i++)
		l->width[i] = t->columns[i].title != NULL ? utf8_columns(str_of(t->columns[i].title)) : 0;
	for (size_t i = 0, column = 0; i < t->ncells; i++) {
		size_t width;

		if (t->cells[i].kind == CELL_SECTION)
			continue;
		buf_clear(&shown);
		add_shown(t, &t->cells[i], l->style, &shown);
		width = utf8_columns(buf_view(&shown));
		if (width > l->width[column])
			l->width[column] = width;
		if (++column == t->ncolumns)
			column = 0;
	}
	buf_fini(&shown);
}

static void
add_blanks(struct buf *out, size_t n)
{
	while (n-- > 0)
		buf_putc(out, ' ');
}

static void
add_toned(const struct layout *l, struct str text, enum table_tone tone, struct buf *out)
{
	static const char *const sequences[] = {
		[TONE_STRONG] = "\033[1m",
		[TONE_GOOD] = "\033[32m",
		[TONE_WARNING] = "\033[33m",
		[TONE_BAD] = "\033[1;31m",
	};
	bool coloured = l->style->colours && tone != TONE_PLAIN;

	if (coloured)
		buf_puts(out, sequences[tone]);
	buf_str(out, text);
	if (coloured)
		buf_puts(out, "\033[0m");
}

/* One cell with the blanks around it; the last column has none behind. */
static void
add_aligned(const struct table *t, const struct layout *l, size_t column, struct str text, enum table_tone tone,
    struct buf *out)
{
	size_t blanks = l->width[column] - utf8_columns(text);
	bool right = t->columns[column].align == ALIGN_RIGHT, last = column + 1 == t->ncolumns;

	if (column > 0 || t->sections)
		add_blanks(out, 2);
	if (right)
		add_blanks(out, blanks);
	add_toned(l, text, tone, out);
	if (last)
		buf_putc(out, '\n');
	else if (!right)
		add_blanks(out, blanks);
}

void
table_print(const struct table *t, const struct table_style *style, struct buf *out)
{
	struct layout l = { .style = style };
	struct buf shown = { 0 };
	size_t column = 0;

	measure(t, &l);
	for (size_t i = 0; i < t->ncolumns && t->columns[i].title != NULL; i++)
		add_aligned(t, &l, i, str_of(t->columns[i].title), TONE_STRONG, out);
	for (size_t i = 0; i < t->ncells; i++) {
		buf_clear(&shown);
		add_shown(t, &t->cells[i], style, &shown);
		if (t->cells[i].kind == CELL_SECTION) {
			if (i > 0)
				buf_putc(out, '\n');
			add_toned(&l, buf_view(&shown), TONE_STRONG, out);
			buf_putc(out, '\n');
			continue;
		}
		add_aligned(t, &l, column, buf_view(&shown), t->cells[i].tone, out);
		if (++column == t->ncolumns)
			column = 0;
	}
	buf_fini(&shown);
}

/* ---- for programs -------------------------------------------------------- */

static void
add_csv(struct buf *out, struct str text)
{
	bool quoted = text.n > 0 && (text.p[0] == ' ' || text.p[text.n - 1] == ' ');

	for (size_t i = 0; i < text.n && !quoted; i++)
		quoted = text.p[i] != '\0' && strchr("\",\r\n", text.p[i]) != NULL;
	if (!quoted) {
		buf_str(out, text);
		return;
	}
	buf_putc(out, '"');
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == '"')
			buf_putc(out, '"');
		buf_putc(out, text.p[i]);
	}
	buf_putc(out, '"');
}

/* What parts the cells and ends the lines, and how a text is written. */
struct dialect {
	char separator;
	const char *end;
	void (*add)(struct buf *out, struct str text);
};

static void
add_rows(const struct table *t, const struct dialect *d, struct buf *out)
{
	for (size_t i = 0, column = 0; i < t->ncells; i++) {
		const struct cell *cell = &t->cells[i];

		if (cell->kind == CELL_SECTION)
			continue;
		if (cell->kind == CELL_TEXT)
			d->add(out, cell_text(t, cell));
		else if (cell->number != FIGURE_UNKNOWN)
			buf_int(out, cell->number);
		if (++column == t->ncolumns)
			column = 0;
		if (column == 0)
			buf_puts(out, d->end);
		else
			buf_putc(out, d->separator);
	}
}

void
table_csv(const struct table *t, struct buf *out)
{
	static const struct dialect csv = { ',', "\r\n", add_csv };

	for (size_t i = 0; i < t->ncolumns; i++) {
		if (i > 0)
			buf_putc(out, csv.separator);
		add_csv(out, str_of(t->columns[i].name));
	}
	buf_puts(out, csv.end);
	add_rows(t, &csv, out);
}

void
table_plain(const struct table *t, struct buf *out)
{
	static const struct dialect plain = { '\t', "\n", add_clean };

	add_rows(t, &plain, out);
}
