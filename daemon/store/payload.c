/* payload.c - what a batch's items have in common stands once and is numbered;
 * an item is its numbers. */
#include "store/payload.h"

#include <msgpack.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "count/profile.h"

struct item {
	int64_t at_ms;
	uint64_t visitor, id, repeat;
	uint32_t page, kind, host; /* numbers + 1, as Lua counts; of a beat 0 */
	bool has_id;
};

struct kind {
	struct profile profile;
};

struct move {
	uint64_t from, to;
};

enum { FIRST_INDEX = 64 };

void
payload_freeze(struct payload *p)
{
	free(p->items);
	free(p->kinds);
	free(p->kind_index);
	free(p->moves);
	names_fini(&p->hosts);
	names_freeze(&p->pages);
	p->items = NULL;
	p->kinds = NULL;
	p->kind_index = NULL;
	p->moves = NULL;
}

void
payload_fini(struct payload *p)
{
	payload_freeze(p);
	names_fini(&p->pages);
}

/* ---- gathering ---------------------------------------------------------- */

static uint32_t
hash_profile(const struct profile *profile)
{
	uint64_t parts[2] = { 0 };

	_Static_assert(sizeof(*profile) <= sizeof(parts), "a profile is small");
	memcpy(parts, profile, sizeof(*profile));
	return (uint32_t)(((parts[0] ^ (parts[1] * 0x9e3779b97f4a7c15ULL)) * 0xff51afd7ed558ccdULL) >> 32);
}

static void
index_kind(struct payload *p, size_t kind)
{
	size_t slot = hash_profile(&p->kinds[kind].profile) & (p->kind_index_cap - 1);

	while (p->kind_index[slot] != 0)
		slot = (slot + 1) & (p->kind_index_cap - 1);
	p->kind_index[slot] = (uint32_t)kind + 1;
}

static void
grow_kind_index(struct payload *p)
{
	if (p->nkinds * 2 < p->kind_index_cap)
		return;
	free(p->kind_index);
	p->kind_index_cap = p->kind_index_cap > 0 ? p->kind_index_cap * 2 : FIRST_INDEX;
	p->kind_index = xcalloc(p->kind_index_cap, sizeof(*p->kind_index));
	for (size_t i = 0; i < p->nkinds; i++)
		index_kind(p, i);
}

static uint32_t
find_or_add_kind(struct payload *p, const struct profile *profile)
{
	grow_kind_index(p);
	for (size_t slot = hash_profile(profile) & (p->kind_index_cap - 1); p->kind_index[slot] != 0;
	     slot = (slot + 1) & (p->kind_index_cap - 1)) {
		uint32_t kind = p->kind_index[slot] - 1;
		if (memcmp(&p->kinds[kind].profile, profile, sizeof(*profile)) == 0)
			return kind;
	}
	p->kinds = grown(p->kinds, p->nkinds, &p->kinds_cap, sizeof(*p->kinds));
	p->kinds[p->nkinds].profile = *profile;
	index_kind(p, p->nkinds);
	return (uint32_t)p->nkinds++;
}

int64_t
payload_add(struct payload *p, const struct tally *t)
{
	int64_t page = t->page.n > 0 ? (int64_t)names_add(&p->pages, t->page) : -1;
	struct item item = { .at_ms = t->at_ms, .visitor = t->visitor };

	if (t->refusal != REFUSAL_NONE) {
		p->refused[t->refusal] += t->kind == HIT_VIEW;
		return page;
	}
	if (t->kind == HIT_VIEW) {
		item.page = (uint32_t)page + 1;
		item.kind = find_or_add_kind(p, &t->profile) + 1;
		item.host = names_add(&p->hosts, t->referrer) + 1;
		item.has_id = t->has_id;
		item.id = t->id;
		item.repeat = t->repeat;
	}
	p->items = grown(p->items, p->nitems, &p->items_cap, sizeof(*p->items));
	p->items[p->nitems++] = item;
	if (t->has_yesterday) {
		p->moves = grown(p->moves, p->nmoves, &p->moves_cap, sizeof(*p->moves));
		p->moves[p->nmoves++] = (struct move){ t->yesterday, t->visitor };
	}
	return page;
}

/* ---- packing ------------------------------------------------------------ */

static int
write_packed(void *out, const char *bytes, size_t n)
{
	buf_add(out, bytes, n);
	return 0;
}

static void
pack_text(msgpack_packer *to, struct str text)
{
	msgpack_pack_str(to, text.n);
	msgpack_pack_str_body(to, text.p, text.n);
}

static void
pack_number(msgpack_packer *to, const char *name, int64_t value)
{
	pack_text(to, str_of(name));
	msgpack_pack_int64(to, value);
}

