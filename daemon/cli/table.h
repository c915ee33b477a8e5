/* table.h - rows of text and numbers: aligned for people, or as CSV and
 * tab-separated lines for programs.  Pure. */
#ifndef CLI_TABLE_H
#define CLI_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

enum table_align { ALIGN_LEFT, ALIGN_RIGHT };
enum table_tone { TONE_PLAIN, TONE_STRONG, TONE_GOOD, TONE_WARNING, TONE_BAD };

struct table_column {
	const char *name; /* for programs */
	const char *title; /* for people; NULL in all columns: no line of titles */
	enum table_align align;
};

/* How table_print() writes. */
struct table_style {
	char group; /* between groups of three digits */
	bool colours; /* tones, as ANSI escape sequences */
};

struct table;

/* columns is borrowed for as long as the table lives. */
struct table *table_new(const struct table_column *columns, size_t ncolumns);
void table_free(struct table *t); /* NULL is allowed */

/* Add the next cell, row by row.  text is copied; FIGURE_UNKNOWN is a number
 * that is not known. */
void table_text(struct table *t, struct str text, enum table_tone tone);
void table_number(struct table *t, int64_t number, enum table_tone tone);

/* A line of its own above the row that comes next, and a blank one above that;
 * rows below such a line are indented.  Only table_print() shows it. */
void table_section(struct table *t, struct str title);

/* Aligned by what a terminal shows of each character; control characters
 * become a question mark. */
void table_print(const struct table *t, const struct table_style *style, struct buf *out);

/* RFC 4180 in UTF-8, names of the columns first. */
void table_csv(const struct table *t, struct buf *out);

/* A line a row, cells parted by tabs; within them control characters become a
 * question mark. */
void table_plain(const struct table *t, struct buf *out);

/* 1.234.567 */
void table_grouped(struct buf *out, int64_t number, char group);

#endif
