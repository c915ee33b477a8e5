/* config_table.h - the option table, for config.c alone: what each option is
 * called, what it may be, and how its text becomes a value and back. */
#ifndef BASE_CONFIG_TABLE_H
#define BASE_CONFIG_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/config_check.h"
#include "base/str.h"

enum option_scope { SCOPE_DAEMON, SCOPE_SITE };

enum option_type {
	OPTION_COUNT, /* uint64_t */
	OPTION_SIZE, /* uint64_t bytes: "16384", "16k", "1m" */
	OPTION_SECONDS, /* uint64_t: "300", "300s", "5m", "2000ms", "1h", "1d" */
	OPTION_MS, /* uint64_t: the same, a bare number being milliseconds */
	OPTION_ENUM, /* an enum whose values number words from 0 */
	OPTION_TEXT, /* char *: one word, one of words if there are some */
	OPTION_LIST, /* struct config_list */
};

enum option_reload { RELOADABLE, FIXED };

struct option {
	const char *name;
	enum option_scope scope;
	size_t at; /* offset of the field in struct config or struct config_site */
	enum option_type type;
	const char *fallback; /* NULL: it must be given */
	uint64_t min, max; /* of a number, or how many words a list may have */
	const char *const *words; /* NULL-terminated, or NULL */
	config_check *check; /* of each word; NULL when every word is good */
	enum option_reload reload;
	const char *help;
};

/* The i-th option, those of [daemon] first; NULL past the last. */
const struct option *option_at(size_t i);
enum { OPTIONS_MAX = 64 }; /* no option has this index */

/* NULL when there is none of that name; nearest: one whose name is at most
 * two slips away. */
const struct option *option_find(enum option_scope scope, struct str name);
const struct option *option_nearest(enum option_scope scope, struct str name);
size_t option_index(const struct option *o);

/* Read text into o's field of owner (a struct config or config_site), whose
 * old value is freed.  -1, the field as it was, with what is wrong and what
 * is allowed appended to why. */
int option_set(const struct option *o, void *owner, struct str text, struct buf *why)
    __attribute__((warn_unused_result));

/* The value as option_set() reads it back, and what is allowed in words. */
void option_write(const struct option *o, const void *owner, struct buf *out);
void option_allowed(const struct option *o, struct buf *out);

bool option_equal(const struct option *o, const void *a, const void *b);
void option_fini(const struct option *o, void *owner);

#endif
