/* health.h - what Redis told of itself, judged: is what was counted safe with
 * it?  Pure. */
#ifndef CLI_HEALTH_H
#define CLI_HEALTH_H

#include <stdbool.h>

#include "base/str.h"

struct findings;

/* Absent is what Redis would not tell. */
struct health {
	struct str info; /* the text of INFO */
	struct str appendfsync; /* of CONFIG GET */
	bool rewrites_nightly; /* rewrite_log */
	struct str user; /* that we are */
	struct str forbidden; /* commands that the user may not run, ", " between; empty: none */
	struct str write_error; /* to a write that changes nothing; empty: it was taken */
};

void health_judge(const struct health *h, struct findings *f);

#endif
