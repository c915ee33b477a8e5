/* robots.c - PCRE2 turns the expression into machine code.  Where memory may
 * not be both written and run (MemoryDenyWriteExecute= of systemd), it
 * interprets it, and takes some 60 µs instead of 4. */
#include "count/robots.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdlib.h>

#include "base/assets.h"
#include "base/log.h"
#include "base/mem.h"

struct robots {
	pcre2_code *code;
	pcre2_match_data *found; /* where: not asked for, but pcre2_match() wants it */
};

struct robots *
robots_new(void)
{
	struct robots *r = xcalloc(1, sizeof(*r));
	struct str expression = ASSET(robots);
	PCRE2_SIZE at;
	int error;

	r->code = pcre2_compile((PCRE2_SPTR)expression.p, expression.n, PCRE2_NO_AUTO_CAPTURE, &error, &at, NULL);
	if (r->code == NULL)
		fatalx("robots.regex: error %d of PCRE2 at byte %zu", error, at);
	(void)pcre2_jit_compile(r->code, PCRE2_JIT_COMPLETE);
	r->found = pcre2_match_data_create(1, NULL);
	if (r->found == NULL)
		fatalx("robots: out of memory");
	return r;
}

void
robots_free(struct robots *r)
{
	if (r == NULL)
		return;
	pcre2_match_data_free(r->found);
	pcre2_code_free(r->code);
	free(r);
}

bool
robots_match(struct robots *r, struct str agent)
{
	/* One that goes beyond the limits of PCRE2 is made to. */
	return pcre2_match(r->code, (PCRE2_SPTR)agent.p, agent.n, 0, 0, r->found, NULL) != PCRE2_ERROR_NOMATCH;
}
