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
	uint64_t repeat;
	uint32_t visitor; /* its number */
	uint32_t page, id, kind, host; /* numbers + 1; 0: it has none */
};

struct presence {
	uint64_t name;
	int64_t at_ms; /* last seen */
	bool stayed; /* a beat of it came first */
	bool viewed;
	uint32_t place; /* among those who stayed, or those who came */
};

struct kind {
	struct profile profile;
	uint32_t hits;
};

struct move {
	uint64_t from, to;
};

void
payload_freeze(struct payload *p)
{
	struct names pages = p->pages;

	free(p->items);
	free(p->ids);
	free(p->visitors);
	free(p->kinds);
	free(p->moves);
	index_fini(&p->visitor_index);
	index_fini(&p->kind_index);
	names_fini(&p->hosts);
	names_freeze(&pages);
	*p = (struct payload){ .pages = pages };
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
	uint64_t parts[2];

	_Static_assert(sizeof(*profile) == sizeof(parts), "a profile is two words");
	memcpy(parts, profile, sizeof(*profile));
	return index_hash(parts[0] ^ (parts[1] * 0xff51afd7ed558ccdULL));
}

static uint32_t
find_or_add_kind(struct payload *p, const struct profile *profile)
{
	uint32_t hash = hash_profile(profile), kind;

	for (size_t slot = index_first(&p->kind_index, hash); index_at(&p->kind_index, slot, &kind);
	     slot = index_next(&p->kind_index, slot)) {
		if (memcmp(&p->kinds[kind].profile, profile, sizeof(*profile)) == 0)
			return kind;
	}
	p->kinds = grown(p->kinds, p->nkinds, &p->kinds_cap, sizeof(*p->kinds));
	p->kinds[p->nkinds] = (struct kind){ .profile = *profile };
	index_add(&p->kind_index, hash);
	return (uint32_t)p->nkinds++;
}

static uint32_t
find_or_add_visitor(struct payload *p, const struct tally *t)
{
	uint32_t hash = index_hash(t->visitor), i;
	struct presence *v;

	for (size_t slot = index_first(&p->visitor_index, hash); index_at(&p->visitor_index, slot, &i);
	     slot = index_next(&p->visitor_index, slot)) {
		v = &p->visitors[i];
		if (v->name != t->visitor)
			continue;
		v->at_ms = t->at_ms > v->at_ms ? t->at_ms : v->at_ms;
		v->viewed |= t->kind == HIT_VIEW;
		return i;
	}
	p->visitors = grown(p->visitors, p->nvisitors, &p->visitors_cap, sizeof(*p->visitors));
	p->visitors[p->nvisitors] = (struct presence){
		.name = t->visitor,
		.at_ms = t->at_ms,
		.stayed = t->kind == HIT_BEAT,
		.viewed = t->kind == HIT_VIEW,
	};
	index_add(&p->visitor_index, hash);
	return (uint32_t)p->nvisitors++;
}

static void
add_view(struct payload *p, const struct tally *t, uint32_t page, struct item *item)
{
	uint32_t kind = find_or_add_kind(p, &t->profile), host = names_add(&p->hosts, t->referrer);

	p->hits++;
	p->pages.items[page].count++;
	p->kinds[kind].hits++;
	p->hosts.items[host].count++;
	item->page = page + 1;
	item->kind = kind + 1;
	item->host = host + 1;
	item->repeat = t->repeat;
	if (!t->has_id)
		return;
	p->ids = grown(p->ids, p->nids, &p->ids_cap, sizeof(*p->ids));
	p->ids[p->nids++] = t->id;
	item->id = (uint32_t)p->nids;
}

