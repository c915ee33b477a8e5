/* box_test.c - the page and the pictures of the box, to the byte. */
#include "render/box.h"

#include "base/mem.h"
#include "base/utf8.h"
#include "cases.h"
#include "count/calendar.h"

static const struct figures some = { 1, 0, 7, 1234, 5, 6, 1234567 };

static struct label_terms
terms_on(int32_t year, uint8_t month, uint8_t day)
{
	return (struct label_terms){
		.today = day_of_date((struct date){ year, month, day }),
		.online_window = 300,
	};
}

static void
page(void **state)
{
	struct label_terms terms = terms_on(2026, 11, 26);
	struct box box = { VIETNAMESE, LOOK_PORTAL, &terms, &some, true, 270 };
	struct buf out = { 0 };

	(void)state;
	box_html(&out, &box);
	expect_bytes(&out, "<!DOCTYPE html>\n"
			   "<html lang=\"vi\">\n"
			   "<head>\n"
			   "<meta charset=\"utf-8\">\n"
			   "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
			   "<meta name=\"color-scheme\" content=\"light dark\">\n"
			   "<title>Thống kê truy cập</title>\n"
			   "<link rel=\"stylesheet\" href=\"box.css\">\n"
			   "</head>\n"
			   "<body class=\"thongke-page\">\n"
			   "<ul class=\"thongke-list thongke-portal\" lang=\"vi\" aria-label=\"Thống kê truy cập\">\n"
			   "<li title=\"Số khách trong 5 phút gần đây\">Đang online: <b>1</b></li>\n"
			   "<li title=\"Số lượt truy cập từ 26/11/2026\">Hôm nay: <b>0</b></li>\n"
			   "<li title=\"Số lượt truy cập từ 23/11/2026\">Trong tuần: <b>1.234</b></li>\n"
			   "<li title=\"Số lượt truy cập từ khi mở trang\">Tất cả: <b>1.234.567</b></li>\n"
			   "</ul>\n"
			   "<p class=\"thongke-line\">Lượt xem: <b>270</b></p>\n"
			   "</body>\n"
			   "</html>\n");
}

/* English, visits, weeks that begin on Sunday, nothing known and no page. */
static void
another_page(void **state)
{
	struct label_terms terms = terms_on(2027, 1, 1);
	struct box box = { ENGLISH, LOOK_DIGITS, &terms, &figures_unknown, false, FIGURE_UNKNOWN };
	struct buf out = { 0 };
	const char *list;

	(void)state;
	terms.week_start = WEEK_SUNDAY;
	terms.figure = FIGURE_VISITS;
	terms.online_window = 90;
	box_html(&out, &box);
	buf_putc(&out, '\0');
	assert_non_null(strstr(out.p, "<html lang=\"en\">\n"));
	assert_non_null(strstr(out.p, "<title>Visitor statistics</title>\n"));
	list = strstr(out.p, "<ul");
	assert_non_null(list);
	assert_string_equal(list,
	    "<ul class=\"thongke-list thongke-digits\" lang=\"en\" aria-label=\"Visitor statistics\">\n"
	    "<li title=\"Visitors in the last 90 seconds\">Online now: <b>…</b></li>\n"
	    "<li title=\"Visits since 01/01/2027\">Today: <b>…</b></li>\n"
	    "<li title=\"Visits since 27/12/2026\">This week: <b>…</b></li>\n"
	    "<li title=\"Visits since the site was opened\">All time: <b>…</b></li>\n"
	    "</ul>\n"
	    "</body>\n"
	    "</html>\n");
	buf_fini(&out);
}

static void
picture(void **state)
{
	struct label_terms terms = terms_on(2026, 11, 26);
	struct box box = { VIETNAMESE, LOOK_PLAIN, &terms, &some, true, FIGURE_UNKNOWN };
	struct buf out = { 0 };

	(void)state;
	box_svg(&out, &box);
	expect_bytes(&out,
	    "<svg xmlns=\"http://www.w3.org/2000/svg\" xml:lang=\"vi\" width=\"168\" height=\"126\""
	    " viewBox=\"0 0 168 126\" font-family='Arial,\"Segoe UI\",Roboto,\"Noto Sans\",\"DejaVu Sans\","
	    "sans-serif' font-size=\"14\" fill=\"#1f2933\" role=\"img\" aria-label=\"Thống kê truy cập. Đang "
	    "online: 1; Hôm nay: 0; Trong tuần: 1.234; Tất cả: 1.234.567; Lượt xem: …\">\n"
	    "<title>Thống kê truy cập. Đang online: 1; Hôm nay: 0; Trong tuần: 1.234; Tất cả: 1.234.567; "
	    "Lượt xem: …</title>\n"
	    "<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n"
	    "<text x=\"8\" y=\"24\">• Đang online: 1</text>\n"
	    "<text x=\"8\" y=\"46\">• Hôm nay: 0</text>\n"
	    "<text x=\"8\" y=\"68\">• Trong tuần: 1.234</text>\n"
	    "<text x=\"8\" y=\"90\">• Tất cả: 1.234.567</text>\n"
	    "<text x=\"8\" y=\"112\">Lượt xem: …</text>\n"
	    "</svg>\n");
}

