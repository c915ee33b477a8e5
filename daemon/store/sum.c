/* sum.c - names are found again by their hash. */
#include "store/sum.h"

#include <string.h>

#include "store/recent.h"

void
sum_fini(struct sum *s)
{
	names_fini(&s->pages);
	names_fini(&s->details);
	names_fini(&s->hosts);
	buf_fini(&s->viewers);
	*s = (struct sum){ 0 };
}

void
sum_break(struct sum *s)
{
	sum_fini(s);
	s->is_broken = true;
}

static void
add_names(struct names *to, const struct names *from)
{
	for (size_t i = 0; i < from->n; i++) {
		uint32_t name = names_add(to, names_at(from, i));

		to->items[name].count += from->items[i].count;
	}
}

static void
add_viewers(struct buf *to, const struct buf *from, struct recent *visitors)
{
	for (size_t i = 0; i < from->n; i += sizeof(uint64_t)) {
		uint64_t name;

		memcpy(&name, from->p + i, sizeof(name));
		if (!recent_note(visitors, name))
			buf_add(to, &name, sizeof(name));
	}
}

void
sum_add(struct sum *s, const struct payload *p, struct recent *visitors)
{
	if (s->is_broken || !payload_has_tallies(p))
		return;
	add_names(&s->pages, &p->pages);
	add_names(&s->details, &p->details);
	add_names(&s->hosts, &p->hosts);
	add_viewers(&s->viewers, &p->viewers, visitors);
	s->hits += p->hits;
	s->hosts_max = p->hosts_max;
	s->kept_ms = p->kept_ms;
	if (s->n++ == 0)
		memcpy(s->first, p->tag, TAG_BYTES);
	memcpy(s->last, p->tag, TAG_BYTES);
}

void
sum_pack(const struct sum *s, struct buf *out)
{
	payload_pack_tallies(
	    &(struct tallies){ &s->pages, &s->details, &s->hosts, buf_view(&s->viewers), s->hosts_max, s->kept_ms },
	    out);
}