int64_t
payload_add(struct payload *p, const struct tally *t)
{
	int64_t page = t->page.n > 0 ? (int64_t)names_add(&p->pages, t->page) : -1;
	struct item *item;

	if (t->refusal != REFUSAL_NONE) {
		p->refused[t->refusal] += t->kind == HIT_VIEW;
		return page;
	}
	p->items = grown(p->items, p->nitems, &p->items_cap, sizeof(*p->items));
	item = &p->items[p->nitems++];
	*item = (struct item){ .at_ms = t->at_ms, .visitor = find_or_add_visitor(p, t) };
	if (t->kind == HIT_VIEW)
		add_view(p, t, (uint32_t)page, item);
	if (t->has_yesterday) {
		p->moves = grown(p->moves, p->nmoves, &p->moves_cap, sizeof(*p->moves));
		p->moves[p->nmoves++] = (struct move){ t->yesterday, t->visitor };
	}
	return page;
}

/* ---- packing ------------------------------------------------------------ */

enum { ELEMENTS = 18 };

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
pack_hash(msgpack_packer *to, uint64_t hash)
{
	pack_text(to, (struct str){ (const char *)&hash, sizeof(hash) });
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
		msgpack_pack_int64(to, names->items[i].count);
}

/* What is told of the batch's kinds, and of what was refused. */
static void
add_details(const struct payload *p, struct names *details, uint32_t (*parts)[PROFILE_PARTS])
{
	struct buf text = { 0 };
	uint32_t detail;

	for (size_t i = 0; i < p->nkinds; i++) {
		for (enum profile_part part = 0; part < PROFILE_PARTS; part++) {
			buf_clear(&text);
			profile_write(&p->kinds[i].profile, part, &text);
			detail = names_add(details, buf_view(&text));
			details->items[detail].count += p->kinds[i].hits;
			parts[i][part] = detail;
		}
	}
	for (size_t i = 0; i < REFUSAL_COUNT; i++) {
		if (p->refused[i] == 0)
			continue;
		buf_clear(&text);
		buf_puts(&text, "x:");
		buf_puts(&text, refusal_text((enum refusal)i)->name);
		detail = names_add(details, buf_view(&text));
		details->items[detail].count = p->refused[i];
	}
	buf_fini(&text);
}

static void
pack_tallies(const struct payload *p, const struct payload_head *head, const struct names *details, struct buf *out)
{
	msgpack_packer to;

	if (details->n == 0 && p->pages.n == 0)
		return;
	msgpack_packer_init(&to, out, write_packed);
	pack_names(&to, &p->pages);
	pack_names(&to, details);
	pack_names(&to, &p->hosts);
	msgpack_pack_uint64(&to, head->hosts_max);
	msgpack_pack_int64(&to, head->kept_ms);
}

static void
pack_column(msgpack_packer *to, const struct payload *p, size_t offset)
{
	msgpack_pack_array(to, p->nitems);
	for (size_t i = 0; i < p->nitems; i++)
		msgpack_pack_uint32(to, *(const uint32_t *)((const char *)&p->items[i] + offset));
}

static void
pack_each(const struct payload *p, const struct payload_head *head, uint32_t (*parts)[PROFILE_PARTS], size_t nstayed,
    struct buf *out)
{
	bool has_repeats = head->repeat_window_ms > 0;
	msgpack_packer to;

	msgpack_packer_init(&to, out, write_packed);
	msgpack_pack_array(&to, has_repeats ? 8 : 7);
	pack_column(&to, p, offsetof(struct item, page));
	pack_column(&to, p, offsetof(struct item, id));
	msgpack_pack_array(&to, p->nitems);
	for (size_t i = 0; i < p->nitems; i++) {
		const struct presence *v = &p->visitors[p->items[i].visitor];
		msgpack_pack_uint64(&to, (v->stayed ? 0 : nstayed) + v->place + 1);
	}
	msgpack_pack_array(&to, p->nitems);
	for (size_t i = 0; i < p->nitems; i++)
		msgpack_pack_int64(&to, head->now_ms - p->items[i].at_ms);
	pack_column(&to, p, offsetof(struct item, kind));
	pack_column(&to, p, offsetof(struct item, host));
	msgpack_pack_array(&to, p->nkinds);
	for (size_t i = 0; i < p->nkinds; i++) {
		msgpack_pack_array(&to, PROFILE_PARTS);
		for (size_t part = 0; part < PROFILE_PARTS; part++)
			msgpack_pack_uint32(&to, parts[i][part] + 1);
	}
	if (!has_repeats)
		return;
	msgpack_pack_array(&to, p->nitems);
	for (size_t i = 0; i < p->nitems; i++) {
		if (p->items[i].repeat != 0)
			pack_hash(&to, p->items[i].repeat);
		else /* a beat, or a view that came before the option did */
			pack_text(&to, STR(""));
	}
}

