/* batch_test.c - what gathers comes out of the payload; who waits is answered. */
#include "store/batch.h"

#include <msgpack.h>

#include "base/mem.h"
#include "cases.h"
#include "count/calendar.h"
#include "store/gathering.h"
#include "store/recent.h"
#include "store/stream.h"
#include "store/sum.h"

#define WRITER "0123456789abcdef0123456789abcdef"

static struct gatherings *gatherings;
static struct payload_head head = { .now_ms = 1000000, .online_window_ms = 300000, .dedupe_window_ms = 900000 };

static struct tally
view_of(const char *page, uint64_t visitor, uint64_t id)
{
	return (struct tally){
		.kind = HIT_VIEW,
		.at_ms = 999990,
		.visitor = visitor,
		.has_id = id != 0,
		.id = id,
		.page = str_of(page),
		.referrer = STR("(direct)"),
		.profile = { .country = "VN", .language = "vi" },
	};
}

/* Where payload.h says that they stand. */
enum { DAY, FIELD, LEAVING_TO, FORGOTTEN, SINCE, AS_A_WHOLE = 9, HITS, IDS_N, STAYED_N, CAME_N, MOVED_N };
enum { EACH_SIZE = 15, VALUES };
enum { NOW, ACCEPTED, REPEAT_WINDOW, PAGE_OF, ID_OF, VISITOR_OF, AGE_OF, KIND_OF, HOST_OF, KINDS, COLUMNS };

/* Values one behind the other; what is behind them. */
static struct str
unpack(struct str text, msgpack_unpacked *values, size_t n)
{
	size_t where = 0;

	for (size_t i = 0; i < n; i++) {
		msgpack_unpacked_init(&values[i]);
		assert_int_equal(msgpack_unpack_next(&values[i], text.p, text.n, &where), MSGPACK_UNPACK_SUCCESS);
	}
	return (struct str){ text.p + where, text.n - where };
}

/* The next so many bytes, and off the front. */
static struct str
take(struct str *text, uint64_t n)
{
	struct str taken = { text->p, n };

	assert_true(n <= text->n);
	*text = (struct str){ text->p + n, text->n - n };
	return taken;
}

static void
destroy(msgpack_unpacked *values, size_t n)
{
	for (size_t i = 0; i < n; i++)
		msgpack_unpacked_destroy(&values[i]);
}

static struct str
text_of_value(const msgpack_unpacked *value)
{
	assert_int_equal(value->data.type, MSGPACK_OBJECT_STR);
	return (struct str){ value->data.via.str.ptr, value->data.via.str.size };
}

static const msgpack_object *
at(const msgpack_object *array, uint32_t i)
{
	assert_int_equal(array->type, MSGPACK_OBJECT_ARRAY);
	assert_true(i < array->via.array.size);
	return &array->via.array.ptr[i];
}

static void
expect_numbers(const msgpack_object *array, const uint64_t *numbers, uint32_t n)
{
	assert_int_equal(array->via.array.size, n);
	for (uint32_t i = 0; i < n; i++)
		assert_int_equal(at(array, i)->via.u64, numbers[i]);
}

static void
expect_texts(const msgpack_object *array, const char *const *texts, uint32_t n)
{
	assert_int_equal(array->via.array.size, n);
	for (uint32_t i = 0; i < n; i++) {
		const msgpack_object_str *text = &at(array, i)->via.str;
		assert_true(str_eq((struct str){ text->ptr, text->size }, str_of(texts[i])));
	}
}

