/* hit_test.c - tests/cases/hits.txt, and the table of refusals. */
#include "count/hit.h"

#include <inttypes.h>

#include "cases.h"

static void
try_hit(struct str form, struct buf *got)
{
	struct buf scratch = { 0 };
	struct hit h;
	enum refusal refusal = hit_parse(form, &scratch, &h);

	if (refusal != REFUSAL_NONE) {
		buf_puts(got, refusal_text(refusal)->name);
		buf_fini(&scratch);
		return;
	}
	buf_puts(got, h.kind == HIT_BEAT ? "beat" : "view");
	buf_printf(got, " site=%.*s", (int)h.site.n, h.site.p);
	if (h.page.n > 0)
		buf_printf(got, " page=%.*s", (int)h.page.n, h.page.p);
	if (h.ref.n > 0)
		buf_printf(got, " ref=%.*s", (int)h.ref.n, h.ref.p);
	if (h.has_id)
		buf_printf(got, " id=%" PRIx64, h.id);
	if (h.has_visitor)
		buf_printf(got, " visitor=%" PRIx64, h.visitor);
	if (h.list.n > 0)
		buf_printf(got, " list=%.*s", (int)h.list.n, h.list.p);
	if (h.is_off)
		buf_puts(got, " off");
	if (h.is_robot)
		buf_puts(got, " robot");
	buf_fini(&scratch);
}

static void
each_case(void **state)
{
	(void)state;
	cases_run("tests/cases/hits.txt", 36, try_hit);
}

static void
every_refusal_has_its_words(void **state)
{
	(void)state;
	for (int i = 0; i < REFUSAL_COUNT; i++) {
		const struct refusal_text *text = refusal_text((enum refusal)i);
		assert_non_null(text->name);
		assert_non_null(text->message);
		assert_in_range(text->status, 200, 499);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_case),
		cmocka_unit_test(every_refusal_has_its_words),
	};

	return cmocka_run_group_tests_name("hit", tests, NULL, NULL);
}
