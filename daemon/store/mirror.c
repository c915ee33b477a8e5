/* mirror.c - a site's figures, pages and ids, kept as its batches are applied. */
#include "store/mirror.h"

#include <stdlib.h>

#include "base/mem.h"
#include "count/calendar.h"

enum { PAGES_MAX = 2048 }; /* known at once: some 150 KB a site */
enum { WARY = 8 }; /* batches: of two daemons by turns a quarter of the forecasts would not hold */
enum { RENEW_US = 50 * 1000 * 1000 }; /* forecast.lua lets presence live 60 s longer than it must */

void
mirror_forget(struct mirror *m)
{
	names_fini(&m->pages);
	for (size_t i = 0; i < MIRROR_WINDOWS; i++)
		ids_fini(&m->windows[i].ids);
	*m = (struct mirror){ 0 };
}

size_t
mirror_bytes(const struct mirror *m)
{
	size_t bytes = names_bytes(&m->pages);

	for (size_t i = 0; i < MIRROR_WINDOWS; i++)
		bytes += m->windows[i].ids.cap * sizeof(*m->windows[i].ids.places);
	return bytes;
}

/* ---- forecasting -------------------------------------------------------- */

static const struct window *
find_window(const struct mirror *m, int64_t number)
{
	const struct window *w = &m->windows[number % MIRROR_WINDOWS];

	return w->number == number && w->is_whole ? w : NULL;
}

/* Whether it is certain that Redis knows none of the batch's ids. */
static bool
ids_are_new(const struct mirror *m, const struct batch *b)
{
	size_t nids;
	const uint64_t *ids = batch_ids(b, &nids);

	for (int64_t number = b->ids_window - 1; nids > 0 && number <= b->ids_window + 1; number++) {
		const struct window *w = find_window(m, number);

		if (w == NULL)
			return false;
		for (size_t i = 0; w->ids.n > 0 && i < nids; i++) {
			if (ids_has(&w->ids, ids[i]))
				return false;
		}
	}
	return true;
}

/* -1 when the views of one are not known, or there may be no room for it. */
static int
forecast_views(const struct mirror *m, const struct batch *b, uint64_t pages_max, struct forecast *f)
{
	size_t npages = batch_pages(b);
	uint32_t which;

	f->pages = f->pages_then = m->npages;
	for (size_t i = 0; i < npages; i++) {
		int64_t hits = batch_page_hits(b, i), *views = &f->applied.views[i];

		*views = hits;
		f->pages_viewed += hits > 0;
		if (names_find(&m->pages, batch_page_name(b, i), &which) == 0)
			*views += m->pages.items[which].count;
		else if ((int64_t)m->pages.n == m->npages && f->pages_then < (int64_t)pages_max)
			f->pages_then += hits > 0;
		else
			return -1;
	}
	return 0;
}

bool
mirror_forecast(
    const struct mirror *m, const struct batch *b, uint64_t pages_max, int64_t now_us, struct forecast *ret_forecast)
{
	struct forecast f = { .applied = m->last, .at_us = now_us };
	struct applied *a = &f.applied;

	if (!m->is_known || m->wary > 0 || !batch_is_plain(b) || m->day != b->day ||
	    m->last.newest != (int64_t)day_number(b->day) || !ids_are_new(m, b))
		return false;
	a->views = xcalloc(batch_pages(b), sizeof(*a->views));
	if (forecast_views(m, b, pages_max, &f) != 0) {
		free(a->views);
		return false;
	}
	a->now = true;
	a->counted = b->nviews;
	a->visits = a->repeated = 0;
	a->sums[FIGURE_HITS].today += b->nviews;
	a->sums[FIGURE_HITS].total += b->nviews;
	f.ids = (int64_t)m->windows[b->ids_window % MIRROR_WINDOWS].ids.n;
	f.renews_presence = m->renewed_us == 0 || now_us - m->renewed_us >= RENEW_US;
	*ret_forecast = f;
	return true;
}

/* ---- learning ----------------------------------------------------------- */

/* One that is begun is taken to be empty; whoever begins it must know. */
static struct window *
window_at(struct mirror *m, int64_t number)
{
	struct window *w = &m->windows[number % MIRROR_WINDOWS];

	if (w->number != number) {
		ids_fini(&w->ids);
		*w = (struct window){ .number = number, .is_whole = true };
	}
	return w;
}

static void
lose_window(struct window *w)
{
	ids_fini(&w->ids);
	w->is_whole = false;
}

static void
add_ids(struct mirror *m, const struct batch *b)
{
	size_t nids;
	const uint64_t *ids = batch_ids(b, &nids);
	struct window *w;

	if (nids == 0)
		return;
	w = window_at(m, b->ids_window);
	for (size_t i = 0; w->is_whole && i < nids; i++) {
		if (ids_add(&w->ids, ids[i]) != 0)
			lose_window(w);
	}
}

/* It may be known already. */
static void
set_views_of(struct mirror *m, struct str page, int64_t views)
{
	uint32_t which;

	if (names_find(&m->pages, page, &which) != 0) {
		if (m->pages.n == PAGES_MAX)
			names_fini(&m->pages);
		which = names_add(&m->pages, page);
	}
	m->pages.items[which].count = views;
}

/* Those that are counted under «(other)», and those that nobody has viewed, are no pages of Redis's. */
static void
set_views(struct mirror *m, const struct batch *b, const int64_t *views)
{
	size_t npages = batch_pages(b);

	for (size_t i = 0; i < npages; i++) {
		if (views[i] > 0)
			set_views_of(m, batch_page_name(b, i), views[i]);
	}
}

static void
record(struct mirror *m, const struct batch *b, const struct applied *a)
{
	m->is_known = true;
	m->day = b->day;
	m->last = *a;
	m->last.views = NULL;
	set_views(m, b, a->views);
	add_ids(m, b);
}

void
mirror_confirm(struct mirror *m, const struct batch *b, const struct forecast *f)
{
	if (!m->is_known || batch_tallies(b) == NULL) {
		mirror_forget(m);
		return;
	}
	record(m, b, &f->applied);
	m->npages = f->pages_then;
	if (f->renews_presence)
		m->renewed_us = f->at_us;
}

/* Whether only this batch has come to what is known.  Who has counted without leaving a trace, as by hand, shows in
 * the hits; pages that are fewer are others. */
static bool
follows(const struct mirror *m, const struct applied *said)
{
	return said->held.alone && said->held.pages >= m->npages &&
	       said->sums[FIGURE_HITS].total - said->counted == m->last.sums[FIGURE_HITS].total;
}

void
mirror_learn(struct mirror *m, const struct batch *b, const struct applied *said)
{
	bool tells_all = said->now && batch_tallies(b) != NULL;
	unsigned wary = !said->held.alone ? WARY : m->wary > 0 ? m->wary - 1 : 0;

	if (!tells_all || !follows(m, said))
		mirror_forget(m);
	if (!tells_all)
		return;
	record(m, b, said);
	m->wary = wary;
	m->npages = said->held.pages;
	for (int64_t i = 0; i < MIRROR_WINDOWS; i++) {
		struct window *w = window_at(m, b->ids_window - 1 + i);

		if ((int64_t)w->ids.n != said->held.ids[i])
			lose_window(w);
	}
}
