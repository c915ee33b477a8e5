/* batch.c - items in an array, pages in a hash table by name; MessagePack
 * turns them into the payload that apply.lua unpacks. */
#include "store/batch.h"

#include <msgpack.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "count/calendar.h"
#include "store/stream.h"

enum { FIRST_CAP = 16 };

struct item {
	int64_t at_ms;
	uint64_t visitor, id;
	uint32_t page; /* of a view */
	bool is_view, has_id;
};

struct page {
	size_t at, n; /* its name in names */
	uint32_t hash;
};

/* What a batch needs until its first answer. */
struct gathering {
	struct item *items; /* owned; gone once sealed */
	size_t items_cap;
	struct buf names; /* of the pages, one behind the other */
	struct page *pages; /* owned */
	size_t npages, pages_cap;
	uint32_t *index; /* owned; open addressing: page number + 1, or 0; gone once sealed */
	size_t index_cap; /* a power of two, or 0 */
	struct waiter *waiters; /* owned */
	size_t nwaiters, waiters_cap;
	bool is_applied;
	struct applied applied;
};

/* Room for one more item in an array that doubles. */
static void *
grown(void *array, size_t n, size_t *cap, size_t size)
{
	if (n < *cap)
		return array;
	*cap = *cap > 0 ? *cap * 2 : FIRST_CAP;
	return xrealloc(array, *cap * size);
}

struct batch *
batch_new(struct stream *stream, int32_t day, int64_t ids_window)
{
	struct batch *b = xcalloc(1, sizeof(*b));

	b->stream = stream;
	b->day = day;
	b->ids_window = ids_window;
	b->gathering = xcalloc(1, sizeof(*b->gathering));
	return b;
}

struct batch *
batch_of_record(struct stream *stream, const struct spool_record *r, struct spool_place place)
{
	struct batch *b = xcalloc(1, sizeof(*b));

	b->stream = stream;
	b->day = r->day;
	b->ids_window = r->ids_window;
	b->accepted_ms = r->accepted_ms;
	b->sequence = r->sequence;
	b->nitems = b->nviews = r->hits;
	b->in_spool = true;
	b->place = place;
	return b;
}

struct spool_record
batch_record(const struct batch *b)
{
	return (struct spool_record){
		.site = b->stream->site,
		.payload = buf_view(&b->payload),
		.sequence = b->sequence,
		.ids_window = b->ids_window,
		.accepted_ms = b->accepted_ms,
		.day = b->day,
		.hits = b->nviews,
	};
}

static void
free_gathered(struct gathering *g)
{
	free(g->items);
	free(g->index);
	g->items = NULL;
	g->index = NULL;
}

void
batch_strip(struct batch *b)
{
	struct gathering *g = b->gathering;

	if (g == NULL)
		return;
	free_gathered(g);
	free(g->pages);
	free(g->waiters);
	free(g->applied.views);
	buf_fini(&g->names);
	free(g);
	b->gathering = NULL;
}

void
batch_free(struct batch *b)
{
	if (b == NULL)
		return;
	batch_strip(b);
	buf_fini(&b->payload);
	free(b);
}

/* FNV-1a: pages come from our own site's visitors, and a batch has at most a
 * thousand of them, so a keyed hash would buy nothing. */
static uint32_t
hash_name(struct str name)
{
	uint32_t h = 2166136261U;

	for (size_t i = 0; i < name.n; i++)
		h = (h ^ (unsigned char)name.p[i]) * 16777619U;
	return h;
}

static struct str
page_name(const struct gathering *g, size_t page)
{
	return (struct str){ g->names.p + g->pages[page].at, g->pages[page].n };
}

struct str
batch_page_name(const struct batch *b, size_t page)
{
	return page_name(b->gathering, page);
}

size_t
batch_pages(const struct batch *b)
{
	return b->gathering != NULL ? b->gathering->npages : 0;
}

static void
index_page(struct gathering *g, size_t page)
{
	size_t slot = g->pages[page].hash & (g->index_cap - 1);

	while (g->index[slot] != 0)
		slot = (slot + 1) & (g->index_cap - 1);
	g->index[slot] = (uint32_t)page + 1;
}

/* Half of the index stays empty, so a probe is short. */
static void
grow_index(struct gathering *g)
{
	if (g->npages * 2 < g->index_cap)
		return;
	free(g->index);
	g->index_cap = g->index_cap > 0 ? g->index_cap * 2 : 2 * (size_t)FIRST_CAP;
	g->index = xcalloc(g->index_cap, sizeof(*g->index));
	for (size_t i = 0; i < g->npages; i++)
		index_page(g, i);
}

static uint32_t
find_or_add_page(struct gathering *g, struct str name)
{
	uint32_t hash = hash_name(name);

	grow_index(g);
	for (size_t slot = hash & (g->index_cap - 1); g->index[slot] != 0; slot = (slot + 1) & (g->index_cap - 1)) {
		uint32_t page = g->index[slot] - 1;
		if (g->pages[page].hash == hash && str_eq(page_name(g, page), name))
			return page;
	}
	g->pages = grown(g->pages, g->npages, &g->pages_cap, sizeof(*g->pages));
	g->pages[g->npages] = (struct page){ g->names.n, name.n, hash };
	buf_str(&g->names, name);
	index_page(g, g->npages);
	return (uint32_t)g->npages++;
}

