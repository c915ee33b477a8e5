/* mirror_presence_test.c - who is present as far as the mirror knows, and who opens a visit. */
#include "mirror_harness.h"

static const int64_t MINUTE = 60000;

/* So many ms later than the others. */
static struct batch *
later(const char *page, int64_t ms, enum hit_kind kind)
{
	struct payload_head head = {
		.now_ms = 1000000 + ms, .online_window_ms = 300000, .dedupe_window_ms = 900000, .pages_max = PAGES_MAX
	};
	struct batch *b = batch_new(gatherings, &stream, DAY, WINDOW);

	(void)batch_add(b, &(struct tally){
			       .kind = kind,
			       .at_ms = 999990 + ms,
			       .visitor = 1,
			       .page = { page, 1 },
			       .referrer = STR("(direct)"),
			   });
	batch_seal(b, ++sequence, &head);
	return b;
}

static int64_t
visits_of(struct mirror *m, struct batch *b, int64_t online)
{
	struct forecast f;

	b->sequence = m->sequence + 1;
	if (!mirror_forecast(m, b, NOW_US, &f)) {
		batch_free(b);
		return -1;
	}
	assert_int_equal(f.applied.online, online);
	free(f.applied.views);
	batch_free(b);
	return f.applied.visits;
}

static void
who_comes_again_opens_a_visit(void **state)
{
	struct mirror m = mirror_of_two();

	(void)state;
	assert_int_equal(visits_of(&m, later("a", 1 * MINUTE, HIT_VIEW), 2), 0);
	assert_int_equal(visits_of(&m, later("a", 6 * MINUTE, HIT_VIEW), 1), 0);
	assert_int_equal(presence_count(&m.presence), 2);
	assert_int_equal(visits_of(&m, later("a", 36 * MINUTE - 1, HIT_VIEW), 1), 0);
	assert_int_equal(presence_count(&m.presence), 1);
	assert_int_equal(visits_of(&m, later("a", 66 * MINUTE - 1, HIT_VIEW), 1), -1); /* to the millisecond */
	assert_int_equal(visits_of(&m, later("a", 66 * MINUTE, HIT_VIEW), 1), 1);
	assert_int_equal(visits_of(&m, later("a", 99 * MINUTE, HIT_BEAT), 1), 0);
	mirror_forget(&m);
}

/* As at midnight: of two, one comes under another name, and one does not come. */
static void
who_is_moved_is_present_under_the_new_name(void **state)
{
	struct mirror m = mirror_of_two();
	struct payload_head head = {
		.now_ms = 1000000, .online_window_ms = 300000, .dedupe_window_ms = 900000, .pages_max = PAGES_MAX
	};
	struct batch *b = batch_new(gatherings, &stream, DAY, WINDOW);
	struct tally t = { .kind = HIT_VIEW,
		.at_ms = 999980,
		.visitor = 9,
		.has_yesterday = true,
		.yesterday = 1,
		.page = STR("a"),
		.referrer = STR("(direct)") };
	int64_t at_ms;

	(void)state;
	(void)batch_add(b, &t);
	batch_seal(b, ++sequence, &head);
	learn(&m, b, said_of(b, 8, 2, 2));
	batch_free(b);
	assert_false(presence_find(&m.presence, 1, &at_ms));
	assert_true(presence_find(&m.presence, 9, &at_ms));
	assert_int_equal(at_ms, 999990); /* as he was seen under the old one */
	assert_true(m.knows_all_present);
	assert_int_equal(visits_of(&m, later("a", 1, HIT_VIEW), 3), 1); /* the old name is nobody's */
	mirror_forget(&m);
}

static void
nothing_is_forecast_while_others_may_be_present(void **state)
{
	struct batch *b = batch_of("ab", 1, WINDOW, DAY);
	struct applied said = said_of(b, 7, 2, 2);
	struct mirror m = { 0 };

	(void)state;
	said.held.present = 4;
	learn(&m, b, said);
	assert_false(m.knows_all_present);
	assert_false(knows(&m, batch_of("a", 0, WINDOW, DAY)));
	/* Redis tells who they are. */
	for (uint64_t visitor = 1; visitor <= 4; visitor++)
		mirror_meet(&m, visitor, 900000);
	learn(&m, b,
	    (struct applied){ .now = true,
		.newest = said.newest,
		.held = said.held,
		.sums = { { 7, 7 }, { 2, 3 } },
		.views = xcalloc(2, sizeof(int64_t)) });
	assert_true(m.knows_all_present);
	assert_true(knows(&m, batch_of("a", 0, WINDOW, DAY)));
	batch_free(b);
	mirror_forget(&m);
	mirror_meet(&m, 1, 900000); /* nobody is met where nothing is known */
	assert_int_equal(mirror_bytes(&m), 0);
}

/* As when the clock is set back: he is there, but not seen to be there later. */
static void
nobody_is_known_when_one_has_no_place(void **state)
{
	struct mirror m = mirror_of_two();
	struct batch *b = later("a", 1 * MINUTE, HIT_VIEW);
	struct applied said = said_of(b, 8, 2, 0);
	struct forecast f;

	(void)state;
	for (uint64_t visitor = 100; visitor < 5100; visitor++)
		mirror_meet(&m, visitor, 2000000 + (int64_t)visitor);
	b->sequence = m.sequence + 1;
	assert_false(mirror_forecast(&m, b, NOW_US, &f));
	for (uint64_t visitor = 100; visitor < 5100; visitor++)
		mirror_meet(&m, visitor, 2000000 + (int64_t)visitor);
	mirror_meet(&m, 2, 999990);
	mirror_meet(&m, 1, 999990);
	said.held.present = 5002;
	learn(&m, b, said);
	assert_false(m.knows_all_present);
	/* Who is told of is put in order from the beginning. */
	for (uint64_t visitor = 100; visitor < 5100; visitor++)
		mirror_meet(&m, visitor, 2000000 + (int64_t)visitor);
	mirror_meet(&m, 1, 999990);
	mirror_meet(&m, 2, 1500000);
	assert_int_equal(presence_count(&m.presence), 0);
	batch_free(b);
	mirror_forget(&m);
}

static bool
tends(struct mirror *m, int64_t now_us)
{
	struct batch *b = batch_of("a", 0, WINDOW, DAY);
	struct forecast f;

	b->sequence = m->sequence + 1;
	assert_true(mirror_forecast(m, b, now_us, &f));
	free(f.applied.views);
	batch_free(b);
	return f.tends_presence;
}

static void
presence_is_tended_now_and_then(void **state)
{
	struct mirror m = mirror_of_two();

	(void)state;
	assert_true(tends(&m, NOW_US));
	assert_false(tends(&m, NOW_US + 49 * 1000000));
	assert_true(tends(&m, NOW_US + 50 * 1000000));
	assert_false(tends(&m, NOW_US + 51 * 1000000));
	/* Where nobody else is present the key may be new. */
	presence_leave(&m.presence, 2);
	assert_true(tends(&m, NOW_US + 52 * 1000000));
	mirror_forget(&m);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_comes_again_opens_a_visit),
		cmocka_unit_test(who_is_moved_is_present_under_the_new_name),
		cmocka_unit_test(nothing_is_forecast_while_others_may_be_present),
		cmocka_unit_test(nobody_is_known_when_one_has_no_place),
		cmocka_unit_test(presence_is_tended_now_and_then),
	};

	return cmocka_run_group_tests_name("mirror", tests, set_up, tear_down);
}
