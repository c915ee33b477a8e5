/* batch_test.c - what gathers comes out of the payload; who waits is answered. */
#include "store/batch.h"

#include <msgpack.h>

#include "base/mem.h"
#include "cases.h"
#include "count/calendar.h"
#include "store/payload.h"
#include "store/stream.h"

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
enum { NOW, ACCEPTED, EARLIEST, DAY, HITS = 9, IDS, STAYED, CAME, VIEWERS, MOVED_FROM, MOVED_TO, EACH, TALLIES };
enum { PAGE_OF, ID_OF, VISITOR_OF, AGE_OF, KIND_OF, HOST_OF, KINDS };

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

/* The next value of what is packed in a text. */
static void
unpack_next(msgpack_unpacked *m, const msgpack_object *text, size_t *where)
{
	assert_int_equal(msgpack_unpack_next(m, text->via.str.ptr, text->via.str.size, where), MSGPACK_UNPACK_SUCCESS);
}

static void
each_item_is_its_numbers(const msgpack_object *text)
{
	msgpack_unpacked m;
	size_t where = 0;

	msgpack_unpacked_init(&m);
	unpack_next(&m, text, &where);
	assert_int_equal(where, text->via.str.size);
	expect_numbers(at(&m.data, PAGE_OF), (const uint64_t[]){ 1, 2, 0, 1 }, 4);
	expect_numbers(at(&m.data, ID_OF), (const uint64_t[]){ 1, 0, 0, 2 }, 4);
	expect_numbers(at(&m.data, VISITOR_OF), (const uint64_t[]){ 2, 3, 1, 2 }, 4);
	expect_numbers(at(&m.data, AGE_OF), (const uint64_t[]){ 10, 10, 1000, 10 }, 4);
	expect_numbers(at(&m.data, KIND_OF), (const uint64_t[]){ 1, 1, 0, 2 }, 4);
	expect_numbers(at(&m.data, HOST_OF), (const uint64_t[]){ 1, 1, 0, 1 }, 4);
	expect_numbers(at(at(&m.data, KINDS), 0), (const uint64_t[]){ 1, 2, 3, 4, 5 }, 5);
	expect_numbers(at(at(&m.data, KINDS), 1), (const uint64_t[]){ 1, 2, 3, 6, 5 }, 5);
	msgpack_unpacked_destroy(&m);
}

static void
tallies_are_sums(const msgpack_object *text)
{
	msgpack_unpacked m;
	size_t where = 0;

	msgpack_unpacked_init(&m);
	unpack_next(&m, text, &where);
	expect_texts(&m.data, (const char *const[]){ "/a", "/b", "/c" }, 3);
	unpack_next(&m, text, &where);
	expect_numbers(&m.data, (const uint64_t[]){ 2, 1, 0 }, 3);
	unpack_next(&m, text, &where);
	expect_texts(
	    &m.data, (const char *const[]){ "c:VN", "b:other", "s:other", "d:other", "l:vi", "d:desktop", "x:bot" }, 7);
	unpack_next(&m, text, &where);
	expect_numbers(&m.data, (const uint64_t[]){ 3, 3, 3, 2, 3, 1, 1 }, 7);
	unpack_next(&m, text, &where);
	expect_texts(&m.data, (const char *const[]){ "(direct)" }, 1);
	unpack_next(&m, text, &where);
	expect_numbers(&m.data, (const uint64_t[]){ 3 }, 1);
	msgpack_unpacked_destroy(&m);
}

static void
sealed_bytes_hold_what_was_gathered(void **state)
{
	struct stream a = { 0 };
	struct batch *b = batch_new(&a, day_of_number(20261123), 1);
	struct tally beat = { .kind = HIT_BEAT, .at_ms = 999000, .visitor = 3 };
	struct tally tallies[] = { view_of("/a", 1, 17), view_of("/b", 2, 0), beat, view_of("/a", 1, 18) };
	struct tally robot = view_of("/c", 9, 19);
	msgpack_unpacked m;
	size_t where = 0;

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

	msgpack_unpacked_init(&m);
	assert_int_equal(msgpack_unpack_next(&m, b->payload.p, b->payload.n, &where), MSGPACK_UNPACK_SUCCESS);
	assert_int_equal(where, b->payload.n);
	assert_int_equal(at(&m.data, DAY)->via.u64, 20261123);
	assert_int_equal(at(&m.data, NOW)->via.u64, 1000000);
	assert_int_equal(at(&m.data, ACCEPTED)->via.u64, 999990);
	assert_int_equal(at(&m.data, EARLIEST)->via.u64, 999000);
	assert_int_equal(at(&m.data, HITS)->via.u64, 3);
	assert_int_equal(at(&m.data, IDS)->via.array.size, 2);
	assert_int_equal(at(at(&m.data, IDS), 0)->via.str.size, 8);
	assert_int_equal(at(&m.data, STAYED)->via.array.size, 2);
	assert_memory_equal(at(at(&m.data, STAYED), 0)->via.str.ptr, "999000", 6);
	assert_int_equal(at(&m.data, CAME)->via.array.size, 4);
	assert_int_equal(at(&m.data, VIEWERS)->via.array.size, 2);
	assert_int_equal(at(&m.data, MOVED_FROM)->via.array.size, 1);
	assert_int_equal(at(&m.data, MOVED_TO)->via.array.size, 1);
	each_item_is_its_numbers(at(&m.data, EACH));
	tallies_are_sums(at(&m.data, TALLIES));
	msgpack_unpacked_destroy(&m);
	batch_free(b);
}

static void
beats_alone_leave_no_tallies(void **state)
{
	struct stream a = { 0 };
	struct batch *b = batch_new(&a, 0, 1);
	struct tally beat = { .kind = HIT_BEAT, .at_ms = 999000, .visitor = 3 };
	msgpack_unpacked m;

	(void)state;
	assert_int_equal(batch_add(b, &beat), -1);
	batch_seal(b, 1, &head);
	msgpack_unpacked_init(&m);
	assert_int_equal(msgpack_unpack_next(&m, b->payload.p, b->payload.n, NULL), MSGPACK_UNPACK_SUCCESS);
	assert_int_equal(at(&m.data, TALLIES)->via.str.size, 0);
	msgpack_unpacked_destroy(&m);
	batch_free(b);
}

static void
many_pages_keep_their_numbers(void **state)
{
	struct stream a = { 0 };
	struct batch *b = batch_new(&a, 0, 1);
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
	struct stream a = { 0 };
	struct batch *b = batch_new(&a, 0, 1);
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
	struct stream a = { 0 };
	struct batch *b = batch_new(&a, 0, 1);
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
	struct stream a = { 0 };
	struct batch *b = batch_new(&a, 0, 1);
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
		cmocka_unit_test(beats_alone_leave_no_tallies),
		cmocka_unit_test(many_pages_keep_their_numbers),
		cmocka_unit_test(each_waiter_is_answered_once),
		cmocka_unit_test(only_those_whose_time_is_up_are_answered),
		cmocka_unit_test(a_failure_has_no_figures),
	};

	return cmocka_run_group_tests_name("batch", tests, NULL, NULL);
}