static void
each_item_is_its_numbers(struct str text)
{
	msgpack_unpacked values[COLUMNS];

	assert_int_equal(unpack(text, values, COLUMNS).n, 0);
	assert_int_equal(values[NOW].data.via.u64, 1000000);
	assert_int_equal(values[ACCEPTED].data.via.u64, 999990);
	expect_numbers(&values[PAGE_OF].data, (const uint64_t[]){ 1, 2, 0, 1 }, 4);
	expect_numbers(&values[ID_OF].data, (const uint64_t[]){ 1, 0, 0, 2 }, 4);
	expect_numbers(&values[VISITOR_OF].data, (const uint64_t[]){ 2, 3, 1, 2 }, 4);
	expect_numbers(&values[AGE_OF].data, (const uint64_t[]){ 10, 10, 1000, 10 }, 4);
	expect_numbers(&values[KIND_OF].data, (const uint64_t[]){ 1, 1, 0, 2 }, 4);
	expect_numbers(&values[HOST_OF].data, (const uint64_t[]){ 1, 1, 0, 1 }, 4);
	expect_numbers(at(&values[KINDS].data, 0), (const uint64_t[]){ 1, 2, 3, 4, 5 }, 5);
	expect_numbers(at(&values[KINDS].data, 1), (const uint64_t[]){ 1, 2, 3, 6, 5 }, 5);
	destroy(values, COLUMNS);
}

static void
tallies_are_sums(struct str text)
{
	msgpack_unpacked values[9];

	assert_int_equal(unpack(text, values, NITEMS(values)).n, 0);
	expect_texts(&values[0].data, (const char *const[]){ "/a", "/b", "/c" }, 3);
	expect_numbers(&values[1].data, (const uint64_t[]){ 2, 1, 0 }, 3);
	expect_texts(&values[2].data,
	    (const char *const[]){ "c:VN", "b:other", "s:other", "d:other", "l:vi", "d:desktop", "x:bot" }, 7);
	expect_numbers(&values[3].data, (const uint64_t[]){ 3, 3, 3, 2, 3, 1, 1 }, 7);
	expect_texts(&values[4].data, (const char *const[]){ "(direct)" }, 1);
	expect_numbers(&values[5].data, (const uint64_t[]){ 3 }, 1);
	assert_int_equal(text_of_value(&values[8]).n, 2 * 8);
	destroy(values, NITEMS(values));
}

static void
sealed_bytes_hold_what_was_gathered(void **state)
{
	struct stream a = { .writer = WRITER };
	struct batch *b = batch_new(gatherings, &a, day_of_number(20261123), 1);
	struct tally beat = { .kind = HIT_BEAT, .at_ms = 999000, .visitor = 3 };
	struct tally tallies[] = { view_of("/a", 1, 17), view_of("/b", 2, 0), beat, view_of("/a", 1, 18) };
	struct tally robot = view_of("/c", 9, 19);
	msgpack_unpacked values[VALUES];
	struct str rest;

	(void)state;
	assert_int_equal(batch_add(b, &tallies[0]), 0);
	assert_int_equal(batch_add(b, &tallies[1]), 1);
	assert_int_equal(batch_add(b, &tallies[2]), -1);
	tallies[3].has_yesterday = true;
	tallies[3].yesterday = 77;
	tallies[3].profile.device = 1;
	assert_int_equal(batch_add(b, &tallies[3]), 0);
	robot.refusal = REFUSAL_BOT;
	assert_int_equal(batch_add(b, &robot), 2);
	assert_int_equal(b->nitems, 5);
	assert_int_equal(b->nviews, 3);
	assert_int_equal(b->nbeats, 1);
	batch_seal(b, 5, &head);
	assert_int_equal(b->sequence, 5);
	assert_int_equal(b->ids_window, 1);

	rest = unpack(buf_view(&b->payload), values, VALUES);
	assert_int_equal(values[DAY].data.via.u64, 20261123);
	assert_true(str_eq(text_of_value(&values[FIELD]), STR("20261123")));
	assert_true(str_eq(text_of_value(&values[LEAVING_TO]), STR("-800010")));
	assert_true(str_eq(text_of_value(&values[FORGOTTEN]), STR("(-801000")));
	assert_true(str_eq(text_of_value(&values[SINCE]), STR("(700000")));
	assert_true(values[AS_A_WHOLE].data.via.boolean);
	assert_int_equal(values[HITS].data.via.u64, 3);
	assert_int_equal(values[IDS_N].data.via.u64, 2);
	assert_int_equal(values[STAYED_N].data.via.u64, 1);
	assert_int_equal(values[CAME_N].data.via.u64, 2);
	assert_int_equal(values[MOVED_N].data.via.u64, 1);
	(void)take(&rest, (uint64_t)2 * 8);
	assert_true(str_starts(take(&rest, 13 + 8), STR("0000000999000")));
	assert_true(str_starts(take(&rest, (uint64_t)2 * (13 + 8)), STR("0000000999990")));
	(void)take(&rest, (uint64_t)2 * 8);
	each_item_is_its_numbers(take(&rest, values[EACH_SIZE].data.via.u64));
	assert_true(str_starts(take(&rest, TAG_BYTES), STR("0123456789ab\5")));
	tallies_are_sums(rest);
	destroy(values, VALUES);
	batch_free(b);
}

