/* payload.c - what a batch's items have in common stands once and is numbered;
 * an item is its numbers. */
#include "store/payload.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "count/profile.h"
#include "store/pack.h"

struct item {
	int64_t at_ms;
	uint64_t repeat;
	uint32_t visitor; /* its number */
	uint32_t page, id, kind, host; /* numbers + 1; 0: it has none */
};

struct kind {
	struct profile profile;
	uint32_t hits;
	uint32_t details[PROFILE_PARTS]; /* their numbers, once they are added */
};

void
payload_freeze(struct payload *p)
{
	struct payload left = {
		.ids = p->ids,
		.nids = p->nids,
		.ids_cap = p->ids_cap,
		.visitors = p->visitors,
		.nvisitors = p->nvisitors,
		.visitors_cap = p->visitors_cap,
		.moves = p->moves,
		.nmoves = p->nmoves,
		.moves_cap = p->moves_cap,
		.is_plain = p->is_plain,
		.pages_max = p->pages_max,
		.moments = p->moments,
		.ids_at = p->ids_at,
		.presence_at = p->presence_at,
		.moved_at = p->moved_at,
		.tally_at = p->tally_at,
		.tallies = p->tallies,
	};

	tallies_freeze(&left.tallies);
	free(p->items);
	free(p->kinds);
	index_fini(&p->id_index);
	index_fini(&p->visitor_index);
	index_fini(&p->kind_index);
	buf_fini(&p->text);
	buf_fini(&p->each);
	buf_fini(&p->packed);
	*p = left;
}

void
payload_fini(struct payload *p)
{
	payload_freeze(p);
	free(p->ids);
	free(p->visitors);
	free(p->moves);
	tallies_fini(&p->tallies);
	*p = (struct payload){ 0 };
}

void
payload_clear(struct payload *p)
{
	p->nitems = p->nids = p->nvisitors = p->nkinds = p->nmoves = 0;
	index_clear(&p->id_index);
	index_clear(&p->visitor_index);
	index_clear(&p->kind_index);
	p->has_twins = false;
	memset(p->refused, 0, sizeof(p->refused));
	tallies_clear(&p->tallies);
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
	struct sighting *v;

	for (size_t slot = index_first(&p->visitor_index, hash); index_at(&p->visitor_index, slot, &i);
	     slot = index_next(&p->visitor_index, slot)) {
		v = &p->visitors[i];
		if (v->visitor != t->visitor)
			continue;
		v->at_ms = t->at_ms > v->at_ms ? t->at_ms : v->at_ms;
		v->viewed |= t->kind == HIT_VIEW;
		return i;
	}
	p->visitors = grown(p->visitors, p->nvisitors, &p->visitors_cap, sizeof(*p->visitors));
	p->visitors[p->nvisitors] = (struct sighting){
		.visitor = t->visitor,
		.at_ms = t->at_ms,
		.stayed = t->kind == HIT_BEAT,
		.viewed = t->kind == HIT_VIEW,
	};
	index_add(&p->visitor_index, hash);
	return (uint32_t)p->nvisitors++;
}

static uint32_t
add_id(struct payload *p, uint64_t id)
{
	uint32_t hash = index_hash(id), i;

	for (size_t slot = index_first(&p->id_index, hash); index_at(&p->id_index, slot, &i);
	     slot = index_next(&p->id_index, slot))
		p->has_twins |= p->ids[i] == id;
	p->ids = grown(p->ids, p->nids, &p->ids_cap, sizeof(*p->ids));
	p->ids[p->nids] = id;
	index_add(&p->id_index, hash);
	return (uint32_t)p->nids++;
}

static void
add_view(struct payload *p, const struct tally *t, uint32_t page, struct item *item)
{
	uint32_t kind = find_or_add_kind(p, &t->profile), host = names_add(&p->tallies.hosts, t->referrer);

	p->tallies.hits++;
	p->tallies.pages.items[page].count++;
	p->kinds[kind].hits++;
	p->tallies.hosts.items[host].count++;
	item->page = page + 1;
	item->kind = kind + 1;
	item->host = host + 1;
	item->repeat = t->repeat;
	if (t->has_id)
		item->id = add_id(p, t->id) + 1;
}