int64_t
batch_add(struct batch *b, const struct tally *t)
{
	struct gathering *g = b->gathering;
	int64_t page = t->page.n > 0 ? (int64_t)find_or_add_page(g, t->page) : -1;

	g->items = grown(g->items, b->nitems, &g->items_cap, sizeof(*g->items));
	g->items[b->nitems++] = (struct item){
		.at_ms = t->at_ms,
		.visitor = t->visitor,
		.id = t->id,
		.page = (uint32_t)page,
		.is_view = t->kind == HIT_VIEW,
		.has_id = t->has_id,
	};
	b->nviews += t->kind == HIT_VIEW;
	if (t->at_ms > b->accepted_ms)
		b->accepted_ms = t->at_ms;
	return page;
}

void
batch_wait(struct batch *b, const struct waiter *w)
{
	struct gathering *g = b->gathering;

	g->waiters = grown(g->waiters, g->nwaiters, &g->waiters_cap, sizeof(*g->waiters));
	g->waiters[g->nwaiters++] = *w;
}

size_t
batch_waiters(const struct batch *b)
{
	return b->gathering != NULL ? b->gathering->nwaiters : 0;
}

int64_t
batch_waits_since(const struct batch *b)
{
	return b->gathering->waiters[0].since_us;
}

void
batch_set_applied(struct batch *b, const struct applied *applied)
{
	free(b->gathering->applied.views);
	b->gathering->applied = *applied;
	b->gathering->is_applied = true;
}

const struct applied *
batch_applied(const struct batch *b)
{
	return b->gathering != NULL && b->gathering->is_applied ? &b->gathering->applied : NULL;
}

static int
write_packed(void *out, const char *p, size_t n)
{
	buf_add(out, p, n);
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

/* The columns of views alone; numbers of pages count from 1, as Lua does. */
static void
pack_views(const struct batch *b, msgpack_packer *to)
{
	const struct item *items = b->gathering->items;

	pack_column(to, "page_of", b->nviews);
	for (size_t i = 0; i < b->nitems; i++) {
		if (items[i].is_view)
			msgpack_pack_uint32(to, items[i].page + 1);
	}
	pack_column(to, "id_of", b->nviews);
	for (size_t i = 0; i < b->nitems; i++) {
		const struct item *item = &items[i];
		if (item->is_view && item->has_id)
			pack_hash(to, item->id);
		else if (item->is_view)
			pack_text(to, STR(""));
	}
}

void
batch_seal(struct batch *b, uint64_t sequence, const struct batch_times *times)
{
	const struct item *items = b->gathering->items;
	msgpack_packer to;

	msgpack_packer_init(&to, &b->payload, write_packed);
	msgpack_pack_map(&to, 9);
	pack_number(&to, "now", times->now_ms);
	pack_number(&to, "day", day_number(b->day));
	pack_number(&to, "window", times->online_window_ms);
	pack_number(&to, "dedupe", times->dedupe_window_ms);
	pack_column(&to, "pages", b->gathering->npages);
	for (size_t i = 0; i < b->gathering->npages; i++)
		pack_text(&to, batch_page_name(b, i));
	pack_views(b, &to);
	pack_column(&to, "visitor_of", b->nitems);
	for (size_t i = 0; i < b->nitems; i++)
		pack_hash(&to, items[i].visitor);
	pack_column(&to, "age_of", b->nitems);
	for (size_t i = 0; i < b->nitems; i++)
		msgpack_pack_int64(&to, times->now_ms - items[i].at_ms);
	b->sequence = sequence;
	free_gathered(b->gathering);
}

static void
answer_one(struct batch *b, const struct waiter *w, enum store_result result, const struct figures *figures)
{
	const struct applied *applied = batch_applied(b);
	struct page_views views = { { NULL, 0 }, FIGURE_UNKNOWN };
	struct answer answer = { b->stream->site, figures, &views, w->page >= 0 };

	if (w->page >= 0) {
		views.page = batch_page_name(b, (size_t)w->page);
		if (applied != NULL)
			views.views = applied->views[w->page];
	}
	w->cb(w->arg, result, figures != NULL ? &answer : NULL);
}

void
batch_answer_until(struct batch *b, int64_t until_us, enum store_result result, const struct figures *figures)
{
	struct gathering *g = b->gathering;
	size_t n = 0;

	while (n < g->nwaiters && g->waiters[n].since_us <= until_us)
		answer_one(b, &g->waiters[n++], result, figures);
	g->nwaiters -= n;
	if (g->nwaiters > 0)
		memmove(g->waiters, g->waiters + n, g->nwaiters * sizeof(*g->waiters));
}

void
batch_answer(struct batch *b, enum store_result result, const struct figures *figures)
{
	batch_answer_until(b, INT64_MAX, result, figures);
}
