/* account.c - figures are today's count plus the sums of the past. */
#include "store/account.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "count/site.h"

struct account *
account_new(const struct site *site)
{
	struct account *a = xcalloc(1, sizeof(*a));

	a->name = (struct str){ xstrndup(site->name.p, site->name.n), site->name.n };
	a->week_start = site->config->week_start;
	a->last = figures_unknown;
	TAILQ_INIT(&a->unapplied);
	TAILQ_INIT(&a->settling);
	return a;
}

/* Sums of weeks that began on another day are worth nothing now. */
void
account_reload(struct account *a, const struct site *site)
{
	if (a->week_start == site->config->week_start)
		return;
	a->week_start = site->config->week_start;
	a->past_known = false;
	a->last_us = 0;
}

static void
free_batches(struct batches *list)
{
	struct batch *b;

	while ((b = TAILQ_FIRST(list)) != NULL) {
		TAILQ_REMOVE(list, b, next);
		batch_free(b);
	}
}

void
account_free(struct account *a)
{
	if (a == NULL)
		return;
	batch_free(a->open);
	free_batches(&a->unapplied);
	free_batches(&a->settling);
	free((char *)a->name.p);
	free(a);
}

bool
account_knows_past(const struct account *a, int32_t day, int64_t generation)
{
	return a->past_known && a->past.today == day && a->past.generation == generation;
}

static void
remember(struct account *a, const struct figures *f)
{
	a->last = *f;
	a->last_us = clock_mono_us();
}

void
account_figures_of_batch(struct account *a, const struct batch *b, struct figures *ret_figures)
{
	struct figures f = figures_unknown;

	f.today = b->applied.today;
	if (account_knows_past(a, b->day, b->applied.generation))
		past_figures(&a->past, b->applied.today, &f);
	f.online = b->applied.online;
	f.total = b->applied.total + b->applied.opening;
	remember(a, &f);
	*ret_figures = f;
}

/* What was read before anybody has counted on that day may still be written
 * to without a new generation, so it serves this once and is not kept. */
void
account_figures_of_reading(struct account *a, const struct reading *r, struct figures *ret_figures)
{
	struct figures f = figures_unknown;

	if (r->has_past) {
		a->past = r->past;
		a->past_known = true;
	}
	past_figures(&a->past, r->today, &f);
	if (r->newest < (int64_t)day_number(a->past.today))
		a->past_known = false;
	f.online = r->online;
	f.total = r->total + r->opening;
	remember(a, &f);
	*ret_figures = f;
}
