/* mirror.c - a site's figures, pages, ids and visitors, kept as its batches are sent. */
#include "store/mirror.h"

#include <stdlib.h>

#include "base/mem.h"
#include "count/calendar.h"
#include "store/payload.h"

enum { PAGES_MAX = 1 << 16 }; /* known at once: some 6 MB a site, and mirror_max bounds them all */
enum { WARY = 8 }; /* batches: of two daemons by turns a quarter of the forecasts would not hold */
enum { CLOCK_MS = 1000 }; /* as it is corrected now and then */
enum { TEND_US = 50 * 1000 * 1000 }; /* forecast.lua lets presence live 60 s longer than it must */

void
mirror_forget(struct mirror *m)
{
	names_fini(&m->pages);
	for (size_t i = 0; i < MIRROR_WINDOWS; i++)
		ids_fini(&m->windows[i].ids);
	presence_fini(&m->presence);
	*m = (struct mirror){ 0 };
}

size_t
mirror_bytes(const struct mirror *m)
{
	size_t bytes = names_bytes(&m->pages) + presence_bytes(&m->presence);

	for (size_t i = 0; i < MIRROR_WINDOWS; i++)
		bytes += ids_bytes(&m->windows[i].ids);
	return bytes;
}

static void
lose_presence(struct mirror *m)
{
	presence_fini(&m->presence);
	m->knows_all_present = false;
}

void
mirror_meet(struct mirror *m, uint64_t visitor, int64_t at_ms)
{
	if (m->is_known && presence_see(&m->presence, visitor, at_ms) != 0)
		lose_presence(m);
}

/* ---- what is known -------------------------------------------------------- */

/* The one before the first is looked for, too. */
static size_t
place_of(int64_t number)
{
	return (size_t)(number + MIRROR_WINDOWS) % MIRROR_WINDOWS;
}

