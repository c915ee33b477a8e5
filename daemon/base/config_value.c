/* config_value.c - how the text of an option becomes its field and back. */
#include <stdlib.h>
#include <string.h>

#include "base/config.h"
#include "base/config_table.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/utf8.h"

enum { WORD_MAX = CONFIG_WORD_ROOM - 1 };
enum { KIB = 1024, MIB = 1024 * KIB };

_Static_assert(sizeof(enum config_figure) == sizeof(unsigned), "enums are written as unsigned");

struct unit {
	const char *name;
	uint64_t factor;
};

/* Of a duration, in ms; and of a size. */
static const struct unit durations[] = { { "ms", 1 }, { "s", 1000 }, { "m", 60000 }, { "h", 3600000 },
	{ "d", 86400000 }, { NULL, 0 } };
static const struct unit sizes[] = { { "", 1 }, { "k", KIB }, { "m", MIB }, { NULL, 0 } };
static const struct unit counts[] = { { "", 1 }, { NULL, 0 } };

/* How the texts of a type of number are read and written. */
static const struct number {
	const struct unit *units;
	const char *bare; /* the unit of a number without one */
	uint64_t divisor; /* from units' factors to the field's unit */
	const char *what;
} numbers[] = {
	[OPTION_COUNT] = { counts, "", 1, "is no number; write digits only" },
	[OPTION_SIZE] = { sizes, "", 1, "is no size; write 16384, 16k or 1m" },
	[OPTION_SECONDS] = { durations, "s", 1000, "is no duration in whole seconds; write 300, 300s, 5m or 1h" },
	[OPTION_MS] = { durations, "ms", 1, "is no duration; write 2000, 2000ms, 2s or 1m" },
};

static int
refuse(struct buf *why, struct str text, const char *what)
{
	config_quote(text, why);
	buf_putc(why, ' ');
	buf_puts(why, what);
	return -1;
}

static void *
field(const struct option *o, void *owner)
{
	return (char *)owner + o->at;
}

static const void *
const_field(const struct option *o, const void *owner)
{
	return (const char *)owner + o->at;
}

static void
write_number(const struct option *o, uint64_t value, struct buf *out)
{
	buf_int(out, (int64_t)value);
	buf_puts(out, numbers[o->type].bare);
}

static int
set_number(const struct option *o, uint64_t *ret_value, struct str text, struct buf *why)
{
	const struct number *number = &numbers[o->type];
	struct str digits = text, name;
	uint64_t value;

	while (digits.n > 0 && (digits.p[digits.n - 1] < '0' || digits.p[digits.n - 1] > '9'))
		digits.n--;
	name = (struct str){ text.p + digits.n, text.n - digits.n };
	if (name.n == 0)
		name = str_of(number->bare);
	for (const struct unit *u = number->units; u->name != NULL; u++) {
		if (!str_eq_nocase(str_of(u->name), name))
			continue;
		if (str_to_uint(digits, 0, UINT64_MAX / u->factor, &value) != 0 ||
		    value * u->factor % number->divisor != 0)
			break;
		value = value * u->factor / number->divisor;
		if (value >= o->min && value <= o->max) {
			*ret_value = value;
			return 0;
		}
		(void)refuse(why, text, "is outside ");
		option_allowed(o, why);
		return -1;
	}
	return refuse(why, text, number->what);
}

static int
set_enum(const struct option *o, unsigned *ret_value, struct str text, struct buf *why)
{
	for (unsigned i = 0; o->words[i] != NULL; i++) {
		if (str_eq(str_of(o->words[i]), text)) {
			*ret_value = i;
			return 0;
		}
	}
	(void)refuse(why, text, "is none of ");
	option_allowed(o, why);
	return -1;
}

/* A word checked and copied, or NULL. */
static char *
take_word(const struct option *o, struct str text, struct buf *why)
{
	struct buf wrong = { 0 };
	unsigned index;
	char *word;

	if (text.n > WORD_MAX) {
		(void)refuse(why, text, "is longer than ");
		buf_printf(why, "%d bytes", WORD_MAX);
		return NULL;
	}
	if (!utf8_is_text(text) || (text.n > 0 && strchr(";#", text.p[0]) != NULL)) {
		(void)refuse(why, text, "has bytes that no value may have: control characters, a «;» or «#» in front");
		return NULL;
	}
	if (o->words != NULL && set_enum(o, &index, text, why) != 0)
		return NULL;
	word = xcalloc(1, o->check != NULL ? CONFIG_WORD_ROOM : text.n + 1);
	if (text.n > 0)
		memcpy(word, text.p, text.n);
	if (o->check != NULL && o->check(word, &wrong) != 0) {
		config_quote(text, why);
		buf_putc(why, ' ');
		buf_str(why, buf_view(&wrong));
		free(word);
		word = NULL;
	}
	buf_fini(&wrong);
	return word;
}

