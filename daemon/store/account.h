/* account.h - what the store holds of one site: the batches on their way and
 * the figures last heard.  Data and figures only; store.c sends. */
#ifndef STORE_ACCOUNT_H
#define STORE_ACCOUNT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "count/figures.h"
#include "store/batch.h"
#include "store/reading.h"

struct site;

/* Nothing of it leads to the site it was made for: a reload may have taken
 * that away while batches are still on their way. */
struct account {
	struct str name; /* the site's; owned, and NUL-terminated for the log */
	enum config_week_start week_start;
	TAILQ_ENTRY(account) dirty; /* in the store, while is_dirty: has something to send */
	bool is_dirty;
	struct batch *open; /* gathers; NULL when nothing came since the last was sealed */
	struct batches unapplied; /* sealed, by sequence; a run of them may be in flight */
	struct batches settling; /* applied, wait for the past to be read before they are answered */
	uint64_t sequence; /* of the batch sealed last */
	size_t in_flight; /* of unapplied, and a skip */
	bool gap; /* Redis said that one is missing: send nothing before all in flight is answered */
	uint64_t marker; /* as Redis said it then */
	bool past_known;
	struct past past;
	struct figures last; /* heard last; unknown ones before that */
	int64_t last_us; /* monotonic: when; 0 for never */
	uint64_t hits, beats; /* applied by this daemon since its start */
};

struct account *account_new(const struct site *site);
void account_reload(struct account *a, const struct site *site); /* the same site, configured anew */
void account_free(struct account *a);

/* Whether the past that is known serves for that day at that generation. */
bool account_knows_past(const struct account *a, int32_t day, int64_t generation);

/* The figures of an applied batch, or of a reading.  Days that are not known
 * (account_knows_past) are FIGURE_UNKNOWN.  Remembered as the last ones. */
void account_figures_of_batch(struct account *a, const struct batch *b, struct figures *ret_figures);
void account_figures_of_reading(struct account *a, const struct reading *r, struct figures *ret_figures);

#endif
