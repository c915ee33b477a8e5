/* tallies.c - names are found again by their hash. */
#include "store/tallies.h"

#include "store/pack.h"

void
tallies_fini(struct tallies *t)
{
	names_fini(&t->pages);
	names_fini(&t->details);
	names_fini(&t->hosts);
	buf_fini(&t->viewers);
	*t = (struct tallies){ 0 };
}

void
tallies_clear(struct tallies *t)
{
	names_clear(&t->pages);
	names_clear(&t->details);
	names_clear(&t->hosts);
	buf_clear(&t->viewers);
	*t = (struct tallies){ .pages = t->pages, .details = t->details, .hosts = t->hosts, .viewers = t->viewers };
}

void
tallies_freeze(struct tallies *t)
{
	names_freeze(&t->pages);
	names_freeze(&t->details);
	names_freeze(&t->hosts);
}

bool
tallies_are_none(const struct tallies *t)
{
	return t->details.n == 0 && t->pages.n == 0;
}

/* Names, and the hits of each. */
static void
pack_names(msgpack_packer *to, const struct names *names)
{
	msgpack_pack_array(to, names->n);
	for (size_t i = 0; i < names->n; i++)
		pack_text(to, names_at(names, i));
	msgpack_pack_array(to, names->n);
	for (size_t i = 0; i < names->n; i++)
		pack_number(to, names->items[i].count);
}

void
tallies_pack(const struct tallies *t, struct buf *out)
{
	msgpack_packer to;

	buf_add(out, t->tag, TAG_BYTES);
	pack_into(&to, out);
	pack_names(&to, &t->pages);
	pack_names(&to, &t->details);
	pack_names(&to, &t->hosts);
	msgpack_pack_uint64(&to, t->hosts_max);
	msgpack_pack_int64(&to, t->kept_ms);
	pack_text(&to, buf_view(&t->viewers));
}
