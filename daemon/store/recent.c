/* recent.c - one place a name. */
#include "store/recent.h"

#include <stdlib.h>

#include "base/mem.h"

struct recent {
	uint64_t *names; /* owned; 0: none, and so the name 0 is never known */
	uint32_t places;
};

struct recent *
recent_new(uint32_t places)
{
	struct recent *r = xmalloc(sizeof(*r));

	*r = (struct recent){ xcalloc(places, sizeof(*r->names)), places };
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
	uint64_t *place = &r->names[name & (r->places - 1)];
	bool known = *place == name && name != 0;

	*place = name;
	return known;
}

void
recent_forget(struct recent *r)
{
	free(r->names); /* rather than make pages ours that are not used */
	r->names = xcalloc(r->places, sizeof(*r->names));
}