int64_t
payload_add(struct payload *p, const struct tally *t)
{
	int64_t page = t->page.n > 0 ? (int64_t)names_add(&p->tallies.pages, t->page) : -1;
	struct item *item;

	if (t->refusal != REFUSAL_NONE) {
		p->refused[t->refusal] += t->kind == HIT_VIEW;
		return page;
	}
	p->first_ms = p->nitems == 0 || t->at_ms < p->first_ms ? t->at_ms : p->first_ms;
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

enum { VISIT_MS = 30 * 60 * 1000 }; /* as apply.lua has it */
enum { MOMENT_BYTES = 13 };

static void
pack_hash(msgpack_packer *to, uint64_t hash)
{
	pack_text(to, (struct str){ (const char *)&hash, sizeof(hash) });
}

/* What is told of the batch's kinds, and of what was refused. */
static void
add_details(struct payload *p)
{
	struct buf *text = &p->text;
	uint32_t detail;

	for (size_t i = 0; i < p->nkinds; i++) {
		for (enum profile_part part = 0; part < PROFILE_PARTS; part++) {
			buf_clear(text);
			profile_write(&p->kinds[i].profile, part, text);
			detail = names_add(&p->tallies.details, buf_view(text));
			p->tallies.details.items[detail].count += p->kinds[i].hits;
			p->kinds[i].details[part] = detail;
		}
	}
	for (size_t i = 0; i < REFUSAL_COUNT; i++) {
		if (p->refused[i] == 0)
			continue;
		buf_clear(text);
		buf_puts(text, "x:");
		buf_puts(text, refusal_text((enum refusal)i)->name);
		detail = names_add(&p->tallies.details, buf_view(text));
		p->tallies.details.items[detail].count = p->refused[i];
	}
}

static void
add_viewers_who(struct payload *p, bool stayed)
{
	for (size_t i = 0; i < p->nvisitors; i++) {
		if (p->visitors[i].viewed && p->visitors[i].stayed == stayed)
			buf_add(&p->tallies.viewers, &p->visitors[i].visitor, sizeof(p->visitors[i].visitor));
	}
}

/* The visitors of views, each once. */
static void
add_viewers(struct payload *p, size_t nstayed)
{
	add_viewers_who(p, false);
	add_viewers_who(p, true);
	p->tallies.ncomers = p->nvisitors - nstayed;
}

static void
pack_column(msgpack_packer *to, const struct payload *p, size_t offset)
{
	msgpack_pack_array(to, p->nitems);
	for (size_t i = 0; i < p->nitems; i++)
		pack_number(to, *(const uint32_t *)((const char *)&p->items[i] + offset));
}

static void
pack_each(const struct payload *p, const struct payload_head *head, size_t nstayed, struct buf *out)
{
	msgpack_packer to;

	pack_into(&to, out);
	msgpack_pack_int64(&to, head->now_ms);
	msgpack_pack_int64(&to, head->accepted_ms);
	msgpack_pack_int64(&to, head->repeat_window_ms);
	pack_column(&to, p, offsetof(struct item, page));
	pack_column(&to, p, offsetof(struct item, id));
	msgpack_pack_array(&to, p->nitems);
	for (size_t i = 0; i < p->nitems; i++) {
		const struct sighting *v = &p->visitors[p->items[i].visitor];
		pack_number(&to, (int64_t)((v->stayed ? 0 : nstayed) + v->place + 1));
	}
	msgpack_pack_array(&to, p->nitems);
	for (size_t i = 0; i < p->nitems; i++)
		pack_number(&to, head->now_ms - p->items[i].at_ms);
	pack_column(&to, p, offsetof(struct item, kind));
	pack_column(&to, p, offsetof(struct item, host));
	msgpack_pack_array(&to, p->nkinds);
	for (size_t i = 0; i < p->nkinds; i++) {
		msgpack_pack_array(&to, PROFILE_PARTS);
		for (size_t part = 0; part < PROFILE_PARTS; part++)
			pack_number(&to, p->kinds[i].details[part] + 1);
	}
	if (head->repeat_window_ms == 0)
		return;
	msgpack_pack_array(&to, p->nitems);
	for (size_t i = 0; i < p->nitems; i++) {
		if (p->items[i].repeat != 0)
			pack_hash(&to, p->items[i].repeat);
		else /* a beat, or a view that came before the option did */
			pack_text(&to, STR(""));
	}
}

/* Names, one behind the other. */

static void
add_hash(struct buf *out, uint64_t hash)
{
	buf_add(out, &hash, sizeof(hash));
}

/* 13 digits, until the year 2286; zeros in front where a clock is not set yet. */
static void
add_moment(struct buf *out, int64_t at_ms)
{
	size_t start = out->n;

	buf_int(out, 10000000000000 + (at_ms > 0 ? at_ms % 10000000000000 : 0));
	memmove(out->p + start, out->p + start + 1, MOMENT_BYTES);
	out->n--;
}

/* Many come in the same millisecond, whose digits stand there already. */
static void
add_presence(struct buf *out, const struct payload *p, bool stayed)
{
	const struct sighting *last = NULL;

	for (size_t i = 0; i < p->nvisitors; i++) {
		const struct sighting *v = &p->visitors[i];

		if (v->stayed != stayed)
			continue;
		if (last != NULL && last->at_ms == v->at_ms) {
			char *room = buf_reserve(out, MOMENT_BYTES);
			memcpy(room, room - MOMENT_BYTES - sizeof(v->visitor), MOMENT_BYTES);
			out->n += MOMENT_BYTES;
		} else {
			add_moment(out, v->at_ms);
		}
		add_hash(out, v->visitor);
		last = v;
	}
}

static void
add_names(struct buf *out, struct payload *p)
{
	p->ids_at = out->n;
	buf_add(out, p->ids, p->nids * sizeof(*p->ids));
	p->presence_at = out->n;
	add_presence(out, p, true);
	add_presence(out, p, false);
	p->moved_at = out->n;
	for (size_t i = 0; i < p->nmoves; i++)
		add_hash(out, p->moves[i].from);
	for (size_t i = 0; i < p->nmoves; i++)
		add_hash(out, p->moves[i].to);
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

static void
pack_and_clear(msgpack_packer *to, struct buf *text)
{
	pack_text(to, buf_view(text));
	buf_clear(text);
}

/* A number as Redis wants it, behind a prefix. */
static void
pack_decimal(msgpack_packer *to, const char *prefix, int64_t n, struct buf *text)
{
	buf_puts(text, prefix);
	buf_int(text, n);
	pack_and_clear(to, text);
}

static struct payload_moments
moments_of(const struct payload *p, const struct payload_head *head)
{
	int64_t first = p->nitems > 0 ? p->first_ms : head->accepted_ms;
	int64_t presence = head->online_window_ms > VISIT_MS ? head->online_window_ms : VISIT_MS;

	return (struct payload_moments){
		.leaving_to = head->accepted_ms - VISIT_MS,
		.forgotten = first - presence,
		.since = head->now_ms - head->online_window_ms,
		.presence_ttl = presence,
		.ids_ttl = 2 * head->dedupe_window_ms,
	};
}

static void
pack_moments(msgpack_packer *to, const struct payload *p, const struct payload_head *head, struct buf *text)
{
	msgpack_pack_uint32(to, head->day);
	pack_decimal(to, "", head->day, text);
	pack_decimal(to, "", p->moments.leaving_to, text);
	pack_decimal(to, "(", p->moments.forgotten, text);
	pack_decimal(to, "(", p->moments.since, text);
	msgpack_pack_int64(to, p->moments.presence_ttl);
	msgpack_pack_int64(to, p->moments.ids_ttl);
	msgpack_pack_int64(to, head->kept_ms);
}

/* What the sums of a batch say is what its hits would say one by one, if nothing that Redis holds stands against it. */
static bool
may_be_whole(const struct payload *p, const struct payload_head *head)
{
	return !p->has_twins && head->repeat_window_ms == 0 && head->online_window_ms <= VISIT_MS &&
	       (p->nitems == 0 || head->accepted_ms - p->first_ms <= VISIT_MS);
}

static void
pack_counts(
    msgpack_packer *to, const struct payload *p, const struct payload_head *head, size_t nstayed, size_t each_size)
{
	msgpack_pack_uint64(to, head->pages_max);
	pack_bool(to, may_be_whole(p, head));
	msgpack_pack_uint32(to, p->tallies.hits);
	msgpack_pack_uint64(to, p->nids);
	msgpack_pack_uint64(to, nstayed);
	msgpack_pack_uint64(to, p->nvisitors - nstayed);
	msgpack_pack_uint64(to, p->nmoves);
	msgpack_pack_uint64(to, each_size);
}

void
payload_pack(struct payload *p, const struct payload_head *head, struct buf *out)
{
	size_t nstayed = place_visitors(p);
	msgpack_packer to;

	memcpy(p->tallies.tag, head->tag, TAG_BYTES);
	p->tallies.hosts_max = head->hosts_max;
	p->tallies.kept_ms = head->kept_ms;
	p->is_plain = may_be_whole(p, head) && p->nmoves == 0;
	p->moments = moments_of(p, head);
	p->pages_max = head->pages_max;
	add_details(p);
	add_viewers(p, nstayed);
	buf_clear(&p->each);
	pack_each(p, head, nstayed, &p->each);
	buf_clear(&p->text);
	buf_clear(&p->packed);
	pack_into(&to, &p->packed);
	pack_moments(&to, p, head, &p->text);
	pack_counts(&to, p, head, nstayed, p->each.n);
	add_names(&p->packed, p);
	buf_str(&p->packed, buf_view(&p->each));
	p->tally_at = p->packed.n;
	if (!tallies_are_none(&p->tallies))
		tallies_pack(&p->tallies, &p->packed);
	buf_str(out, buf_view(&p->packed));
}
