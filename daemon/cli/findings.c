/* findings.c - texts are filled in when a finding is added. */
#include "cli/findings.h"

#include <stdarg.h>
#include <stdlib.h>

#include "base/mem.h"

const char *const level_names[LEVELS] = { [LEVEL_OK] = "ok", [LEVEL_WARNING] = "warning", [LEVEL_ERROR] = "error" };

void
findings_add(struct findings *f, enum level level, const char *check, enum text message, ...)
{
	struct finding *item;
	va_list words;

	if (f->n == f->cap) {
		f->cap = f->cap > 0 ? f->cap * 2 : 32;
		f->items = xrealloc(f->items, f->cap * sizeof(*f->items));
	}
	item = &f->items[f->n++];
	*item = (struct finding){ .level = level, .check = check };
	va_start(words, message);
	text_addv(&item->message, f->language, message, words);
	va_end(words);
	f->count[level]++;
}

void
findings_remedy(struct findings *f, enum text remedy, const char *word)
{
	text_add(&f->items[f->n - 1].remedy, f->language, remedy, word, NULL);
}

void
findings_fini(struct findings *f)
{
	for (size_t i = 0; i < f->n; i++) {
		buf_fini(&f->items[i].message);
		buf_fini(&f->items[i].remedy);
	}
	free(f->items);
}
