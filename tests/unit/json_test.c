/* json_test.c - the counts object of DESIGN section 3, to the byte. */
#include "render/json.h"

#include "cases.h"

static void
one_page(void **state)
{
	struct figures f = { 1, 2, 0, 4, 5, 6, 1234567 };
	struct page_views page = { STR("/tin-tuc/ocop-2023"), 270 };
	struct buf out = { 0 };

	(void)state;
	json_counts(&out,
	    &(struct json_counts){ .site = STR("myloc"), .figures = &f, .pages = &page, .npages = 1, .next = 120 });
	expect_bytes(&out,
	    "{\"site\":\"myloc\",\"online\":1,\"today\":2,\"yesterday\":0,\"week\":4,\"month\":5,\"year\":6,"
	    "\"total\":1234567,\"page\":{\"path\":\"/tin-tuc/ocop-2023\",\"views\":270},\"next\":120}");
}

static void
a_list_and_what_is_not_known(void **state)
{
	struct page_views pages[] = { { STR("/a"), 1 }, { STR("/b"), FIGURE_UNKNOWN } };
	struct buf out = { 0 };

	(void)state;
	json_counts(&out, &(struct json_counts){ .site = STR("x"),
			      .figures = &figures_unknown,
			      .pages = pages,
			      .npages = 2,
			      .several = true,
			      .next = 60,
			      .stale = true });
	expect_bytes(&out,
	    "{\"site\":\"x\",\"online\":null,\"today\":null,\"yesterday\":null,\"week\":null,\"month\":null,"
	    "\"year\":null,\"total\":null,\"pages\":[{\"path\":\"/a\",\"views\":1},{\"path\":\"/b\",\"views\":null}],"
	    "\"next\":60,\"stale\":true}");
}

static void
figures_written_before(void **state)
{
	struct figures f = { 1, 2, 0, 4, 5, 6, FIGURE_UNKNOWN };
	struct buf out = { 0 }, text = { 0 }, anew = { 0 };

	(void)state;
	json_figures(&text, &f);
	json_counts(&out, &(struct json_counts){ .site = STR("x"), .figures_text = buf_view(&text) });
	json_counts(&anew, &(struct json_counts){ .site = STR("x"), .figures = &f });
	buf_putc(&anew, '\0');
	expect_bytes(&out, anew.p);
	buf_fini(&text);
	buf_fini(&anew);
}

static void
words_of_the_list(void **state)
{
	struct label_terms terms = { day_of_date((struct date){ 2026, 11, 26 }), WEEK_MONDAY, FIGURE_HITS, 300 };
	struct buf out = { 0 }, list = { 0 };

	(void)state;
	json_list(&list, VIETNAMESE, &terms);
	json_counts(
	    &out, &(struct json_counts){ .site = STR("x"), .figures = &figures_unknown, .list = buf_view(&list) });
	expect_bytes(&out,
	    "{\"site\":\"x\",\"online\":null,\"today\":null,\"yesterday\":null,\"week\":null,\"month\":null,"
	    "\"year\":null,\"total\":null,\"list\":{\"label\":\"Thống kê truy cập\",\"pause\":\"Tạm dừng\","
	    "\"resume\":\"Tiếp tục\",\"rows\":[[\"online\",\"Đang online\",\"Số khách trong 5 phút gần đây\"],"
	    "[\"today\",\"Hôm nay\",\"Số lượt truy cập từ 26/11/2026\"],"
	    "[\"yesterday\",\"\",\"Số lượt truy cập ngày 25/11/2026\"],"
	    "[\"week\",\"Trong tuần\",\"Số lượt truy cập từ 23/11/2026\"],"
	    "[\"month\",\"\",\"Số lượt truy cập từ 01/11/2026\"],"
	    "[\"year\",\"\",\"Số lượt truy cập từ 01/01/2026\"],"
	    "[\"total\",\"Tất cả\",\"Số lượt truy cập từ khi mở trang\"]]}}");
	buf_fini(&list);
	terms = (struct label_terms){ terms.today, WEEK_SUNDAY, FIGURE_VISITS, 90 };
	for (int i = 0; i < LABELS; i++) {
		label_title(&out, ENGLISH, (enum label)i, &terms);
		buf_putc(&out, '\n');
	}
	expect_bytes(&out, "Visitors in the last 90 seconds\nVisits since 26/11/2026\nVisits on 25/11/2026\n"
			   "Visits since 22/11/2026\nVisits since 01/11/2026\nVisits since 01/01/2026\n"
			   "Visits since the site was opened\n");
}

static void
strings(void **state)
{
	struct buf out = { 0 };

	(void)state;
	json_string(&out, STR("\"\\\n\x7f</script>ế\xff\xc3"));
	expect_bytes(&out, "\"\\\"\\\\\\u000a\\u007f\\u003c/script>ế\xef\xbf\xbd\xef\xbf\xbd\"");
	json_string(&out, (struct str){ NULL, 0 });
	expect_bytes(&out, "\"\"");
	json_string(&out, STR("/tin-tuc-012345/\"/tin-tuc-0123456/</tin-tuc"));
	expect_bytes(&out, "\"/tin-tuc-012345/\\\"/tin-tuc-0123456/\\u003c/tin-tuc\"");
	json_error(&out, "unknown_site", "m");
	expect_bytes(&out, "{\"error\":\"unknown_site\",\"message\":\"m\"}");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_page),
		cmocka_unit_test(a_list_and_what_is_not_known),
		cmocka_unit_test(figures_written_before),
		cmocka_unit_test(words_of_the_list),
		cmocka_unit_test(strings),
	};

	return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
