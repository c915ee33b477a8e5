/* batch.c - items in an array, pages in a hash table by name; MessagePack
 * turns them into the payload that apply.lua unpacks. */
#include "store/batch.h"

#include <msgpack.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "count/calendar.h"
#include "store/account.h"

enum { FIRST_CAP = 16 };

struct batch_item {
	int64_t at_ms;
	uint64_t visitor, id;
	uint32_t page; /* of a view */
	bool is_view, has_id;
};

struct batch_page {
	size_t at, n; /* its name in batch.names */
	uint32_t hash;
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
batch_new(struct account *account, int32_t day, int64_t ids_window)
{
	struct batch *b = xcalloc(1, sizeof(*b));

	b->account = account;
	b->day = day;
	b->ids_window = ids_window;
	return b;
}

static void
free_gathered(struct batch *b)
{
	free(b->items);
	free(b->index);
	b->items = NULL;
	b->index = NULL;
}

void
batch_strip(struct batch *b)
{
	free_gathered(b);
	free(b->pages);
	free(b->waiters);
	free(b->applied.views);
	b->pages = NULL;
	b->waiters = NULL;
	b->applied.views = NULL;
	b->waiters_cap = b->pages_cap = 0;
	buf_fini(&b->names);
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

struct str
batch_page_name(const struct batch *b, size_t page)
{
	return (struct str){ b->names.p + b->pages[page].at, b->pages[page].n };
}

static void
index_page(struct batch *b, size_t page)
{
	size_t slot = b->pages[page].hash & (b->index_cap - 1);

	while (b->index[slot] != 0)
		slot = (slot + 1) & (b->index_cap - 1);
	b->index[slot] = (uint32_t)page + 1;
}

/* Half of the index stays empty, so a probe is short. */
static void
grow_index(struct batch *b)
{
	if (b->npages * 2 < b->index_cap)
		return;
	free(b->index);
	b->index_cap = b->index_cap > 0 ? b->index_cap * 2 : 2 * (size_t)FIRST_CAP;
	b->index = xcalloc(b->index_cap, sizeof(*b->index));
	for (size_t i = 0; i < b->npages; i++)
		index_page(b, i);
}

static uint32_t
find_or_add_page(struct batch *b, struct str name)
{
	uint32_t hash = hash_name(name);

	grow_index(b);
	for (size_t slot = hash & (b->index_cap - 1); b->index[slot] != 0; slot = (slot + 1) & (b->index_cap - 1)) {
		uint32_t page = b->index[slot] - 1;
		if (b->pages[page].hash == hash && str_eq(batch_page_name(b, page), name))
			return page;
	}
	b->pages = grown(b->pages, b->npages, &b->pages_cap, sizeof(*b->pages));
	b->pages[b->npages] = (struct batch_page){ b->names.n, name.n, hash };
	buf_str(&b->names, name);
	index_page(b, b->npages);
	return (uint32_t)b->npages++;
}

int64_t
batch_add(struct batch *b, const struct tally *t)
{
	int64_t page = t->page.n > 0 ? (int64_t)find_or_add_page(b, t->page) : -1;

	b->items = grown(b->items, b->nitems, &b->items_cap, sizeof(*b->items));
	b->items[b->nitems++] = (struct batch_item){
		.at_ms = t->at_ms,
		.visitor = t->visitor,
		.id = t->id,
		.page = (uint32_t)page,
		.is_view = t->kind == HIT_VIEW,
		.has_id = t->has_id,
	};
	b->nviews += t->kind == HIT_VIEW;
	return page;
}

void
batch_wait(struct batch *b, const struct waiter *w)
{
	b->waiters = grown(b->waiters, b->nwaiters, &b->waiters_cap, sizeof(*b->waiters));
	b->waiters[b->nwaiters++] = *w;
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
	pack_column(to, "page_of", b->nviews);
	for (size_t i = 0; i < b->nitems; i++) {
		if (b->items[i].is_view)
			msgpack_pack_uint32(to, b->items[i].page + 1);
	}
	pack_column(to, "id_of", b->nviews);
	for (size_t i = 0; i < b->nitems; i++) {
		const struct batch_item *item = &b->items[i];
		if (item->is_view && item->has_id)
			pack_hash(to, item->id);
		else if (item->is_view)
			pack_text(to, STR(""));
	}
}

void
batch_seal(struct batch *b, uint64_t sequence, const struct batch_times *times)
{
	msgpack_packer to;

	msgpack_packer_init(&to, &b->payload, write_packed);
	msgpack_pack_map(&to, 9);
	pack_number(&to, "now", times->now_ms);
	pack_number(&to, "day", day_number(b->day));
	pack_number(&to, "window", times->online_window_ms);
	pack_number(&to, "dedupe", times->dedupe_window_ms);
	pack_column(&to, "pages", b->npages);
	for (size_t i = 0; i < b->npages; i++)
		pack_text(&to, batch_page_name(b, i));
	pack_views(b, &to);
	pack_column(&to, "visitor_of", b->nitems);
	for (size_t i = 0; i < b->nitems; i++)
		pack_hash(&to, b->items[i].visitor);
	pack_column(&to, "age_of", b->nitems);
	for (size_t i = 0; i < b->nitems; i++)
		msgpack_pack_int64(&to, times->now_ms - b->items[i].at_ms);
	b->sequence = sequence;
	free_gathered(b);
}

static void
answer_one(struct batch *b, const struct waiter *w, enum store_result result, const struct figures *figures)
{
	struct page_views views = { { NULL, 0 }, FIGURE_UNKNOWN };
	struct answer answer = { b->account->name, figures, &views, w->page >= 0 };

	if (w->page >= 0) {
		views.page = batch_page_name(b, (size_t)w->page);
		if (b->applied.views != NULL)
			views.views = b->applied.views[w->page];
	}
	w->cb(w->arg, result, figures != NULL ? &answer : NULL);
}

void
batch_answer_until(struct batch *b, int64_t until_us, enum store_result result, const struct figures *figures)
{
	size_t n = 0;

	while (n < b->nwaiters && b->waiters[n].since_us <= until_us)
		answer_one(b, &b->waiters[n++], result, figures);
	b->nwaiters -= n;
	if (b->nwaiters > 0)
		memmove(b->waiters, b->waiters + n, b->nwaiters * sizeof(*b->waiters));
}

void
batch_answer(struct batch *b, enum store_result result, const struct figures *figures)
{
	batch_answer_until(b, INT64_MAX, result, figures);
}