static void
pack_presence(msgpack_packer *to, const struct payload *p, bool stayed, size_t n)
{
	struct buf moment = { 0 };

	msgpack_pack_array(to, 2 * n);
	for (size_t i = 0; i < p->nvisitors; i++) {
		if (p->visitors[i].stayed != stayed)
			continue;
		buf_clear(&moment);
		buf_int(&moment, p->visitors[i].at_ms);
		pack_text(to, buf_view(&moment));
		pack_hash(to, p->visitors[i].name);
	}
	buf_fini(&moment);
}

static void
pack_visitors(msgpack_packer *to, const struct payload *p, size_t nstayed)
{
	size_t nviewed = 0;

	pack_presence(to, p, true, nstayed);
	pack_presence(to, p, false, p->nvisitors - nstayed);
	for (size_t i = 0; i < p->nvisitors; i++)
		nviewed += p->visitors[i].viewed;
	msgpack_pack_array(to, nviewed);
	for (size_t i = 0; i < p->nvisitors; i++) {
		if (p->visitors[i].viewed)
			pack_hash(to, p->visitors[i].name);
	}
	msgpack_pack_array(to, p->nmoves);
	for (size_t i = 0; i < p->nmoves; i++)
		pack_hash(to, p->moves[i].from);
	msgpack_pack_array(to, p->nmoves);
	for (size_t i = 0; i < p->nmoves; i++)
		pack_hash(to, p->moves[i].to);
}

/* Number those who stayed, and those who came; how many have stayed. */
static size_t
place_visitors(const struct payload *p)
{
	uint32_t stayed = 0, came = 0;

	for (size_t i = 0; i < p->nvisitors; i++)
		p->visitors[i].place = p->visitors[i].stayed ? stayed++ : came++;
	return stayed;
}

static int64_t
earliest(const struct payload *p, int64_t latest)
{
	for (size_t i = 0; i < p->nitems; i++)
		latest = p->items[i].at_ms < latest ? p->items[i].at_ms : latest;
	return latest;
}

void
payload_pack(const struct payload *p, const struct payload_head *head, struct buf *out)
{
	uint32_t(*parts)[PROFILE_PARTS] = xcalloc(p->nkinds + 1, sizeof(*parts));
	size_t nstayed = place_visitors(p);
	struct names details = { 0 };
	struct buf text = { 0 };
	msgpack_packer to;

	const int64_t numbers[] = { head->now_ms, head->accepted_ms, earliest(p, head->accepted_ms), head->day,
		head->online_window_ms, head->dedupe_window_ms, head->repeat_window_ms, head->kept_ms,
		(int64_t)head->pages_max, p->hits };

	msgpack_packer_init(&to, out, write_packed);
	msgpack_pack_array(&to, ELEMENTS);
	for (size_t i = 0; i < NITEMS(numbers); i++)
		msgpack_pack_int64(&to, numbers[i]);
	msgpack_pack_array(&to, p->nids);
	for (size_t i = 0; i < p->nids; i++)
		pack_hash(&to, p->ids[i]);
	pack_visitors(&to, p, nstayed);
	add_details(p, &details, parts);
	pack_each(p, head, parts, nstayed, &text);
	pack_text(&to, buf_view(&text));
	buf_clear(&text);
	pack_tallies(p, head, &details, &text);
	pack_text(&to, buf_view(&text));
	names_fini(&details);
	buf_fini(&text);
	free(parts);
}