/* One that is begun is taken to be empty; whoever begins it must know. */
static struct window *
window_at(struct mirror *m, int64_t number)
{
	struct window *w = &m->windows[place_of(number)];

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
	const struct payload *p = batch_payload(b);
	struct window *w;

	if (p->nids == 0)
		return;
	w = window_at(m, b->ids_window);
	for (size_t i = 0; w->is_whole && i < p->nids; i++) {
		if (ids_add(&w->ids, p->ids[i]) != 0)
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

/* Who was there under yesterday's name is so under today's, and was last seen when he was last seen under either. */
static int
move_visitors(struct mirror *m, const struct payload *p)
{
	for (size_t i = 0; i < p->nmoves; i++) {
		int64_t at_ms;

		if (!presence_find(&m->presence, p->moves[i].from, &at_ms))
			continue;
		presence_leave(&m->presence, p->moves[i].from);
		if (presence_see(&m->presence, p->moves[i].to, at_ms) != 0)
			return -1;
	}
	return 0;
}

static int
meet_visitors(struct mirror *m, const struct payload *p)
{
	if (move_visitors(m, p) != 0)
		return -1;
	for (size_t i = 0; i < p->nvisitors; i++) {
		if (presence_see(&m->presence, p->visitors[i].visitor, p->visitors[i].at_ms) != 0)
			return -1;
	}
	return 0;
}

/* Where the clock was set back so far that somebody would still be known who is forgotten: Redis, which forgets when it
 * is told to, may have him. */
static bool
has_forgotten_too_many(const struct mirror *m, const struct payload *p)
{
	return m->presence.gone_ms != 0 && m->presence.gone_ms > p->moments.forgotten + CLOCK_MS;
}

/* -1 when their places were not found, or others may be present: then nobody is known. */
static int
see_visitors(struct mirror *m, const struct payload *p)
{
	if (has_forgotten_too_many(m, p) || meet_visitors(m, p) != 0) {
		lose_presence(m);
		return -1;
	}
	presence_forget_before(&m->presence, p->moments.forgotten);
	return 0;
}

static void
record(struct mirror *m, const struct batch *b, const struct applied *a)
{
	m->is_known = true;
	m->sequence = b->sequence;
	m->day = b->day;
	m->last = *a;
	m->last.views = NULL;
	set_views(m, b, a->views);
	add_ids(m, b);
}

/* ---- forecasting ---------------------------------------------------------- */

/* NULL: Redis may have others of it.  One that is later than all that were looked at is empty, as clocks are not so far
 * apart that somebody had written to it before that. */
static const struct window *
find_window(const struct mirror *m, int64_t number)
{
	static const struct window empty = { .is_whole = true };
	const struct window *w = &m->windows[place_of(number)];
	bool is_later = true;

	for (size_t i = 0; i < MIRROR_WINDOWS; i++)
		is_later &= number > m->windows[i].number;
	return is_later ? &empty : w->number == number && w->is_whole ? w : NULL;
}

/* Whether it is certain that Redis knows none of the batch's ids. */
static bool
ids_are_new(const struct mirror *m, const struct batch *b)
{
	const struct payload *p = batch_payload(b);

	for (int64_t number = b->ids_window - 1; p->nids > 0 && number <= b->ids_window + 1; number++) {
		const struct window *w = find_window(m, number);

		if (w == NULL)
			return false;
		for (size_t i = 0; ids_count(&w->ids) > 0 && i < p->nids; i++) {
			if (ids_has(&w->ids, p->ids[i]))
				return false;
		}
	}
	return true;
}

/* How many visits the batch opens; -1 when somebody comes back who is not forgotten yet: then it depends on each hit.
 */
static int64_t
forecast_visits(const struct mirror *m, const struct payload *p)
{
	int64_t opened = 0;

	for (size_t i = 0; i < p->nvisitors; i++) {
		int64_t at_ms;

		if (p->visitors[i].stayed)
			continue;
		if (!presence_find(&m->presence, p->visitors[i].visitor, &at_ms) || at_ms < p->moments.forgotten)
			opened++;
		else if (at_ms <= p->moments.leaving_to)
			return -1;
	}
	return opened;
}

/* -1 when the views of one are not known, or there may be no room for it. */
static int
forecast_views(const struct mirror *m, const struct batch *b, struct forecast *f, int64_t *ret_pages)
{
	size_t npages = batch_pages(b);
	uint32_t which;

	f->pages = *ret_pages = m->npages;
	for (size_t i = 0; i < npages; i++) {
		int64_t hits = batch_page_hits(b, i), *views = &f->applied.views[i];

		*views = hits;
		f->pages_viewed += hits > 0;
		if (names_find(&m->pages, batch_page_name(b, i), &which) == 0)
			*views += m->pages.items[which].count;
		else if ((int64_t)m->pages.n == m->npages && *ret_pages < (int64_t)batch_payload(b)->pages_max)
			*ret_pages += hits > 0;
		else
			return -1;
	}
	return 0;
}

static void
count_forecast(struct mirror *m, const struct batch *b, struct forecast *f)
{
	struct applied *a = &f->applied;

	a->now = true;
	a->counted = b->nviews;
	a->repeated = 0;
	a->sums[FIGURE_HITS].today += a->counted;
	a->sums[FIGURE_HITS].total += a->counted;
	a->sums[FIGURE_VISITS].today += a->visits;
	a->sums[FIGURE_VISITS].total += a->visits;
	record(m, b, a);
}

/* Where nobody else is present the key may be new. */
static bool
is_time_to_tend(const struct mirror *m, const struct payload *p, int64_t now_us)
{
	return m->tended_us == 0 || now_us - m->tended_us >= TEND_US || presence_count(&m->presence) <= p->nvisitors;
}

static bool
follows_and_is_plain(const struct mirror *m, const struct batch *b)
{
	return m->is_known && m->wary == 0 && m->knows_all_present && b->sequence == m->sequence + 1 &&
	       batch_is_plain(b) && m->day == b->day && m->last.newest == (int64_t)day_number(b->day) &&
	       ids_are_new(m, b);
}

bool
mirror_forecast(struct mirror *m, const struct batch *b, int64_t now_us, struct forecast *ret_forecast)
{
	struct forecast f = { .applied = m->last };
	const struct payload *p;
	int64_t pages_then;

	if (!follows_and_is_plain(m, b))
		return false;
	p = batch_payload(b);
	f.applied.visits = forecast_visits(m, p);
	if (f.applied.visits < 0)
		return false;
	f.ids = p->nids > 0 ? (int64_t)ids_count(&find_window(m, b->ids_window)->ids) : 0;
	f.applied.views = xcalloc(batch_pages(b), sizeof(*f.applied.views));
	if (forecast_views(m, b, &f, &pages_then) != 0 || see_visitors(m, p) != 0) {
		free(f.applied.views);
		return false;
	}
	f.tends_presence = is_time_to_tend(m, p, now_us);
	if (f.tends_presence)
		m->tended_us = now_us;
	f.applied.online = (int64_t)presence_online(&m->presence, p->moments.since);
	count_forecast(m, b, &f);
	m->npages = pages_then;
	*ret_forecast = f;
	return true;
}

/* ---- learning ------------------------------------------------------------- */

/* Whether only this batch has come to what is known.  Who has counted without leaving a trace, as by hand, shows in
 * the hits; pages that are fewer are others. */
static bool
follows(const struct mirror *m, const struct applied *said)
{
	return said->held.alone && said->held.pages >= m->npages &&
	       said->sums[FIGURE_HITS].total - said->counted == m->last.sums[FIGURE_HITS].total;
}

static void
compare(struct mirror *m, const struct batch *b, const struct held *held)
{
	for (int64_t i = 0; i < MIRROR_WINDOWS; i++) {
		struct window *w = window_at(m, b->ids_window - 1 + i);

		if ((int64_t)ids_count(&w->ids) != held->ids[i])
			lose_window(w);
	}
	m->knows_all_present = (int64_t)presence_count(&m->presence) == held->present;
}

void
mirror_learn(struct mirror *m, const struct batch *b, const struct applied *said)
{
	bool tells_all = said->now && batch_payload(b) != NULL;
	/* A writer's first batch finds whoever counted before it, who may be gone. */
	bool is_disturbed = !said->held.alone && b->sequence > 1;
	unsigned wary = is_disturbed ? WARY : m->wary > 0 ? m->wary - 1 : 0;

	if (!tells_all || !follows(m, said))
		mirror_forget(m);
	if (!tells_all)
		return;
	record(m, b, said);
	(void)see_visitors(m, batch_payload(b)); /* else they are not as many as Redis has */
	m->wary = wary;
	m->npages = said->held.pages;
	compare(m, b, &said->held);
}
