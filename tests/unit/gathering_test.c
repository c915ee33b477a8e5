/* gathering_test.c - what has served one batch serves the next as a new one would; few are kept, and small ones. */
#include "store/gathering.h"

#include "base/mem.h"
#include "cases.h"
#include "count/calendar.h"
#include "store/stream.h"

static const struct payload_head usual = { .now_ms = 1000000, .online_window_ms = 300000, .dedupe_window_ms = 900000 };
static struct stream stream = { .writer = "0123456789abcdef0123456789abcdef" };

/* Hits of a batch: each of so many, in turn. */
struct kind_of_batch {
	unsigned hits, pages, visitors, countries;
	bool have_ids, have_twins, have_yesterday, have_repeats, some_beat, some_refused;
};

static const struct kind_of_batch kinds[] = {
	{ .hits = 1, .pages = 1, .visitors = 1, .countries = 1, .have_ids = true },
	{ .hits = 48, .pages = 45, .visitors = 44, .countries = 9, .have_ids = true, .have_yesterday = true },
	{ .hits = 1, .pages = 1, .visitors = 1, .countries = 1, .have_repeats = true },
	{ .hits = 40, .pages = 2, .visitors = 40, .countries = 3, .have_ids = true, .have_twins = true },
	{ .hits = 2, .pages = 2, .visitors = 1, .countries = 1, .some_refused = true },
	{ .hits = 9, .pages = 3, .visitors = 4, .countries = 2, .some_beat = true, .have_yesterday = true },
	{ .hits = 1, .pages = 1, .visitors = 1, .countries = 1, .some_beat = true },
};

static struct tally
tally_of(const struct kind_of_batch *kind, unsigned i, char *page, size_t n)
{
	bool is_beat = kind->some_beat && i % 2 == 0;

	(void)snprintf(page, n, "/tin-tuc/%u", i % kind->pages);
	return (struct tally){
		.kind = is_beat ? HIT_BEAT : HIT_VIEW,
		.at_ms = 999000 + i % 7,
		.visitor = 0x9e3779b97f4a7c15ULL * (1 + i % kind->visitors),
		.has_id = kind->have_ids,
		.id = kind->have_twins ? i % 5 : 1000 + i,
		.has_yesterday = kind->have_yesterday,
		.yesterday = 77 + i,
		.repeat = kind->have_repeats ? 99 + i : 0,
		.refusal = kind->some_refused && i % 2 == 1 ? REFUSAL_BOT : REFUSAL_NONE,
		.page = is_beat ? (struct str){ NULL, 0 } : str_of(page),
		.referrer = i % 3 == 0 ? STR("google") : STR("(direct)"),
		.profile = { .country = { 'A', (char)('A' + i % kind->countries) }, .language = "vi" },
	};
}

static struct batch *
sealed(struct gatherings *gs, const struct kind_of_batch *kind)
{
	struct payload_head head = usual;
	struct batch *b = batch_new(gs, &stream, day_of_number(20261123), 1);
	char page[32];

	head.repeat_window_ms = kind->have_repeats ? 600000 : 0;
	for (unsigned i = 0; i < kind->hits; i++) {
		struct tally t = tally_of(kind, i, page, sizeof(page));
		(void)batch_add(b, &t);
	}
	batch_seal(b, 5, &head);
	return b;
}

static struct batch *
sealed_anew(const struct kind_of_batch *kind, struct gatherings **ret_gatherings)
{
	*ret_gatherings = gatherings_new();
	return sealed(*ret_gatherings, kind);
}

static void
expect_same(const struct batch *b, const struct batch *wanted)
{
	const struct payload *p = batch_payload(b), *wanted_p = batch_payload(wanted);

	assert_true(str_eq(buf_view(&b->payload), buf_view(&wanted->payload)));
	assert_int_equal(p->ids_at, wanted_p->ids_at);
	assert_int_equal(p->presence_at, wanted_p->presence_at);
	assert_int_equal(p->moved_at, wanted_p->moved_at);
	assert_int_equal(p->tally_at, wanted_p->tally_at);
	assert_int_equal(p->nids, wanted_p->nids);
	if (p->nids > 0)
		assert_memory_equal(p->ids, wanted_p->ids, p->nids * sizeof(*p->ids));
	assert_int_equal(batch_pages(b), batch_pages(wanted));
	for (size_t i = 0; i < batch_pages(b); i++)
		assert_true(str_eq(batch_page_name(b, i), batch_page_name(wanted, i)));
	assert_int_equal(batch_waiters(b), 0);
	assert_null(batch_applied(b));
}

static void
never(void *arg, enum store_result result, const struct answer *answer)
{
	(void)arg;
	(void)result;
	(void)answer;
	fail();
}

/* Answered: with somebody left who waits. */
static void
let_serve(struct batch *b)
{
	struct applied applied = { .views = xcalloc(batch_pages(b), sizeof(int64_t)) };

	batch_wait(b, &(struct waiter){ never, NULL, -1, 1 });
	batch_set_applied(b, &applied);
	batch_free(b);
}

