/* mirror_test.c - what is forecast is what Redis would say; what is not known is not forecast. */
#include "store/mirror.h"

#include <stdlib.h>

#include "base/mem.h"
#include "cases.h"
#include "count/calendar.h"
#include "store/gathering.h"
#include "store/payload.h"
#include "store/stream.h"

enum { DAY = 20780, WINDOW = 1959889, PAGES_MAX = 4, HITS_MAX = 8, NOW_US = 7000000 };

static struct stream stream;
static struct gatherings *gatherings;
static uint64_t sequence; /* the last that a batch was given */

static int
set_up(void **state)
{
	(void)state;
	stream_init(&stream, STR("demo"), "0123456789abcdef0123456789abcdef");
	gatherings = gatherings_new();
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	gatherings_free(gatherings);
	return 0;
}

/* Views of those pages, a letter each; ids from the first on, 0: none. */
static struct batch *
batch_of(const char *pages, uint64_t first_id, int64_t ids_window, int32_t day)
{
	struct payload_head head = { .now_ms = 1000000, .online_window_ms = 300000, .dedupe_window_ms = 900000 };
	struct batch *b = batch_new(gatherings, &stream, day, ids_window);

	for (size_t i = 0; pages[i] != '\0'; i++) {
		struct tally t = {
			.kind = HIT_VIEW,
			.at_ms = 999990,
			.visitor = i + 1,
			.has_id = first_id != 0,
			.id = first_id + i,
			.page = { &pages[i], 1 },
			.referrer = STR("(direct)"),
		};
		(void)batch_add(b, &t);
	}
	batch_seal(b, ++sequence, &head);
	return b;
}

/* What Redis says of it: so many hits and pages before it, all views being one more, and nobody is present who is not
 * in this batch or in one of two views. */
static struct applied
said_of(const struct batch *b, int64_t hits, int64_t pages, int64_t ids)
{
	struct applied a = {
		.now = true,
		.newest = day_number(b->day),
		.counted = b->nviews,
		.held = { true, pages, { 0, ids, 0 }, b->nviews > 2 ? b->nviews : 2 },
		.sums = { [FIGURE_HITS] = { hits, hits }, [FIGURE_VISITS] = { 2, 3 } },
		.views = xcalloc(HITS_MAX, sizeof(*a.views)),
	};

	for (size_t i = 0; i < batch_pages(b); i++)
		a.views[i] = 10;
	return a;
}

static void
learn(struct mirror *m, const struct batch *b, struct applied said)
{
	mirror_learn(m, b, &said);
	free(said.views);
}

/* Learned of the pages a and b, whose ids are 1 and 2, after 7 hits; nothing else is there. */
static struct mirror
mirror_of_two(void)
{
	struct batch *b = batch_of("ab", 1, WINDOW, DAY);
	struct mirror m = { 0 };

	learn(&m, b, said_of(b, 7, 2, 2));
	batch_free(b);
	return m;
}

/* Whether it is forecast when it is the next; then it is taken to be applied. */
static bool
knows(struct mirror *m, struct batch *b)
{
	struct forecast f;
	bool does;

	b->sequence = m->sequence + 1;
	does = mirror_forecast(m, b, PAGES_MAX, NOW_US, &f);
	if (does)
		free(f.applied.views);
	batch_free(b);
	return does;
}

static void
nothing_is_known_at_first(void **state)
{
	struct mirror m = { 0 };

	(void)state;
	assert_false(knows(&m, batch_of("a", 1, WINDOW, DAY)));
	mirror_forget(&m);
}

/* Two in a row, before Redis has said anything of the first. */
static void
the_next_are_forecast(void **state)
{
	struct mirror m = mirror_of_two();
	struct batch *b = batch_of("bcb", 3, WINDOW, DAY), *next = batch_of("ca", 0, WINDOW, DAY);
	struct forecast f;

	(void)state;
	assert_true(mirror_forecast(&m, b, PAGES_MAX, NOW_US, &f));
	assert_true(f.applied.now);
	assert_int_equal(f.applied.counted, 3);
	assert_int_equal(f.applied.visits, 1);
	assert_int_equal(f.applied.online, 3);
	assert_int_equal(f.applied.sums[FIGURE_HITS].today, 10);
	assert_int_equal(f.applied.sums[FIGURE_HITS].total, 10);
	assert_int_equal(f.applied.sums[FIGURE_VISITS].today, 3);
	assert_int_equal(f.applied.sums[FIGURE_VISITS].total, 4);
	assert_int_equal(f.applied.views[0], 12);
	assert_int_equal(f.applied.views[1], 1);
	assert_int_equal(f.pages, 2);
	assert_int_equal(f.ids, 2);
	free(f.applied.views);

	assert_true(mirror_forecast(&m, next, PAGES_MAX, NOW_US, &f));
	assert_int_equal(f.applied.sums[FIGURE_HITS].total, 12);
	assert_int_equal(f.applied.visits, 0);
	assert_int_equal(f.applied.views[0], 2);
	assert_int_equal(f.applied.views[1], 11);
	assert_int_equal(f.pages, 3);
	free(f.applied.views);
	batch_free(b);
	batch_free(next);
	mirror_forget(&m);
}

