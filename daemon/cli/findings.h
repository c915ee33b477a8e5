/* findings.h - what thongke check has found: a list of lines. */
#ifndef CLI_FINDINGS_H
#define CLI_FINDINGS_H

#include <stddef.h>

#include "base/str.h"
#include "cli/texts.h"

enum level { LEVEL_OK, LEVEL_WARNING, LEVEL_ERROR, LEVELS };

extern const char *const level_names[LEVELS]; /* the same in every language */

struct finding {
	enum level level;
	const char *check; /* what was looked at; borrowed */
	struct buf message;
	struct buf remedy; /* empty: there is nothing to do */
};

/* Start from { .language = … }, end with findings_fini(). */
struct findings {
	enum language language;
	struct finding *items; /* owned */
	size_t n, cap;
	size_t count[LEVELS];
};

/* Add one; its words are those of the message (text_add()). */
void findings_add(struct findings *f, enum level level, const char *check, enum text message, ...)
    __attribute__((sentinel));

/* Say of the one added last what to do about it. */
void findings_remedy(struct findings *f, enum text remedy, const char *word);

void findings_fini(struct findings *f);

#endif
