/* reading.h - one look at a site's figures in Redis (read.lua): the command
 * and its answer.  The daemon asks through its link, the command line on a
 * connection of its own. */
#ifndef STORE_READING_H
#define STORE_READING_H

#include <stddef.h>
#include <stdint.h>

#include "base/str.h"
#include "count/figures.h"

struct redisReply;

struct reading_query {
	struct str site; /* its name */
	enum config_week_start week_start;
	enum config_figure figure; /* of the past days */
	uint64_t pages_max;
	int32_t today; /* the local day to read for */
	int64_t now_ms, online_window_ms;
	int64_t known_generation; /* of the past that the reader has for today, or -1 */
	const struct page_views *pages; /* whose views are wanted; only page is read */
	size_t npages;
};

struct reading {
	int64_t generation, newest, opening, online;
	struct sums sums[CONFIG_FIGURES];
	bool has_past; /* past was sent and is filled */
	struct past past;
};

/* EVALSHA_RO by sha, or EVAL_RO of the script's text where sha is absent. */
void reading_command(struct buf *out, const struct reading_query *q, struct str sha);

/* views: npages places, filled.  -1 if the reply is no such answer. */
int reading_parse(const struct redisReply *reply, const struct reading_query *q, struct reading *ret_reading,
    int64_t *ret_views) __attribute__((warn_unused_result));

#endif