static void
only_the_next_is_forecast(void **state)
{
	struct mirror m = mirror_of_two();
	struct batch *missed = batch_of("a", 0, WINDOW, DAY), *b = batch_of("a", 0, WINDOW, DAY);
	struct forecast f;

	(void)state;
	assert_false(mirror_forecast(&m, b, PAGES_MAX, NOW_US, &f));
	batch_free(missed);
	batch_free(b);
	mirror_forget(&m);
}

/* So many ms later than the others. */
static struct batch *
later(const char *page, int64_t ms, enum hit_kind kind)
{
	struct payload_head head = { .now_ms = 1000000 + ms, .online_window_ms = 300000, .dedupe_window_ms = 900000 };
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
	if (!mirror_forecast(m, b, PAGES_MAX, NOW_US, &f)) {
		batch_free(b);
		return -1;
	}
	assert_int_equal(f.applied.online, online);
	free(f.applied.views);
	batch_free(b);
	return f.applied.visits;
}

#define MINUTE ((int64_t)60000)

static void
who_comes_again_opens_a_visit(void **state)
{
	struct mirror m = mirror_of_two();

	(void)state;
	assert_int_equal(visits_of(&m, later("a", 1 * MINUTE, HIT_VIEW), 2), 0);
	assert_int_equal(visits_of(&m, later("a", 6 * MINUTE, HIT_VIEW), 1), 0);
	assert_int_equal(m.presence.n, 2);
	assert_int_equal(visits_of(&m, later("a", 36 * MINUTE - 1, HIT_VIEW), 1), 0);
	assert_int_equal(m.presence.n, 1);
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
	struct payload_head head = { .now_ms = 1000000, .online_window_ms = 300000, .dedupe_window_ms = 900000 };
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

static void
known_ids_are_not_forecast(void **state)
{
	struct mirror m = mirror_of_two();

	(void)state;
	assert_false(knows(&m, batch_of("a", 2, WINDOW, DAY)));
	assert_true(knows(&m, batch_of("a", 3, WINDOW, DAY)));
	assert_false(knows(&m, batch_of("a", 3, WINDOW + 1, DAY))); /* whose window is not looked at yet */
	assert_true(knows(&m, batch_of("a", 0, WINDOW + 9, DAY)));
	mirror_forget(&m);
}

static void
an_id_is_known_in_the_next_window(void **state)
{
	struct mirror m = mirror_of_two();
	struct batch *b = batch_of("a", 3, WINDOW + 1, DAY);
	struct applied said = said_of(b, 8, 2, 1);

	(void)state;
	said.held.ids[0] = 2;
	learn(&m, b, said);
	batch_free(b);
	assert_false(knows(&m, batch_of("a", 1, WINDOW + 1, DAY)));
	assert_true(knows(&m, batch_of("a", 4, WINDOW + 1, DAY)));
	assert_false(knows(&m, batch_of("a", 4, WINDOW, DAY))); /* the one before it has made room */
	mirror_forget(&m);
}

/* Others' ids of this window, and what they mean for its neighbours. */
static void
more_ids_than_known_are_not_forecast(void **state)
{
	struct batch *b = batch_of("ab", 1, WINDOW, DAY);
	struct mirror m = { 0 };

	(void)state;
	learn(&m, b, said_of(b, 7, 2, 3));
	assert_false(knows(&m, batch_of("a", 9, WINDOW, DAY)));
	assert_true(knows(&m, batch_of("a", 0, WINDOW, DAY)));
	learn(&m, b, said_of(b, 10, 2, 2)); /* lost is lost */
	assert_false(knows(&m, batch_of("a", 9, WINDOW, DAY)));
	batch_free(b);
	mirror_forget(&m);
}

static void
pages_that_may_be_there_are_not_forecast(void **state)
{
	struct batch *b = batch_of("ab", 1, WINDOW, DAY);
	struct mirror m = { 0 };

	(void)state;
	learn(&m, b, said_of(b, 7, 3, 2));
	assert_true(knows(&m, batch_of("ba", 3, WINDOW, DAY)));
	assert_false(knows(&m, batch_of("c", 3, WINDOW, DAY)));
	batch_free(b);
	mirror_forget(&m);
}

static void
pages_without_room_are_not_forecast(void **state)
{
	struct mirror m = mirror_of_two();

	(void)state;
	assert_true(knows(&m, batch_of("acd", 3, WINDOW, DAY)));
	assert_false(knows(&m, batch_of("acde", 3, WINDOW, DAY)));
	mirror_forget(&m);
}

static void
another_day_is_not_forecast(void **state)
{
	struct mirror m = mirror_of_two();
	struct batch *late = batch_of("a", 3, WINDOW, DAY - 1);
	struct applied said = said_of(late, 8, 2, 3);

	(void)state;
	assert_false(knows(&m, batch_of("a", 3, WINDOW, DAY + 1)));
	said.newest = day_number(DAY);
	learn(&m, late, said); /* its sums are of the day before */
	assert_false(knows(&m, batch_of("a", 4, WINDOW, DAY)));
	assert_false(knows(&m, batch_of("a", 4, WINDOW, DAY - 1)));
	batch_free(late);
	mirror_forget(&m);
}

/* The views that were known are another's now. */
static void
all_is_forgotten_when_another_has_counted(void **state)
{
	struct mirror m = mirror_of_two();
	struct batch *b = batch_of("aa", 3, WINDOW, DAY);
	struct applied said = said_of(b, 9, 2, 4);

	(void)state;
	said.held.alone = false;
	learn(&m, b, said);
	batch_free(b);
	b = batch_of("aa", 0, WINDOW, DAY);
	for (int i = 0; i < 8; i++) {
		assert_false(knows(&m, batch_of("a", 0, WINDOW, DAY))); /* the other may do so again */
		learn(&m, b, said_of(b, 11 + 2 * i, 2, 4));
	}
	assert_true(knows(&m, batch_of("a", 0, WINDOW, DAY)));
	assert_false(knows(&m, batch_of("b", 0, WINDOW, DAY)));
	assert_false(knows(&m, batch_of("a", 4, WINDOW, DAY)));
	batch_free(b);
	mirror_forget(&m);
}

static void
a_writers_first_batch_makes_nobody_wary(void **state)
{
	struct batch *b = batch_of("ab", 1, WINDOW, DAY);
	struct applied said = said_of(b, 7, 2, 2);
	struct mirror m = { 0 };

	(void)state;
	b->sequence = 1;
	said.held.alone = false; /* as it finds who counted before it */
	learn(&m, b, said);
	batch_free(b);
	assert_true(knows(&m, batch_of("a", 0, WINDOW, DAY)));
	mirror_forget(&m);
}

static bool
tends(struct mirror *m, int64_t now_us)
{
	struct batch *b = batch_of("a", 0, WINDOW, DAY);
	struct forecast f;

	b->sequence = m->sequence + 1;
	assert_true(mirror_forecast(m, b, PAGES_MAX, now_us, &f));
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

static void
all_is_forgotten_when_another_left_no_trace(void **state)
{
	struct mirror m = mirror_of_two();
	struct batch *b = batch_of("aa", 0, WINDOW, DAY);

	(void)state;
	learn(&m, b, said_of(b, 20, 2, 2));
	assert_true(knows(&m, batch_of("a", 0, WINDOW, DAY)));
	assert_false(knows(&m, batch_of("b", 0, WINDOW, DAY)));
	batch_free(b);
	mirror_forget(&m);
}

static void
all_is_forgotten_when_pages_are_fewer(void **state)
{
	struct mirror m = mirror_of_two();
	struct batch *b = batch_of("aa", 0, WINDOW, DAY), *next = batch_of("b", 0, WINDOW, DAY);
	struct forecast f;

	(void)state;
	learn(&m, b, said_of(b, 9, 1, 2));
	next->sequence = m.sequence + 1;
	assert_true(mirror_forecast(&m, next, PAGES_MAX, NOW_US, &f));
	assert_int_equal(f.applied.views[0], 1); /* not one more than it had */
	free(f.applied.views);
	batch_free(next);
	batch_free(b);
	mirror_forget(&m);
}

/* It was applied before: nobody knows what came after it. */
static void
nothing_is_known_after_one_of_before(void **state)
{
	struct mirror m = mirror_of_two();
	struct batch *b = batch_of("a", 3, WINDOW, DAY);
	struct applied said = said_of(b, 8, 2, 3);

	(void)state;
	said.now = false;
	learn(&m, b, said);
	assert_false(knows(&m, batch_of("a", 0, WINDOW, DAY)));
	batch_free(b);
	mirror_forget(&m);
}

static void
only_what_is_counted_as_a_whole_is_forecast(void **state)
{
	struct mirror m = mirror_of_two();
	struct payload_head head = { .now_ms = 1000000, .online_window_ms = 300000, .repeat_window_ms = 1 };
	struct batch *b = batch_new(gatherings, &stream, DAY, WINDOW);

	(void)state;
	(void)batch_add(b, &(struct tally){ .kind = HIT_VIEW, .at_ms = 1, .page = STR("a"), .referrer = STR("") });
	batch_seal(b, 2, &head);
	assert_false(knows(&m, b));
	mirror_forget(&m);
}

/* Bounded: some are forgotten, and found again. */
static void
pages_that_are_too_many_are_forgotten(void **state)
{
	struct mirror m = { 0 };
	size_t most = 0;

	(void)state;
	for (unsigned n = 0; n < 80 * BATCH_MAX; n += BATCH_MAX) {
		struct batch *b = batch_new(gatherings, &stream, DAY, WINDOW);
		struct payload_head head = { .now_ms = 1000, .online_window_ms = 1 };
		struct applied said = { .now = true,
			.counted = BATCH_MAX,
			.held = { true, n + BATCH_MAX, { 0 }, 1 },
			.sums = { { n + BATCH_MAX, n + BATCH_MAX } },
			.views = xcalloc(BATCH_MAX, sizeof(int64_t)) };

		for (unsigned i = 0; i < BATCH_MAX; i++) {
			char page[16];

			(void)snprintf(page, sizeof(page), "/%u", n + i);
			(void)batch_add(b,
			    &(struct tally){ .kind = HIT_VIEW, .at_ms = 1, .page = str_of(page), .referrer = STR("") });
			said.views[i] = 1;
		}
		batch_seal(b, ++sequence, &head);
		learn(&m, b, said);
		batch_free(b);
		most = m.pages.n > most ? m.pages.n : most;
	}
	assert_true(most > 50000 && most <= 65536);
	assert_true(m.pages.n > 0 && m.pages.n < 20000);
	mirror_forget(&m);
}

static void
what_was_forgotten_meanwhile_stays_so(void **state)
{
	struct mirror m = mirror_of_two();
	struct batch *b = batch_of("a", 3, WINDOW, DAY);
	struct forecast f;

	(void)state;
	assert_true(mirror_bytes(&m) > 0);
	assert_true(mirror_forecast(&m, b, PAGES_MAX, NOW_US, &f));
	mirror_forget(&m);
	assert_int_equal(mirror_bytes(&m), 0);
	free(f.applied.views);
	batch_free(b);
	assert_false(knows(&m, batch_of("a", 1, WINDOW, DAY)));
	assert_int_equal(mirror_bytes(&m), 0);
}

/* Its pages and ids are gone with it, and the views that were known are too few. */
static void
nothing_is_known_after_one_that_went_to_the_spool(void **state)
{
	struct mirror m = mirror_of_two();
	struct batch *b = batch_of("a", 0, WINDOW, DAY);
	struct applied said = said_of(b, 8, 2, 2);

	(void)state;
	batch_strip(b);
	learn(&m, b, said);
	batch_free(b);
	assert_false(knows(&m, batch_of("a", 0, WINDOW, DAY)));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_known_at_first),
		cmocka_unit_test(the_next_are_forecast),
		cmocka_unit_test(only_the_next_is_forecast),
		cmocka_unit_test(who_comes_again_opens_a_visit),
		cmocka_unit_test(who_is_moved_is_present_under_the_new_name),
		cmocka_unit_test(nothing_is_forecast_while_others_may_be_present),
		cmocka_unit_test(known_ids_are_not_forecast),
		cmocka_unit_test(an_id_is_known_in_the_next_window),
		cmocka_unit_test(more_ids_than_known_are_not_forecast),
		cmocka_unit_test(pages_that_may_be_there_are_not_forecast),
		cmocka_unit_test(pages_without_room_are_not_forecast),
		cmocka_unit_test(another_day_is_not_forecast),
		cmocka_unit_test(presence_is_tended_now_and_then),
		cmocka_unit_test(all_is_forgotten_when_another_has_counted),
		cmocka_unit_test(a_writers_first_batch_makes_nobody_wary),
		cmocka_unit_test(all_is_forgotten_when_another_left_no_trace),
		cmocka_unit_test(all_is_forgotten_when_pages_are_fewer),
		cmocka_unit_test(nothing_is_known_after_one_of_before),
		cmocka_unit_test(only_what_is_counted_as_a_whole_is_forecast),
		cmocka_unit_test(pages_that_are_too_many_are_forgotten),
		cmocka_unit_test(what_was_forgotten_meanwhile_stays_so),
		cmocka_unit_test(nothing_is_known_after_one_that_went_to_the_spool),
	};

	return cmocka_run_group_tests_name("mirror", tests, set_up, tear_down);
}
