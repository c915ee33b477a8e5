/* exposition.h - metrics as Prometheus reads them: text format 0.0.4, or
 * OpenMetrics 1.0.  They differ in a counter's family name, in units and in
 * the last line; all of that is here.  Pure. */
#ifndef RENDER_EXPOSITION_H
#define RENDER_EXPOSITION_H

#include <stddef.h>
#include <stdint.h>

#include "base/histogram.h"
#include "base/str.h"

enum exposition_format { FORMAT_PROMETHEUS, FORMAT_OPENMETRICS };

enum metric_type { METRIC_COUNTER, METRIC_GAUGE, METRIC_HISTOGRAM, METRIC_INFO };

/* One documented metric. */
struct metric {
	const char *name; /* without _total, _info or _bucket: these are added */
	enum metric_type type;
	const char *help; /* one sentence */
};

struct exposition {
	struct buf *out; /* borrowed */
	enum exposition_format format;
	const struct metric *metric; /* of the family being written */
};

/* The content type that a scraper with that Accept header is given. */
enum exposition_format exposition_choose(struct str accept);
const char *exposition_type(enum exposition_format format);

/* Begin the family of m; its samples follow.  End with exposition_end(). */
void exposition_family(struct exposition *e, const struct metric *m);
void exposition_end(struct exposition *e);

/* labels: "site=\"demo\",type=\"view\"", or NULL. */
void exposition_int(struct exposition *e, const char *labels, uint64_t value);
void exposition_float(struct exposition *e, const char *labels, double value);

/* One histogram; values and bounds are divided by scale, the units in which
 * h counts to one of the metric's (1e6 for microseconds in seconds). */
void exposition_histogram(struct exposition *e, const char *labels, const struct histogram *h, double scale);

/* Append name="value" to a list of labels, escaped. */
void exposition_label(struct buf *labels, const char *name, struct str value);

#endif