static void
one_that_has_served_packs_what_a_new_one_packs(void **state)
{
	struct gatherings *gs = gatherings_new();

	(void)state;
	for (size_t before = 0; before < NITEMS(kinds); before++) {
		for (size_t i = 0; i < NITEMS(kinds); i++) {
			struct gatherings *others;
			struct batch *wanted = sealed_anew(&kinds[i], &others), *b;

			let_serve(sealed(gs, &kinds[before]));
			assert_int_equal(gatherings_spare(gs), 1);
			b = sealed(gs, &kinds[i]);
			assert_int_equal(gatherings_spare(gs), 0);
			expect_same(b, wanted);
			batch_free(b);
			batch_free(wanted);
			gatherings_free(others);
		}
	}
	gatherings_free(gs);
}

static void
the_last_to_come_back_is_taken_first(void **state)
{
	struct gatherings *gs = gatherings_new();
	struct batch *one = sealed(gs, &kinds[0]), *other = sealed(gs, &kinds[0]);
	const struct gathering *last = one->gathering;

	(void)state;
	batch_free(other);
	batch_free(one);
	one = sealed(gs, &kinds[0]);
	assert_ptr_equal(one->gathering, last);
	batch_free(one);
	gatherings_free(gs);
}

static void
so_many_are_kept_and_no_more(void **state)
{
	struct gatherings *gs = gatherings_new();
	struct batch *batches[SPARE_MOST + 2];

	(void)state;
	for (size_t i = 0; i < NITEMS(batches); i++)
		batches[i] = sealed(gs, &kinds[0]);
	for (size_t i = 0; i < NITEMS(batches); i++)
		batch_free(batches[i]);
	assert_int_equal(gatherings_spare(gs), SPARE_MOST);
	gatherings_free(gs);
}

static void
what_was_large_is_not_kept(void **state)
{
	struct gatherings *gs = gatherings_new();
	struct kind_of_batch many = { .hits = SPARE_ITEMS + 1, .pages = 1, .visitors = 1, .countries = 1 };
	struct batch *b = batch_new(gs, &stream, 0, 1);
	struct payload_head head = usual;
	char name[SPARE_BYTES];
	struct tally long_one = tally_of(&kinds[0], 0, name, sizeof(name));

	(void)state;
	memset(name, 'a', sizeof(name));
	long_one.page = (struct str){ name, sizeof(name) };
	(void)batch_add(b, &long_one);
	batch_seal(b, 1, &head);
	batch_free(b);
	assert_int_equal(gatherings_spare(gs), 0);
	batch_free(sealed(gs, &many));
	assert_int_equal(gatherings_spare(gs), 0);
	batch_free(batch_new(gs, &stream, 0, 1)); /* how large it is nobody has looked at */
	assert_int_equal(gatherings_spare(gs), 0);
	gatherings_free(gs);
}

static void
what_it_gathered_is_there_until_nobody_can_ask(void **state)
{
	static const struct kind_of_batch large = {
		.hits = BATCH_MAX, .pages = 9, .visitors = 9, .countries = 1, .have_ids = true
	};
	const struct kind_of_batch *both[] = { &kinds[0], &large };
	struct gatherings *gs = gatherings_new();

	(void)state;
	for (size_t i = 0; i < NITEMS(both); i++) {
		struct batch *b = sealed(gs, both[i]);
		const struct payload *p = batch_payload(b);

		assert_int_equal(p->nids, both[i]->hits);
		assert_int_equal(p->ids[0], 1000);
		assert_int_equal(p->ids[p->nids - 1], 999 + p->nids);
		assert_int_equal(p->nvisitors, both[i]->visitors);
		assert_int_equal(p->visitors[0].visitor, 0x9e3779b97f4a7c15ULL);
		assert_true(str_eq(batch_page_name(b, 0), STR("/tin-tuc/0")));
		batch_strip(b);
		assert_null(batch_payload(b));
		batch_free(b);
	}
	gatherings_free(gs);
}

static void
what_stays_for_long_is_as_large_as_it_need_be(void **state)
{
	struct gatherings *gs = gatherings_new();

	(void)state;
	for (size_t i = 0; i < NITEMS(kinds); i++) {
		struct batch *b = sealed(gs, &kinds[i]);

		assert_int_equal(b->payload.cap, b->payload.n);
		batch_free(b);
	}
	gatherings_free(gs);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_that_has_served_packs_what_a_new_one_packs),
		cmocka_unit_test(the_last_to_come_back_is_taken_first),
		cmocka_unit_test(so_many_are_kept_and_no_more),
		cmocka_unit_test(what_was_large_is_not_kept),
		cmocka_unit_test(what_it_gathered_is_there_until_nobody_can_ask),
		cmocka_unit_test(what_stays_for_long_is_as_large_as_it_need_be),
	};

	return cmocka_run_group_tests_name("gathering", tests, NULL, NULL);
}
