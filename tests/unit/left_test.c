/* left_test.c - what lies on the disk still: it counts towards spool_max, be
 * it a dead writer's, and keeps its markers. */
#include "store/left.h"

#include "base/mem.h"
#include "spool_harness.h"

static int
refuse_to_unlink(int folder, const char *name, int flags)
{
	(void)folder;
	(void)name;
	(void)flags;
	errno = EIO;
	return -1;
}

static void
what_cannot_be_unlinked_is_not_gone(void **state)
{
	struct spool *s = open_spool(WRITER_A);
	struct spool_place place;
	struct spool_status status;

	(void)state;
	assert_true(spool_is_gone(s));
	place = append(s, 1);
	assert_int_equal(spool_commit(s), 0);
	assert_false(spool_is_gone(s));
	files.unlinkat = refuse_to_unlink;
	spool_release(s, place);
	spool_status(s, &status);
	assert_int_equal(status.records, 0);
	assert_false(spool_is_gone(s));
	files.unlinkat = unlinkat;
	assert_true(spool_is_gone(s));
	assert_false(exists(WRITER_A "/00000001.spool"));
	spool_close(s);
}

static uint64_t
left_bytes(struct spool *s)
{
	struct spool_status status;

	spool_status(s, &status);
	return status.left_bytes;
}

/* Started again and again while Redis is away. */
static void
what_dead_writers_have_left_counts(void **state)
{
	static const char *const writers[] = { WRITER_A, WRITER_B, "cccccccccccccccccccccccccccccccc" };
	struct spool_options o = { spool_path, NULL, 400, 400 };
	struct spool *s;
	struct taken *t;
	uint64_t all;
	size_t kept = 0;

	(void)state;
	for (size_t i = 0; i < NITEMS(writers); i++) {
		o.writer = writers[i];
		s = spool_open(&o);
		while (spool_has_room(s, 150)) {
			(void)append(s, ++kept);
			assert_int_equal(spool_commit(s), 0);
		}
		spool_close(s);
	}
	assert_in_range(kept, 1, 3);
	assert_false(exists(WRITER_B));

	s = open_spool(WRITER_B);
	all = left_bytes(s);
	assert_in_range(all, 100, 400);
	assert_int_equal(spool_take_over(s, WRITER_A, &t), 1);
	assert_int_equal(left_bytes(s), 0);
	assert_false(spool_has_room(s, (1 << 20) - all + 1));
	taken_leave(t);
	assert_int_equal(left_bytes(s), all);
	assert_false(spool_has_room(s, (1 << 20) - all + 1));
	assert_int_equal(spool_take_over(s, WRITER_A, &t), 1);
	assert_int_equal(taken_finish(t), 0);
	assert_int_equal(left_bytes(s), 0);
	assert_true(spool_has_room(s, 1 << 20));
	spool_close(s);
}

static void
what_others_take_counts_no_more(void **state)
{
	struct files_names none = { NULL, 0, 0 };
	struct spool *one, *two;
	struct taken *t, *nothing = NULL;

	(void)state;
	leave_two_segments();
	one = open_spool(WRITER_B);
	two = open_spool("cccccccccccccccccccccccccccccccc");
	assert_int_equal(left_bytes(one), left_bytes(two));
	assert_int_equal(spool_take_over(one, WRITER_A, &t), 1);
	assert_true(left_bytes(two) > 0);
	assert_int_equal(spool_take_over(two, WRITER_A, &nothing), 0);
	assert_int_equal(left_bytes(two), 0);
	spool_close(two);
	two = open_spool("cccccccccccccccccccccccccccccccc");
	assert_int_equal(left_bytes(two), 0);
	taken_leave(t);
	assert_true(left_bytes(one) > 0);
	spool_left_of(one, &none);
	assert_int_equal(left_bytes(one), 0);
	spool_close(one);
	spool_close(two);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(what_cannot_be_unlinked_is_not_gone, forget_spool),
		cmocka_unit_test_teardown(what_dead_writers_have_left_counts, forget_spool),
		cmocka_unit_test_teardown(what_others_take_counts_no_more, forget_spool),
	};

	return cmocka_run_group_tests_name("left", tests, make_spool_path, remove_spool_path);
}
