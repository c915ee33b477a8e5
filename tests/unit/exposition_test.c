/* exposition_test.c - both formats, to the byte. */
#include "render/exposition.h"

#include "base/mem.h"
#include "cases.h"

static const struct metric hits = { "tk_hits", METRIC_COUNTER, "Hits." }, build = { "tk_build", METRIC_INFO, "Build." },
			   took = { "tk_took_seconds", METRIC_HISTOGRAM, "Time." };

static void
write_all(struct buf *out, enum exposition_format format)
{
	static const uint32_t bounds[] = { 500, 1000000 };
	struct histogram h = HISTOGRAM(bounds);
	struct exposition e = { .out = out, .format = format };

	histogram_observe(&h, 500);
	histogram_observe(&h, 501);
	histogram_observe(&h, 1000001);
	exposition_family(&e, &hits);
	exposition_int(&e, "site=\"a\"", 18446744073709551615U);
	exposition_int(&e, NULL, 0);
	exposition_family(&e, &build);
	exposition_int(&e, "version=\"1\"", 1);
	exposition_family(&e, &took);
	exposition_histogram(&e, NULL, &h, 1e6);
	exposition_histogram(&e, "e=\"x\"", &h, 1e6);
	exposition_end(&e);
	buf_putc(out, '\0');
}

#define HISTOGRAM_SAMPLES                                                                                              \
	"tk_took_seconds_bucket{le=\"0.0005\"} 1\ntk_took_seconds_bucket{le=\"1.0\"} 2\n"                              \
	"tk_took_seconds_bucket{le=\"+Inf\"} 3\ntk_took_seconds_sum 1.001002\ntk_took_seconds_count 3\n"               \
	"tk_took_seconds_bucket{e=\"x\",le=\"0.0005\"} 1\ntk_took_seconds_bucket{e=\"x\",le=\"1.0\"} 2\n"              \
	"tk_took_seconds_bucket{e=\"x\",le=\"+Inf\"} 3\ntk_took_seconds_sum{e=\"x\"} 1.001002\n"                       \
	"tk_took_seconds_count{e=\"x\"} 3\n"

static void
prometheus(void **state)
{
	struct buf out = { 0 };

	(void)state;
	write_all(&out, FORMAT_PROMETHEUS);
	assert_string_equal(out.p,
	    "# HELP tk_hits_total Hits.\n# TYPE tk_hits_total counter\n"
	    "tk_hits_total{site=\"a\"} 18446744073709551615\ntk_hits_total 0\n"
	    "# HELP tk_build_info Build.\n# TYPE tk_build_info gauge\n"
	    "tk_build_info{version=\"1\"} 1\n"
	    "# HELP tk_took_seconds Time.\n# TYPE tk_took_seconds histogram\n" HISTOGRAM_SAMPLES);
	buf_fini(&out);
}

static void
openmetrics(void **state)
{
	struct buf out = { 0 };

	(void)state;
	write_all(&out, FORMAT_OPENMETRICS);
	assert_string_equal(out.p,
	    "# HELP tk_hits Hits.\n# TYPE tk_hits counter\n"
	    "tk_hits_total{site=\"a\"} 18446744073709551615\ntk_hits_total 0\n"
	    "# HELP tk_build Build.\n# TYPE tk_build info\n"
	    "tk_build_info{version=\"1\"} 1\n"
	    "# HELP tk_took_seconds Time.\n# TYPE tk_took_seconds histogram\n" HISTOGRAM_SAMPLES "# EOF\n");
	buf_fini(&out);
}

static void
labels_are_escaped(void **state)
{
	struct buf labels = { 0 };

	(void)state;
	exposition_label(&labels, "a", STR("x\"y\\z\nw"));
	exposition_label(&labels, "b", STR(""));
	buf_putc(&labels, '\0');
	assert_string_equal(labels.p, "a=\"x\\\"y\\\\z\\nw\",b=\"\"");
	buf_fini(&labels);
}

static void
a_scraper_chooses(void **state)
{
	static const struct {
		const char *accept;
		enum exposition_format format;
	} cases[] = {
		{ "", FORMAT_PROMETHEUS },
		{ "*/*", FORMAT_PROMETHEUS },
		{ "text/plain", FORMAT_PROMETHEUS },
		{ "application/openmetrics-text", FORMAT_OPENMETRICS },
		{ "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
		  "text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
		    FORMAT_OPENMETRICS },
		{ "application/openmetrics-text; q=0.3, text/plain; version=0.0.4; q=0.9", FORMAT_PROMETHEUS },
		{ "application/openmetrics-text;q=0", FORMAT_PROMETHEUS },
		{ "application/openmetrics-text;q=0.25, text/plain;q=0.3", FORMAT_PROMETHEUS },
		{ "application/openmetrics-text;q=1.0, text/plain;q=0.999", FORMAT_OPENMETRICS },
	};

	(void)state;
	for (size_t i = 0; i < NITEMS(cases); i++) {
		if (exposition_choose(str_of(cases[i].accept)) != cases[i].format)
			fail_msg("%s", cases[i].accept);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(prometheus),
		cmocka_unit_test(openmetrics),
		cmocka_unit_test(labels_are_escaped),
		cmocka_unit_test(a_scraper_chooses),
	};

	return cmocka_run_group_tests_name("exposition", tests, NULL, NULL);
}