static bool
is_as_a_whole(struct batch *b, struct payload_head h)
{
	msgpack_unpacked values[VALUES];
	bool whole;

	batch_seal(b, 1, &h);
	(void)unpack(buf_view(&b->payload), values, VALUES);
	whole = values[AS_A_WHOLE].data.via.boolean;
	destroy(values, VALUES);
	batch_free(b);
	return whole;
}

static struct batch *
batch_of_two(uint64_t one, uint64_t other)
{
	static struct stream a = { .writer = WRITER };
	struct batch *b = batch_new(gatherings, &a, 0, 1);
	struct tally tallies[] = { view_of("/a", 1, one), view_of("/a", 1, other) };

	(void)batch_add(b, &tallies[0]);
	(void)batch_add(b, &tallies[1]);
	return b;
}

static void
a_batch_is_looked_at_hit_by_hit_where_it_has_to(void **state)
{
	struct payload_head no_repeats = head, long_window = head;
	struct batch *long_batch = batch_of_two(17, 18);
	struct tally late = view_of("/a", 1, 19);

	(void)state;
	no_repeats.repeat_window_ms = 600000;
	long_window.online_window_ms = 1800001;
	assert_true(is_as_a_whole(batch_of_two(17, 18), head));
	assert_true(is_as_a_whole(batch_of_two(0, 0), head));
	assert_false(is_as_a_whole(batch_of_two(17, 17), head));
	assert_false(is_as_a_whole(batch_of_two(17, 18), no_repeats));
	assert_false(is_as_a_whole(batch_of_two(17, 18), long_window));
	late.at_ms += 1800001;
	(void)batch_add(long_batch, &late);
	assert_false(is_as_a_whole(long_batch, head));
}

static void
beats_alone_leave_no_tallies(void **state)
{
	struct stream a = { .writer = WRITER };
	struct batch *b = batch_new(gatherings, &a, 0, 1);
	struct tally beat = { .kind = HIT_BEAT, .at_ms = 999000, .visitor = 3 };
	msgpack_unpacked values[VALUES];
	struct str rest;

	(void)state;
	assert_int_equal(batch_add(b, &beat), -1);
	batch_seal(b, 1, &head);
	rest = unpack(buf_view(&b->payload), values, VALUES);
	assert_int_equal(rest.n, 13 + 8 + values[EACH_SIZE].data.via.u64);
	destroy(values, VALUES);
	batch_free(b);
}

static void
many_pages_keep_their_numbers(void **state)
{
	struct stream a = { .writer = WRITER };
	struct batch *b = batch_new(gatherings, &a, 0, 1);
	char name[32];

	(void)state;
	for (int round = 0; round < 2; round++) {
		for (int i = 0; i < BATCH_MAX; i++) {
			struct tally t = view_of(name, 1, 0);
			(void)snprintf(name, sizeof(name), "/tin-tuc/%d", i);
			t.page = str_of(name);
			assert_int_equal(batch_add(b, &t), i);
		}
	}
	(void)snprintf(name, sizeof(name), "/tin-tuc/%d", 77);
	assert_true(str_eq(batch_page_name(b, 77), str_of(name)));
	batch_free(b);
}

