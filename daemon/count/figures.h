/* figures.h - the figures of a site as the box shows them, and the sums of
 * stored days that they are made of. */
#ifndef COUNT_FIGURES_H
#define COUNT_FIGURES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"
#include "count/calendar.h"

/* Never shown as a number: JSON null, «…» on a page, blank in a table. */
#define FIGURE_UNKNOWN ((int64_t)-1)

struct figures {
	int64_t online, today, yesterday, week, month, year, total;
};

extern const struct figures figures_unknown;

/* Of one of them: hits, or visits. */
struct sums {
	int64_t today, total;
};

/* The all-time hits of one page. */
struct page_views {
	struct str page; /* its name (page.h) */
	int64_t views; /* or FIGURE_UNKNOWN */
};

/* Hits of the days before today, as today's figures need them. */
struct past {
	int32_t today; /* the local day for which these were summed */
	int64_t generation; /* of the stored days they were summed from */
	int64_t yesterday, week, month, year; /* today left out */
};

/* Start sums for today, then add each stored day in any order; days of no
 * concern (today itself, other years) are passed over. */
void past_start(struct past *p, int32_t today, int64_t generation);
void past_add(struct past *p, int32_t day, int64_t hits, enum config_week_start week_start);

/* today, yesterday, week, month and year from p and today's hits; where
 * those are FIGURE_UNKNOWN, only yesterday is known. */
void past_figures(const struct past *p, int64_t today_hits, struct figures *f);

#endif
