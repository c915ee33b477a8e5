/* account.h - what the store holds of one site: the batches on their way and
 * the figures last heard.  Data and figures only; store.c sends. */
#ifndef STORE_ACCOUNT_H
#define STORE_ACCOUNT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "count/figures.h"
#include "store/mirror.h"
#include "store/reading.h"
#include "store/stream.h"

struct site;

/* Nothing of it leads to the site it was made for: a reload may have taken
 * that away while batches are still on their way. */
struct account {
	struct str name; /* the site's; owned, and NUL-terminated for the log */
	enum config_week_start week_start;
	enum config_figure figure;
	uint64_t pages_max, referrers_max;
	int64_t repeat_window_ms;
	TAILQ_ENTRY(account) dirty; /* in the store, while is_dirty: has something to send */
	bool is_dirty;
	struct batch *open; /* gathers; NULL when nothing came since the last was sealed */
	struct stream stream; /* of this process */
	struct mirror mirror; /* of what Redis has */
	int64_t rollcall_us; /* monotonic: when its roll was last called; 0: never */
	struct batches settling; /* applied, wait for the past to be read before they are answered */
	bool past_known;
	struct past past;
	struct figures last; /* heard last; unknown ones before that */
	int64_t opening; /* heard last, or FIGURE_UNKNOWN */
	int32_t last_day; /* the day that they are of */
	int64_t last_us; /* monotonic: when; 0 for never */
	uint64_t hits, visits, beats; /* applied by this daemon since its start */
};

struct account *account_new(const struct site *site, const char *writer); /* which is borrowed */
void account_reload(struct account *a, const struct site *site); /* the same site, configured anew */
void account_free(struct account *a);

/* Whether the past that is known serves for that day at that generation. */
bool account_knows_past(const struct account *a, int32_t day, int64_t generation);

/* The past that a reading has brought, or that its asker had (NULL: none):
 * kept for later, unless it was read before anybody counted on its day, when
 * it may still change without a new generation, or for another figure or
 * weeks that begin on another day than now. */
void account_keep_past(struct account *a, const struct past *past, int64_t newest, const struct reading_query *asked);

/* The figures of an applied batch, or of a reading, with the sums of past;
 * without it (NULL) or for another day they stay unknown.  Remembered. */
void account_figures_of_batch(
    struct account *a, const struct batch *b, const struct past *past, struct figures *ret_figures);
void account_figures_of_reading(
    struct account *a, const struct reading *r, const struct past *past, struct figures *ret_figures);

/* The last figures, as they may be shown on that day without asking: of
 * another day only the total and who is online. */
struct figures account_last_on(const struct account *a, int32_t day);

#endif
