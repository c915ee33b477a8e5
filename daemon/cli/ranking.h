/* ranking.h - what came how often in the days of a period, summed over the
 * hashes that Redis holds of each day. */
#ifndef CLI_RANKING_H
#define CLI_RANKING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"
#include "store/names.h"

struct cli;
struct site;

struct ranked {
	struct str name; /* borrowed from the ranking */
	int64_t n;
};

struct ranking {
	struct names names; /* counted */
	struct ranked *items; /* owned; the most frequent first, then by name */
	int64_t sum; /* of all of them */
	int32_t from, to; /* the days looked at, both included */
	bool is_cut; /* the period began before details are kept */
};

enum ranking_period { PERIOD_TODAY, PERIOD_YESTERDAY, PERIOD_WEEK, PERIOD_MONTH, PERIOD_YEAR, PERIOD_ALL, PERIODS };

/* What is ranked: the members of details with that letter in front ('p': pages, 'r': referrers). */
struct ranking_of {
	struct site *site;
	char letter;
	enum ranking_period period;
};

/* Start from { 0 }; -1 after saying why not. */
int ranking_read(struct ranking *r, struct cli *cli, const struct ranking_of *of) __attribute__((warn_unused_result));
void ranking_fini(struct ranking *r);

#endif
