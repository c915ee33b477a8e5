/* account.c - figures are today's count plus the sums of the past. */
#include "store/account.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "count/site.h"

/* What a reload may change and that changes nothing that is known. */
static void
take_limits(struct account *a, const struct config_site *c)
{
	a->pages_max = c->pages_max;
	a->referrers_max = c->referrers_max;
	a->repeat_window_ms = (int64_t)c->repeat_window * 1000;
}

struct account *
account_new(const struct site *site, const char *writer)
{
	struct account *a = xcalloc(1, sizeof(*a));

	a->name = (struct str){ xstrndup(site->name.p, site->name.n), site->name.n };
	a->week_start = site->config->week_start;
	a->figure = site->config->figure;
	take_limits(a, site->config);
	a->last = figures_unknown;
	a->opening = FIGURE_UNKNOWN;
	stream_init(&a->stream, a->name, writer);
	a->stream.account = a;
	TAILQ_INIT(&a->settling);
	return a;
}

/* Sums of weeks that began on another day, or of another figure, are worth nothing now. */
void
account_reload(struct account *a, const struct site *site)
{
	take_limits(a, site->config);
	if (a->week_start == site->config->week_start && a->figure == site->config->figure)
		return;
	if (a->figure != site->config->figure)
		a->last = figures_unknown;
	a->week_start = site->config->week_start;
	a->figure = site->config->figure;
	a->past_known = false;
	a->last_us = 0;
}

void
account_free(struct account *a)
{
	struct batch *b;

	if (a == NULL)
		return;
	batch_free(a->open);
	stream_fini(&a->stream);
	mirror_forget(&a->mirror);
	while ((b = TAILQ_FIRST(&a->settling)) != NULL) {
		TAILQ_REMOVE(&a->settling, b, next);
		batch_free(b);
	}
	free((char *)a->name.p);
	free(a);
}

bool
account_knows_past(const struct account *a, int32_t day, int64_t generation)
{
	return a->past_known && a->past.today == day && a->past.generation == generation;
}

void
account_keep_past(struct account *a, const struct past *past, int64_t newest, const struct reading_query *asked)
{
	a->past_known = past != NULL && newest >= (int64_t)day_number(past->today) &&
			asked->week_start == a->week_start && asked->figure == a->figure;
	if (a->past_known)
		a->past = *past;
}

/* Whoever changes it leaves a trace. */
static void
note_opening(struct account *a, int64_t opening)
{
	if (a->opening != FIGURE_UNKNOWN && opening != a->opening)
		log_info("site %s: its opening total is %lld now, it was %lld", a->name.p, (long long)opening,
		    (long long)a->opening);
	a->opening = opening;
}

/* What Redis says of today and of all time; the opening total is one of hits, and shown with either figure. */
static void
finish_figures(struct account *a, int32_t day, const struct sums sums[], int64_t opening, const struct past *past,
    struct figures *f)
{
	f->today = sums[a->figure].today;
	f->total = sums[a->figure].total + opening;
	note_opening(a, opening);
	if (past != NULL && past->today == day)
		past_figures(past, f->today, f);
	a->last = *f;
	a->last_day = day;
	a->last_us = clock_mono_us();
}

void
account_figures_of_batch(struct account *a, const struct batch *b, const struct past *past, struct figures *ret_figures)
{
	const struct applied *applied = batch_applied(b);

	*ret_figures = figures_unknown;
	ret_figures->online = applied->online;
	finish_figures(a, b->day, applied->sums, applied->opening, past, ret_figures);
}

void
account_figures_of_reading(
    struct account *a, const struct reading *r, const struct past *past, struct figures *ret_figures)
{
	*ret_figures = figures_unknown;
	ret_figures->online = r->online;
	finish_figures(a, r->past.today, r->sums, r->opening, past, ret_figures);
}

struct figures
account_last_on(const struct account *a, int32_t day)
{
	struct figures f = figures_unknown;

	if (a->last_day == day)
		return a->last;
	f.online = a->last.online;
	f.total = a->last.total;
	return f;
}