/* The next word of a list; absent when there is none. */
static struct str
next_word(struct str *rest)
{
	struct str word;

	while (rest->n > 0 && strchr(" \t,", rest->p[0]) != NULL)
		*rest = (struct str){ rest->p + 1, rest->n - 1 };
	word = (struct str){ rest->n > 0 ? rest->p : NULL, 0 };
	while (word.n < rest->n && strchr(" \t,", rest->p[word.n]) == NULL)
		word.n++;
	if (word.n > 0)
		*rest = (struct str){ rest->p + word.n, rest->n - word.n };
	return word;
}

static int
set_text(const struct option *o, char **ret_text, struct str text, struct buf *why)
{
	char *word;

	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] == ' ' || text.p[i] == '\t')
			return refuse(why, text, "is more than one word");
	if (text.n == 0 && o->min > 0) {
		buf_puts(why, "must not be empty");
		return -1;
	}
	word = take_word(o, text, why);
	if (word == NULL)
		return -1;
	free(*ret_text);
	*ret_text = word;
	return 0;
}

static void
list_fini(struct config_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		free(list->items[i]);
	free(list->items);
	*list = (struct config_list){ 0 };
}

static int
set_list(const struct option *o, struct config_list *ret_list, struct str text, struct buf *why)
{
	struct config_list list = { 0 };
	struct str word;

	while ((word = next_word(&text)).p != NULL) {
		char *item = take_word(o, word, why);
		if (item == NULL)
			goto fail;
		if ((list.n & (list.n - 1)) == 0) /* full at each power of two */
			list.items = xrealloc(list.items, (list.n > 0 ? list.n * 2 : 1) * sizeof(*list.items));
		list.items[list.n++] = item;
	}
	if (list.n < o->min || list.n > o->max) {
		buf_printf(why, "has %zu words; it takes ", list.n);
		option_allowed(o, why);
		goto fail;
	}
	list_fini(ret_list);
	*ret_list = list;
	return 0;

fail:
	list_fini(&list);
	return -1;
}

int
option_set(const struct option *o, void *owner, struct str text, struct buf *why)
{
	switch (o->type) {
	case OPTION_COUNT:
	case OPTION_SIZE:
	case OPTION_SECONDS:
	case OPTION_MS:
		return set_number(o, field(o, owner), text, why);
	case OPTION_ENUM:
		return set_enum(o, field(o, owner), text, why);
	case OPTION_TEXT:
		return set_text(o, field(o, owner), text, why);
	case OPTION_LIST:
		return set_list(o, field(o, owner), text, why);
	}
	fatalx("option %s has no type", o->name);
}

static void
write_list(const struct config_list *list, struct buf *out)
{
	for (size_t i = 0; i < list->n; i++) {
		if (i > 0)
			buf_putc(out, ' ');
		buf_puts(out, list->items[i]);
	}
}

void
option_write(const struct option *o, const void *owner, struct buf *out)
{
	const void *at = const_field(o, owner);

	switch (o->type) {
	case OPTION_COUNT:
	case OPTION_SIZE:
	case OPTION_SECONDS:
	case OPTION_MS:
		write_number(o, *(const uint64_t *)at, out);
		return;
	case OPTION_ENUM:
		buf_puts(out, o->words[*(const unsigned *)at]);
		return;
	case OPTION_TEXT:
		buf_puts(out, *(char *const *)at);
		return;
	case OPTION_LIST:
		write_list(at, out);
		return;
	}
}

void
option_allowed(const struct option *o, struct buf *out)
{
	if (o->words != NULL) {
		for (size_t i = 0; o->words[i] != NULL; i++) {
			buf_puts(out, i > 0 ? ", " : "");
			buf_puts(out, o->words[i]);
		}
	} else if (o->type == OPTION_LIST) {
		buf_printf(out, "%d to %d words", (int)o->min, (int)o->max);
	} else if (o->type == OPTION_TEXT) {
		buf_puts(out, "a word");
	} else {
		write_number(o, o->min, out);
		buf_puts(out, " to ");
		write_number(o, o->max, out);
	}
}

bool
option_equal(const struct option *o, const void *a, const void *b)
{
	struct buf left = { 0 }, right = { 0 };
	bool equal;

	option_write(o, a, &left);
	option_write(o, b, &right);
	equal = str_eq(buf_view(&left), buf_view(&right));
	buf_fini(&left);
	buf_fini(&right);
	return equal;
}

void
option_fini(const struct option *o, void *owner)
{
	if (o->type == OPTION_TEXT) {
		char **text = field(o, owner);
		free(*text);
		*text = NULL;
	} else if (o->type == OPTION_LIST) {
		list_fini(field(o, owner));
	}
}