static void
views_alone(void **state)
{
	struct box box = { .language = ENGLISH, .has_views = true, .views = 12345 };
	struct buf out = { 0 };

	(void)state;
	box_svg(&out, &box);
	expect_bytes(&out,
	    "<svg xmlns=\"http://www.w3.org/2000/svg\" xml:lang=\"en\" width=\"120\" height=\"38\""
	    " viewBox=\"0 0 120 38\" font-family='Arial,\"Segoe UI\",Roboto,\"Noto Sans\",\"DejaVu Sans\","
	    "sans-serif' font-size=\"14\" fill=\"#1f2933\" role=\"img\" aria-label=\"Views: 12,345\">\n"
	    "<title>Views: 12,345</title>\n"
	    "<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n"
	    "<text x=\"8\" y=\"24\">Views: 12,345</text>\n"
	    "</svg>\n");
}

static void
looks(void **state)
{
	enum box_look look = LOOK_DIGITS;

	(void)state;
	assert_int_equal(box_look_parse(STR("portal"), &look), 0);
	assert_int_equal(look, LOOK_PORTAL);
	assert_int_equal(box_look_parse(STR("plain"), &look), 0);
	assert_int_equal(look, LOOK_PLAIN);
	assert_int_equal(box_look_parse(STR("Plain"), &look), -1);
	assert_int_equal(box_look_parse(STR(""), &look), -1);
	assert_int_equal(look, LOOK_PLAIN);
}

static void
numbers(void **state)
{
	static const struct {
		int64_t figure;
		const char *vietnamese, *english;
	} cases[] = {
		{ 0, "0", "0" },
		{ 7, "7", "7" },
		{ 999, "999", "999" },
		{ 1000, "1.000", "1,000" },
		{ 1234567, "1.234.567", "1,234,567" },
		{ INT64_MAX, "9.223.372.036.854.775.807", "9,223,372,036,854,775,807" },
		{ FIGURE_UNKNOWN, "…", "…" },
	};
	struct buf out = { 0 };

	(void)state;
	for (size_t i = 0; i < NITEMS(cases); i++) {
		label_number(&out, VIETNAMESE, cases[i].figure);
		expect_bytes(&out, cases[i].vietnamese);
		label_number(&out, ENGLISH, cases[i].figure);
		expect_bytes(&out, cases[i].english);
	}
}

/* What the pages and pictures rely on: composed UTF-8 that needs no escape. */
static void
words(void **state)
{
	static const struct label_terms terms[] = {
		{ 20000, WEEK_MONDAY, FIGURE_HITS, 300 },
		{ 20000, WEEK_SUNDAY, FIGURE_VISITS, 61 },
	};
	struct buf all = { 0 };
	size_t before;

	(void)state;
	for (int language = 0; language < LANGUAGES; language++) {
		for (int word = 0; word < WORDS; word++)
			buf_puts(&all, label_word((enum language)language, (enum label_word)word));
		for (int label = 0; label < LABELS; label++) {
			buf_puts(&all, label_text((enum language)language, (enum label)label));
			for (size_t i = 0; i < NITEMS(terms); i++)
				label_title(&all, (enum language)language, (enum label)label, &terms[i]);
		}
	}
	assert_true(utf8_is_text(buf_view(&all)));
	for (size_t i = 0; i < all.n; i++)
		assert_null(memchr("<>&\"'\\", all.p[i], 6));
	before = all.n;
	assert_int_equal(utf8_compose(&all, 0), 0);
	assert_int_equal(all.n, before);
	buf_fini(&all);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(page),
		cmocka_unit_test(another_page),
		cmocka_unit_test(picture),
		cmocka_unit_test(views_alone),
		cmocka_unit_test(looks),
		cmocka_unit_test(numbers),
		cmocka_unit_test(words),
	};

	return cmocka_run_group_tests_name("box", tests, NULL, NULL);
}
