/* exposition.c - see https://prometheus.io/docs/instrumenting/exposition_formats/
 * and the OpenMetrics 1.0 specification. */
#include "render/exposition.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "http/accept.h"

static const struct {
	const char *type; /* as 0.0.4 knows it */
	const char *open_type; /* as OpenMetrics does */
	const char *suffix; /* of a sample's name */
} kinds[] = {
	[METRIC_COUNTER] = { "counter", "counter", "_total" },
	[METRIC_GAUGE] = { "gauge", "gauge", "" },
	[METRIC_HISTOGRAM] = { "histogram", "histogram", "" },
	[METRIC_INFO] = { "gauge", "info", "_info" },
};

/* What is asked for as much as the plain format is given: it says more. */
enum exposition_format
exposition_choose(struct str accept)
{
	unsigned open = accept_weight(accept, STR("application/openmetrics-text"));

	return open > 0 && open >= accept_weight(accept, STR("text/plain")) ? FORMAT_OPENMETRICS : FORMAT_PROMETHEUS;
}

const char *
exposition_type(enum exposition_format format)
{
	return format == FORMAT_OPENMETRICS ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
					    : "text/plain; version=0.0.4; charset=utf-8";
}

void
exposition_family(struct exposition *e, const struct metric *m)
{
	bool open = e->format == FORMAT_OPENMETRICS;
	/* 0.0.4 names the family as its samples are named. */
	const char *suffix = open ? "" : kinds[m->type].suffix;

	e->metric = m;
	buf_printf(e->out, "# HELP %s%s %s\n# TYPE %s%s %s\n", m->name, suffix, m->help, m->name, suffix,
	    open ? kinds[m->type].open_type : kinds[m->type].type);
}

void
exposition_end(struct exposition *e)
{
	if (e->format == FORMAT_OPENMETRICS)
		buf_puts(e->out, "# EOF\n");
}

static void
add_name(struct exposition *e, const char *suffix, const char *labels)
{
	buf_puts(e->out, e->metric->name);
	buf_puts(e->out, suffix);
	if (labels != NULL && labels[0] != '\0')
		buf_printf(e->out, "{%s}", labels);
	buf_putc(e->out, ' ');
}

void
exposition_int(struct exposition *e, const char *labels, uint64_t value)
{
	add_name(e, kinds[e->metric->type].suffix, labels);
	buf_printf(e->out, "%" PRIu64 "\n", value);
}

void
exposition_float(struct exposition *e, const char *labels, double value)
{
	add_name(e, kinds[e->metric->type].suffix, labels);
	buf_printf(e->out, "%.9g\n", value);
}

static void
add_bucket(struct exposition *e, const char *labels, const char *bound, uint64_t count)
{
	buf_printf(e->out, "%s_bucket{%s%sle=\"%s\"} %" PRIu64 "\n", e->metric->name, labels != NULL ? labels : "",
	    labels != NULL ? "," : "", bound, count);
}

void
exposition_histogram(struct exposition *e, const char *labels, const struct histogram *h, double scale)
{
	uint64_t count = 0;
	char bound[32];

	for (size_t i = 0; i < h->nbounds; i++) {
		count += h->counts[i];
		(void)snprintf(bound, sizeof(bound), "%g", h->bounds[i] / scale);
		/* OpenMetrics wants a float where a bound could be read as an integer. */
		if (strpbrk(bound, ".e") == NULL)
			(void)snprintf(bound, sizeof(bound), "%.1f", h->bounds[i] / scale);
		add_bucket(e, labels, bound, count);
	}
	count += h->counts[h->nbounds];
	add_bucket(e, labels, "+Inf", count);
	add_name(e, "_sum", labels);
	buf_printf(e->out, "%.9g\n", (double)h->sum / scale);
	add_name(e, "_count", labels);
	buf_printf(e->out, "%" PRIu64 "\n", count);
}

void
exposition_label(struct buf *labels, const char *name, struct str value)
{
	if (labels->n > 0)
		buf_putc(labels, ',');
	buf_puts(labels, name);
	buf_puts(labels, "=\"");
	for (size_t i = 0; i < value.n; i++) {
		if (value.p[i] == '\n') {
			buf_puts(labels, "\\n");
			continue;
		}
		if (value.p[i] == '"' || value.p[i] == '\\')
			buf_putc(labels, '\\');
		buf_putc(labels, value.p[i]);
	}
	buf_putc(labels, '"');
}
