/* batch.c - what comes is in a payload, who waits in an array. */
#include "store/batch.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "count/calendar.h"
#include "store/gathering.h"
#include "store/stream.h"

struct batch *
batch_new(struct gatherings *gatherings, struct stream *stream, int32_t day, int64_t ids_window)
{
	struct batch *b = xcalloc(1, sizeof(*b));

	b->stream = stream;
	b->day = day;
	b->ids_window = ids_window;
	b->gathering = gathering_take(gatherings);
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

void
batch_strip(struct batch *b)
{
	if (b->gathering == NULL)
		return;
	gathering_give_back(b->gathering);
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

struct str
batch_page_name(const struct batch *b, size_t page)
{
	return names_at(&b->gathering->payload.tallies.pages, page);
}

bool
batch_is_plain(const struct batch *b)
{
	return b->gathering != NULL && b->gathering->payload.is_plain;
}

int64_t
batch_page_hits(const struct batch *b, size_t page)
{
	return b->gathering->payload.tallies.pages.items[page].count;
}

size_t
batch_pages(const struct batch *b)
{
	return b->gathering != NULL ? b->gathering->payload.tallies.pages.n : 0;
}

int64_t
batch_add(struct batch *b, const struct tally *t)
{
	b->nitems++;
	if (t->refusal == REFUSAL_NONE) {
		b->nviews += t->kind == HIT_VIEW;
		b->nbeats += t->kind == HIT_BEAT;
	}
	/* Of refused ones too: a spool's age is that of its oldest batch. */
	if (t->at_ms > b->accepted_ms)
		b->accepted_ms = t->at_ms;
	return payload_add(&b->gathering->payload, t);
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

const struct tallies *
batch_tallies(const struct batch *b)
{
	return b->gathering != NULL ? &b->gathering->payload.tallies : NULL;
}

const struct payload *
batch_payload(const struct batch *b)
{
	return b->gathering != NULL ? &b->gathering->payload : NULL;
}

bool
batch_was_changed(const struct batch *b, const struct applied *said)
{
	size_t npages = batch_pages(b);

	if (b->gathering == NULL || !said->now || said->counted != b->nviews)
		return true;
	for (size_t i = 0; i < npages; i++) {
		if (said->views[i] < 0)
			return true;
	}
	return false;
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

/* Half of the writer's random digits, and what of the sequence differs within a day. */
static void
set_tag(char tag[TAG_BYTES], const struct batch *b)
{
	uint32_t number = (uint32_t)b->sequence;

	memcpy(tag, b->stream->writer, TAG_BYTES - sizeof(number));
	memcpy(tag + TAG_BYTES - sizeof(number), &number, sizeof(number));
}

void
batch_seal(struct batch *b, uint64_t sequence, struct payload_head *head)
{
	head->day = day_number(b->day);
	head->accepted_ms = b->accepted_ms;
	b->sequence = sequence;
	set_tag(head->tag, b);
	payload_pack(&b->gathering->payload, head, &b->payload);
	gathering_seal(b->gathering, b->nitems, b->payload.n);
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