static void
sums_are_tallies_of_one(void **state)
{
	struct stream a = { .writer = WRITER };
	struct sum sum = { 0 };
	struct recent *recent = recent_new(1024);
	const struct tallies *all;
	struct str rest;
	struct buf text = { 0 };
	msgpack_unpacked values[9];

	(void)state;
	for (uint64_t sequence = 1; sequence <= 3; sequence++) {
		struct batch *b = batch_new(gatherings, &a, 0, 1);
		struct tally views[] = { view_of("/a", sequence, 0), view_of(sequence == 2 ? "/b" : "/c", 9, 0) };

		(void)batch_add(b, &views[0]);
		(void)batch_add(b, &views[1]);
		batch_seal(b, sequence, &head);
		sum_add(&sum, batch_tallies(b), false, recent);
		batch_free(b);
	}
	assert_int_equal(sum.n, 3);
	all = sum_up(&sum);
	assert_memory_equal(all->tag, "0123456789ab\1\0\0\0", TAG_BYTES);
	assert_int_equal(all->hits, 6);
	assert_memory_equal(sum.last, "0123456789ab\3\0\0\0", TAG_BYTES);
	tallies_pack(all, &text);
	rest = buf_view(&text);
	assert_memory_equal(take(&rest, TAG_BYTES).p, all->tag, TAG_BYTES);
	assert_int_equal(unpack(rest, values, NITEMS(values)).n, 0);
	expect_texts(&values[0].data, (const char *const[]){ "/a", "/c", "/b" }, 3);
	expect_numbers(&values[1].data, (const uint64_t[]){ 3, 2, 1 }, 3);
	expect_numbers(&values[5].data, (const uint64_t[]){ 6 }, 1);
	assert_int_equal(text_of_value(&values[8]).n, 4 * 8); /* one came three times */
	destroy(values, NITEMS(values));
	sum_break(&sum);
	assert_true(sum.is_broken);
	assert_int_equal(sum.n, 0);
	sum_fini(&sum);
	recent_free(recent);
	buf_fini(&text);
}

/* Those whose beat came first are not among them, though they viewed. */
static void
who_came_with_a_batch_may_be_left_out(void **state)
{
	struct stream a = { .writer = WRITER };
	struct sum with = { 0 }, without = { 0 };
	struct recent *recent = recent_new(1 << 16), *another = recent_new(1 << 16);
	struct batch *b = batch_new(gatherings, &a, 0, 1);
	const uint64_t order[] = { 9, 2, 8, 1 }; /* 9 and 8 had a beat before */
	const uint64_t *viewers;

	(void)state;
	for (size_t i = 0; i < NITEMS(order); i++) {
		struct tally view = view_of("/a", order[i], 0), beat = view;

		beat.kind = HIT_BEAT;
		if (order[i] >= 8)
			(void)batch_add(b, &beat);
		(void)batch_add(b, &view);
		(void)batch_add(b, &beat);
	}
	batch_seal(b, 1, &head);
	assert_int_equal(batch_tallies(b)->ncomers, 2);
	sum_add(&with, batch_tallies(b), false, recent);
	sum_add(&without, batch_tallies(b), true, another);
	assert_int_equal(sum_up(&with)->viewers.n, 4 * 8);
	viewers = (const uint64_t *)sum_up(&with)->viewers.p;
	assert_int_equal(viewers[0], 2);
	assert_int_equal(viewers[1], 1);
	assert_int_equal(sum_up(&without)->viewers.n, 2 * 8);
	assert_int_equal(without.nviewers, 2);
	viewers = (const uint64_t *)sum_up(&without)->viewers.p;
	assert_int_equal(viewers[0], 9);
	assert_int_equal(viewers[1], 8);
	assert_int_equal(sum_up(&without)->hits, 4);
	batch_free(b);
	sum_fini(&with);
	sum_fini(&without);
	recent_free(recent);
	recent_free(another);
}

