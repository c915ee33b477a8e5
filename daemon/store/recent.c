/* recent.c - one place a name. */
#include "store/recent.h"

#include <stdlib.h>

#include "base/mem.h"

/* All are forgotten by another salt: at midnight each site's first fold asks for that, and there may be megabytes. */
struct recent {
	uint64_t *names; /* owned; each with the salt of its time.  0: none, so what comes to that is never known */
	uint32_t places;
	uint64_t salt;
};

struct recent *
recent_new(uint32_t places)
{
	struct recent *r = xmalloc(sizeof(*r));

	*r = (struct recent){ xcalloc(places, sizeof(*r->names)), places, 0 };
	return r;
}

void
recent_free(struct recent *r)
{
	if (r == NULL)
		return;
	free(r->names);
	free(r);
}

bool
recent_note(struct recent *r, uint64_t name)
{
	uint64_t *place = &r->names[name & (r->places - 1)], salted = name ^ r->salt;
	bool known = *place == salted && salted != 0;

	*place = salted;
	return known;
}

void
recent_forget(struct recent *r)
{
	r->salt += 0x9e3779b97f4a7c15; /* the golden ratio: no two of 2^64 are the same */
}