static void
pack_column(msgpack_packer *to, const char *name, size_t n)
{
	pack_text(to, str_of(name));
	msgpack_pack_array(to, n);
}

static void
pack_hash(msgpack_packer *to, uint64_t hash)
{
	pack_text(to, (struct str){ (const char *)&hash, sizeof(hash) });
}

static void
pack_names(msgpack_packer *to, const char *name, const struct names *names)
{
	pack_column(to, name, names->n);
	for (size_t i = 0; i < names->n; i++)
		pack_text(to, names_at(names, i));
}

static void
pack_kinds(msgpack_packer *to, const struct payload *p)
{
	struct buf detail = { 0 };

	pack_column(to, "kinds", p->nkinds);
	for (size_t i = 0; i < p->nkinds; i++) {
		msgpack_pack_array(to, PROFILE_PARTS);
		for (enum profile_part part = 0; part < PROFILE_PARTS; part++) {
			buf_clear(&detail);
			profile_write(&p->kinds[i].profile, part, &detail);
			pack_text(to, buf_view(&detail));
		}
	}
	buf_fini(&detail);
}

static void
pack_items(msgpack_packer *to, const struct payload *p, int64_t now_ms)
{
	const struct item *items = p->items;

	pack_column(to, "page_of", p->nitems);
	for (size_t i = 0; i < p->nitems; i++)
		msgpack_pack_uint32(to, items[i].page);
	pack_column(to, "id_of", p->nitems);
	for (size_t i = 0; i < p->nitems; i++) {
		if (items[i].has_id)
			pack_hash(to, items[i].id);
		else
			pack_text(to, STR(""));
	}
	pack_column(to, "visitor_of", p->nitems);
	for (size_t i = 0; i < p->nitems; i++)
		pack_hash(to, items[i].visitor);
	pack_column(to, "age_of", p->nitems);
	for (size_t i = 0; i < p->nitems; i++)
		msgpack_pack_int64(to, now_ms - items[i].at_ms);
	pack_column(to, "kind_of", p->nitems);
	for (size_t i = 0; i < p->nitems; i++)
		msgpack_pack_uint32(to, items[i].kind);
	pack_column(to, "host_of", p->nitems);
	for (size_t i = 0; i < p->nitems; i++)
		msgpack_pack_uint32(to, items[i].host);
}

static void
pack_repeats(msgpack_packer *to, const struct payload *p)
{
	pack_column(to, "repeat_of", p->nitems);
	for (size_t i = 0; i < p->nitems; i++) {
		if (p->items[i].repeat != 0)
			pack_hash(to, p->items[i].repeat);
		else /* a beat, or a view that came before the option did */
			pack_text(to, STR(""));
	}
}

static void
pack_moves(msgpack_packer *to, const struct payload *p)
{
	pack_column(to, "moved_from", p->nmoves);
	for (size_t i = 0; i < p->nmoves; i++)
		pack_hash(to, p->moves[i].from);
	pack_column(to, "moved_to", p->nmoves);
	for (size_t i = 0; i < p->nmoves; i++)
		pack_hash(to, p->moves[i].to);
}

static void
pack_refused(msgpack_packer *to, const struct payload *p)
{
	size_t reasons = 0;

	for (size_t i = 0; i < REFUSAL_COUNT; i++)
		reasons += p->refused[i] > 0;
	pack_text(to, STR("refused"));
	msgpack_pack_map(to, reasons);
	for (size_t i = 0; i < REFUSAL_COUNT; i++) {
		if (p->refused[i] > 0)
			pack_number(to, refusal_text((enum refusal)i)->name, p->refused[i]);
	}
}

void
payload_pack(const struct payload *p, const struct payload_head *head, struct buf *out)
{
	bool no_repeats = head->repeat_window_ms > 0;
	msgpack_packer to;

	msgpack_packer_init(&to, out, write_packed);
	msgpack_pack_map(&to, no_repeats ? 22 : 21);
	pack_number(&to, "now", head->now_ms);
	pack_number(&to, "accepted", head->accepted_ms);
	pack_number(&to, "day", head->day);
	pack_number(&to, "window", head->online_window_ms);
	pack_number(&to, "dedupe", head->dedupe_window_ms);
	pack_number(&to, "repeat_window", head->repeat_window_ms);
	pack_number(&to, "kept", head->kept_ms);
	pack_number(&to, "pages_max", (int64_t)head->pages_max);
	pack_number(&to, "hosts_max", (int64_t)head->hosts_max);
	pack_names(&to, "pages", &p->pages);
	pack_names(&to, "hosts", &p->hosts);
	pack_kinds(&to, p);
	pack_items(&to, p, head->now_ms);
	if (no_repeats)
		pack_repeats(&to, p);
	pack_moves(&to, p);
	pack_refused(&to, p);
}
