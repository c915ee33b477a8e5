/* sum.c - one that grows beyond what Redis should be kept for at once is given up. */
#include "store/sum.h"

#include <string.h>

enum { HITS_MOST = 4096 }; /* some 16 ms, where all are new */

void
sum_fini(struct sum *s)
{
	tallies_fini(&s->of);
	*s = (struct sum){ 0 };
}

void
sum_break(struct sum *s)
{
	sum_fini(s);
	s->is_broken = true;
}

void
sum_add(struct sum *s, const struct tallies *t, struct recent *visitors)
{
	if (s->is_broken || tallies_are_none(t))
		return;
	if (s->n++ == 0)
		memcpy(s->of.tag, t->tag, TAG_BYTES);
	memcpy(s->last, t->tag, TAG_BYTES);
	tallies_add(&s->of, t, visitors);
	if (s->of.hits > HITS_MOST)
		sum_break(s);
}