/* As long as there are the same pages, hosts and visitors in it. */
static void
a_sum_grows_with_names_only(void **state)
{
	struct stream a = { .writer = WRITER };
	struct sum sum = { 0 };
	struct recent *recent = recent_new(1 << 16);
	char name[40];
	uint64_t sequence = 0;

	(void)state;
	for (int i = 0; i < 20000; sequence++) {
		struct batch *b = batch_new(gatherings, &a, 0, 1);

		for (int j = 0; j < BATCH_MAX; j++, i++) {
			struct tally view = view_of(name, (uint64_t)(i % 100) + 1, 0);
			(void)snprintf(name, sizeof(name), "/tin-tuc/%d", i % 200);
			view.page = str_of(name);
			(void)batch_add(b, &view);
		}
		batch_seal(b, sequence + 1, &head);
		sum_add(&sum, batch_tallies(b), false, recent);
		batch_free(b);
	}
	assert_int_equal(sum.n, sequence);
	assert_false(sum_is_large(&sum));
	assert_int_equal(sum_up(&sum)->hits, 20000);
	assert_int_equal(sum_up(&sum)->pages.n, 200);
	assert_int_equal(sum_up(&sum)->pages.items[7].count, 100);
	assert_int_equal(sum_up(&sum)->viewers.n, 100 * 8);
	sum_fini(&sum);
	recent_free(recent);
}

static void
a_sum_does_not_grow_for_ever(void **state)
{
	struct stream a = { .writer = WRITER };
	struct sum sum = { 0 };
	struct recent *recent = recent_new(1024);
	char name[40];

	(void)state;
	for (uint64_t sequence = 1; sequence <= 5; sequence++) {
		struct batch *b = batch_new(gatherings, &a, 0, 1);

		assert_false(sum.is_broken);
		assert_int_equal(sum_is_large(&sum), sequence > 2);
		for (uint64_t i = 0; i < BATCH_MAX; i++) {
			struct tally view = view_of(name, 1, 0);
			(void)snprintf(name, sizeof(name), "/tin-tuc/%d", (int)(sequence * BATCH_MAX + i));
			view.page = str_of(name);
			(void)batch_add(b, &view);
		}
		batch_seal(b, sequence, &head);
		sum_add(&sum, batch_tallies(b), false, recent);
		batch_free(b);
	}
	assert_true(sum.is_broken);
	sum_fini(&sum);
	recent_free(recent);
}

/* Of many batches each is looked at if the daemon dies; a sum of nothing but viewers has an end, too. */
static void
a_sum_is_of_so_many_batches_and_viewers(void **state)
{
	struct stream a = { .writer = WRITER };
	struct sum few = { 0 }, many = { 0 };
	struct recent *recent = recent_new(1 << 16);
	uint64_t came = 0;

	(void)state;
	for (uint64_t sequence = 1; sequence <= 512; sequence++) {
		struct batch *b = batch_new(gatherings, &a, 0, 1);
		struct tally view = view_of("/a", 1, 0);

		assert_false(sum_is_large(&few));
		(void)batch_add(b, &view);
		batch_seal(b, sequence, &head);
		sum_add(&few, batch_tallies(b), false, recent);
		batch_free(b);
	}
	assert_true(sum_is_large(&few));
	for (uint64_t sequence = 1; !many.is_broken; sequence++) {
		struct batch *b = batch_new(gatherings, &a, 0, 1);

		for (int i = 0; i < BATCH_MAX; i++) {
			struct tally view = view_of("/a", ++came * 0x2545f4914f6cdd1dULL, 0);
			(void)batch_add(b, &view);
		}
		batch_seal(b, sequence, &head);
		sum_add(&many, batch_tallies(b), false, recent);
		batch_free(b);
		assert_true(came <= 20000);
	}
	assert_true(came > 15000);
	sum_fini(&few);
	sum_fini(&many);
	recent_free(recent);
}

static void
a_batch_of_which_not_all_was_counted_was_changed(void **state)
{
	struct batch *b = batch_of_two(17, 18);
	int64_t views[] = { 5 };

	(void)state;
	batch_seal(b, 1, &head);
	assert_false(batch_was_changed(b, &(struct applied){ .now = true, .counted = 2, .views = views }));
	assert_true(batch_was_changed(b, &(struct applied){ .now = true, .counted = 1, .views = views }));
	assert_true(batch_was_changed(b, &(struct applied){ .counted = 2, .views = views }));
	views[0] = -1; /* «(other)» */
	assert_true(batch_was_changed(b, &(struct applied){ .now = true, .counted = 2, .views = views }));
	views[0] = 5;
	batch_strip(b);
	assert_true(batch_was_changed(b, &(struct applied){ .now = true, .counted = 2, .views = views }));
	batch_free(b);
}

