/* figures.c - sums of stored days.  Each period is judged by itself: a week
 * may span two years, and yesterday may lie in none of today's periods. */
#include "count/figures.h"

const struct figures figures_unknown = {
	.online = FIGURE_UNKNOWN,
	.today = FIGURE_UNKNOWN,
	.yesterday = FIGURE_UNKNOWN,
	.week = FIGURE_UNKNOWN,
	.month = FIGURE_UNKNOWN,
	.year = FIGURE_UNKNOWN,
	.total = FIGURE_UNKNOWN,
};

void
past_start(struct past *p, int32_t today, int64_t generation)
{
	*p = (struct past){ .today = today, .generation = generation };
}

void
past_add(struct past *p, int32_t day, int64_t hits, enum config_week_start week_start)
{
	if (day >= p->today)
		return;
	if (day == p->today - 1)
		p->yesterday += hits;
	if (day >= calendar_week_start(p->today, week_start))
		p->week += hits;
	if (day >= calendar_month_start(p->today))
		p->month += hits;
	if (day >= calendar_year_start(p->today))
		p->year += hits;
}

void
past_figures(const struct past *p, int64_t today_hits, struct figures *f)
{
	bool known = today_hits != FIGURE_UNKNOWN;

	f->today = today_hits;
	f->yesterday = p->yesterday;
	f->week = known ? p->week + today_hits : FIGURE_UNKNOWN;
	f->month = known ? p->month + today_hits : FIGURE_UNKNOWN;
	f->year = known ? p->year + today_hits : FIGURE_UNKNOWN;
}