struct heard {
	int calls;
	enum store_result result;
	int64_t views, total;
};

static void
hear(void *arg, enum store_result result, const struct answer *answer)
{
	struct heard *h = arg;

	h->calls++;
	h->result = result;
	h->views = answer != NULL && answer->npages == 1 ? answer->pages[0].views : -2;
	h->total = answer != NULL ? answer->figures->total : -2;
}

static void
each_waiter_is_answered_once(void **state)
{
	struct stream a = { .writer = WRITER };
	struct batch *b = batch_new(gatherings, &a, 0, 1);
	struct tally one = view_of("/a", 1, 0), other = view_of("/b", 1, 0);
	struct heard first = { 0 }, second = { 0 }, beat = { 0 };
	struct figures f = { .total = 9 };
	struct applied applied = { .views = xcalloc(2, sizeof(int64_t)) };

	(void)state;
	batch_wait(b, &(struct waiter){ hear, &first, batch_add(b, &one), 1 });
	batch_wait(b, &(struct waiter){ hear, &second, batch_add(b, &other), 2 });
	batch_wait(b, &(struct waiter){ hear, &beat, -1, 3 });
	applied.views[0] = 270;
	applied.views[1] = 1;
	batch_set_applied(b, &applied);
	batch_answer(b, STORE_DONE, &f);
	batch_answer(b, STORE_DONE, &f);
	assert_int_equal(first.calls, 1);
	assert_int_equal(first.views, 270);
	assert_int_equal(first.total, 9);
	assert_int_equal(second.views, 1);
	assert_int_equal(beat.calls, 1);
	assert_int_equal(beat.views, -2);
	batch_free(b);
}

static void
only_those_whose_time_is_up_are_answered(void **state)
{
	struct stream a = { .writer = WRITER };
	struct batch *b = batch_new(gatherings, &a, 0, 1);
	struct heard first = { 0 }, second = { 0 };

	(void)state;
	batch_wait(b, &(struct waiter){ hear, &first, -1, 10 });
	batch_wait(b, &(struct waiter){ hear, &second, -1, 20 });
	batch_answer_until(b, 19, STORE_FAILED, NULL);
	assert_int_equal(first.calls, 1);
	assert_int_equal(second.calls, 0);
	assert_int_equal(batch_waiters(b), 1);
	batch_answer_until(b, 20, STORE_FAILED, NULL);
	assert_int_equal(first.calls, 1);
	assert_int_equal(second.calls, 1);
	batch_free(b);
}

static void
a_failure_has_no_figures(void **state)
{
	struct stream a = { .writer = WRITER };
	struct batch *b = batch_new(gatherings, &a, 0, 1);
	struct heard h = { 0 };

	(void)state;
	batch_wait(b, &(struct waiter){ hear, &h, -1, 1 });
	batch_answer(b, STORE_FAILED, NULL);
	assert_int_equal(h.calls, 1);
	assert_int_equal(h.result, STORE_FAILED);
	assert_int_equal(h.total, -2);
	batch_free(b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sealed_bytes_hold_what_was_gathered),
		cmocka_unit_test(a_batch_is_looked_at_hit_by_hit_where_it_has_to),
		cmocka_unit_test(beats_alone_leave_no_tallies),
		cmocka_unit_test(sums_are_tallies_of_one),
		cmocka_unit_test(who_came_with_a_batch_may_be_left_out),
		cmocka_unit_test(a_sum_is_of_so_many_batches_and_viewers),
		cmocka_unit_test(a_sum_grows_with_names_only),
		cmocka_unit_test(a_sum_does_not_grow_for_ever),
		cmocka_unit_test(a_batch_of_which_not_all_was_counted_was_changed),
		cmocka_unit_test(many_pages_keep_their_numbers),
		cmocka_unit_test(each_waiter_is_answered_once),
		cmocka_unit_test(only_those_whose_time_is_up_are_answered),
		cmocka_unit_test(a_failure_has_no_figures),
	};

	int failed;

	gatherings = gatherings_new();
	failed = cmocka_run_group_tests_name("batch", tests, NULL, NULL);
	gatherings_free(gatherings);
	return failed;
}
