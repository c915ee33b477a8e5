/* spool_test.c - what is kept is found again: by this process, by the next
 * one, after a kill at any moment, after a tail torn or a bit turned anywhere. */
#include "store/spool.h"

#include <signal.h>
#include <sys/file.h>
#include <sys/wait.h>

#include "base/mem.h"
#include "spool_harness.h"
#include "store/folder.h"

enum { ROUNDS = 50 };

static void
records_are_kept_read_and_released(void **state)
{
	struct spool *s = open_spool(WRITER_A);
	struct spool_place places[41];
	struct spool_status status;
	struct spool_record r;
	struct buf bytes = { NULL, 0, 0 };

	(void)state;
	assert_non_null(s);
	assert_false(exists(WRITER_A));
	assert_int_equal(spool_commit(s), 0);
	for (uint64_t i = 1; i <= 40; i++) {
		places[i] = append(s, i);
		assert_int_equal(spool_read(s, places[i], &bytes, &r), -1);
		assert_int_equal(errno, EINVAL);
		assert_int_equal(spool_commit(s), 0);
	}
	spool_status(s, &status);
	assert_int_equal(status.records, 40);
	assert_in_range(status.segments, 8, 20);
	for (uint64_t i = 40; i >= 1; i--) {
		assert_int_equal(spool_read(s, places[i], &bytes, &r), 0);
		assert_int_equal(r.sequence, i);
		assert_numbered(&r);
	}
	assert_int_equal(spool_read(s, (struct spool_place){ 1, 65 }, &bytes, &r), -1);
	assert_int_equal(errno, EBADMSG);
	assert_true(exists(WRITER_A "/00000001.spool"));
	for (uint64_t i = 1; i <= 40; i++)
		spool_release(s, places[i]);
	spool_status(s, &status);
	assert_int_equal(status.records, 0);
	assert_int_equal(status.segments, 0);
	assert_int_equal(status.bytes, 0);
	assert_false(exists(WRITER_A "/00000001.spool"));

	places[1] = append(s, 1);
	assert_int_equal(spool_commit(s), 0);
	assert_int_equal(spool_read(s, places[1], &bytes, &r), 0);
	assert_true(places[1].segment > places[40].segment);
	spool_release(s, places[1]);
	spool_close(s);
	assert_true(exists(""));
	assert_false(exists(WRITER_A));
	buf_fini(&bytes);
}

static void
segments_go_when_nothing_in_them_is_needed(void **state)
{
	struct spool *s = open_spool(WRITER_A);
	struct spool_place places[21];
	struct found f;

	(void)state;
	for (uint64_t i = 1; i <= 20; i++) {
		places[i] = append(s, i);
		assert_int_equal(spool_commit(s), 0);
	}
	for (uint64_t i = 20; i >= 1; i--) {
		if (places[i].segment == 2)
			spool_release(s, places[i]);
	}
	assert_true(exists(WRITER_A "/00000001.spool"));
	assert_false(exists(WRITER_A "/00000002.spool"));
	spool_close(s);
	find_all(&f);
	for (uint64_t i = 1; i <= 20; i++)
		assert_int_equal(f.times[i], places[i].segment != 2);
	assert_true(f.in_order);
	assert_false(exists(WRITER_A));
}

static void
a_spool_has_its_bounds(void **state)
{
	struct spool *s = open_spool(WRITER_A);
	struct spool_record r = numbered(1);
	struct spool_place place = { 7, 7 };
	struct stat st;
	char path[160];

	(void)state;
	assert_true(spool_has_room(s, 1 << 20));
	assert_false(spool_has_room(s, (1 << 20) + 1));
	assert_false(spool_has_room(s, UINT64_MAX));
	(void)append(s, 1);
	assert_false(spool_has_room(s, 1 << 20));
	assert_int_equal(spool_commit(s), 0);
	assert_false(spool_has_room(s, 1 << 20));
	r.payload.n = RECORD_MAX;
	assert_int_equal(spool_append(s, &r, &place), -1);
	assert_int_equal(errno, EMSGSIZE);
	assert_int_equal(place.segment, 7);

	assert_int_equal(stat(spool_path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	(void)snprintf(path, sizeof(path), "%s/" WRITER_A, spool_path);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	(void)snprintf(path, sizeof(path), "%s/" WRITER_A "/00000001.spool", spool_path);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	spool_close(s);
}

static void
a_folder_that_cannot_be_is_an_error(void **state)
{
	struct spool_options o = { "/nonexistent/thongke/spool", WRITER_A, 1, 1 };

	(void)state;
	assert_null(spool_open(&o));
	o.dir = "/proc/self/status";
	assert_null(spool_open(&o));
}

static void
nobody_takes_what_lives_or_twice(void **state)
{
	struct spool *a = open_spool(WRITER_A), *b = open_spool(WRITER_B);
	struct spool *late = open_spool("cccccccccccccccccccccccccccccccc");
	struct spool_status status;
	struct taken *t;
	struct found f = { .in_order = true };

	(void)state;
	(void)append(a, 1);
	(void)append(b, 2);
	assert_int_equal(spool_commit(a), 0);
	assert_int_equal(spool_commit(b), 0);
	assert_null(take_first(late, NULL));
	assert_null(take_first(a, NULL));
	spool_close(a);
	t = take_first(late, NULL);
	assert_non_null(t);
	assert_string_equal(taken_writer(t), WRITER_A);
	assert_int_equal(taken_survey(t)->oldest_ms, 1700000000001);
	spool_status(late, &status);
	assert_int_equal(status.taken_bytes, taken_survey(t)->bytes);
	assert_false(spool_has_room(late, 1 << 20));
	assert_null(take_first(b, NULL));
	replay(t, &f);
	assert_int_equal(f.records, 1);
	taken_leave(t);
	assert_null(take_first(late, WRITER_A));
	t = take_first(b, NULL);
	assert_non_null(t);
	taken_finish(t);
	assert_false(exists(WRITER_A));
	spool_close(b);
	find_all(&f);
	assert_int_equal(f.times[2], 1);
	spool_close(late);
}

/* Somebody else has locked, replayed and removed it all between our opening
 * the lock file and our locking it. */
static int
lock_too_late(int fd, int what)
{
	char path[160];

	(void)snprintf(path, sizeof(path), "%s/" WRITER_A "/lock", spool_path);
	(void)unlink(path);
	return flock(fd, what);
}

static void
a_lock_that_is_gone_keeps_nobody_out(void **state)
{
	struct spool *a = open_spool(WRITER_A), *b = open_spool(WRITER_B);
	struct found f;

	(void)state;
	(void)append(a, 1);
	files.flock = lock_too_late;
	assert_int_equal(spool_commit(a), -1);
	assert_int_equal(errno, EAGAIN);
	files.flock = flock;
	(void)append(a, 1);
	assert_int_equal(spool_commit(a), 0);
	spool_close(a);
	files.flock = lock_too_late;
	assert_null(take_first(b, NULL));
	files.flock = flock;
	spool_close(b);
	find_all(&f);
	assert_int_equal(f.times[1], 1);
}

static void
empty_folders_are_cleared_away(void **state)
{
	struct spool *s = open_spool(WRITER_A);
	char path[160];
	struct found f;

	(void)state;
	(void)snprintf(path, sizeof(path), "%s/" WRITER_B, spool_path);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_null(take_first(s, NULL));
	assert_false(exists(WRITER_B));
	assert_int_equal(mkdir(path, 0700), 0);
	(void)snprintf(path, sizeof(path), "%s/" WRITER_B "/lock", spool_path);
	assert_true(close(open(path, O_CREAT | O_WRONLY, 0600)) == 0);
	assert_null(take_first(s, NULL));
	assert_false(exists(WRITER_B));

	/* Without its lock file a spool is as good as with it. */
	(void)append(s, 1);
	assert_int_equal(spool_commit(s), 0);
	spool_close(s);
	(void)snprintf(path, sizeof(path), "%s/" WRITER_A "/lock", spool_path);
	assert_int_equal(unlink(path), 0);
	find_all(&f);
	assert_int_equal(f.times[1], 1);
}

static void
sum_up(void *arg, const struct spool_listing *l)
{
	struct spool_listing *sums = arg;

	assert_int_equal(l->error, 0);
	sums->held = sums->held || l->held;
	sums->survey.segments += l->survey.segments;
	sums->survey.records += l->survey.records;
	sums->survey.hits += l->survey.hits;
	sums->survey.bytes += l->survey.bytes;
	sums->survey.oldest_ms = l->survey.oldest_ms;
}

static void
spools_are_listed_while_they_are_used(void **state)
{
	struct spool *s = open_spool(WRITER_A);
	struct spool_listing sums = { .error = 0 };
	struct spool_status status;

	(void)state;
	for (uint64_t i = 1; i <= 9; i++)
		(void)append(s, i);
	assert_int_equal(spool_commit(s), 0);
	assert_int_equal(spool_list(spool_path, sum_up, &sums), 0);
	spool_status(s, &status);
	assert_true(sums.held);
	assert_int_equal(sums.survey.segments, 1);
	assert_int_equal(sums.survey.records, 9);
	assert_int_equal(sums.survey.hits, 1 + 2 + 3 + 4 + 1 + 2 + 3 + 4);
	assert_int_equal(sums.survey.bytes, status.bytes);
	assert_int_equal(sums.survey.oldest_ms, 1700000000001);
	spool_close(s);
	sums = (struct spool_listing){ .error = 0 };
	assert_int_equal(spool_list(spool_path, sum_up, &sums), 0);
	assert_false(sums.held);
	assert_int_equal(spool_list("/nonexistent", sum_up, &sums), -1);
}

/* ---- damage ------------------------------------------------------------- */

static void
change_segment(const char *name, struct buf *bytes)
{
	char path[160];
	int fd;

	(void)snprintf(path, sizeof(path), "%s/" WRITER_A "/%s", spool_path, name);
	if (bytes->p == NULL) {
		struct stat st;
		assert_int_equal(stat(path, &st), 0);
		fd = open(path, O_RDONLY);
		bytes->n = (size_t)read(fd, buf_reserve(bytes, (size_t)st.st_size), (size_t)st.st_size);
		assert_int_equal(bytes->n, st.st_size);
	} else {
		fd = open(path, O_WRONLY | O_TRUNC);
		assert_int_equal(write(fd, bytes->p, bytes->n), bytes->n);
	}
	assert_int_equal(close(fd), 0);
}

static void
a_torn_tail_is_cut_off(void **state)
{
	struct buf whole = { NULL, 0, 0 }, cut;

	(void)state;
	leave_two_segments();
	change_segment("00000002.spool", &whole);
	for (size_t n = 0; n < whole.n; n++) {
		struct found f;

		clear_spool();
		leave_two_segments();
		cut = (struct buf){ whole.p, n, 0 };
		change_segment("00000002.spool", &cut);
		find_all(&f);
		for (uint64_t i = 1; i <= 3; i++)
			assert_int_equal(f.times[i], 1);
		assert_true(f.in_order);
		assert_true(f.records < 6);
		assert_false(exists(WRITER_A));
	}
	buf_fini(&whole);
}

static void
what_is_cut_off_is_gone(void **state)
{
	struct spool *s = open_spool(WRITER_B);
	struct buf bytes = { NULL, 0, 0 }, cut = { NULL, 0, 0 };
	struct found f = { .in_order = true };
	struct taken *t;

	(void)state;
	leave_two_segments();
	change_segment("00000002.spool", &bytes);
	bytes.n--;
	change_segment("00000002.spool", &bytes);
	t = take_first(s, NULL);
	assert_non_null(t);
	replay(t, &f);
	assert_int_equal(f.records, 5);
	taken_leave(t);
	change_segment("00000002.spool", &cut);
	assert_int_equal(
	    cut.n, bytes.n + 1 - record_size(&(struct spool_record){ .site = { NULL, 5 }, .payload = { NULL, 8 } }));
	spool_close(s);
	buf_fini(&bytes);
	buf_fini(&cut);
}

static void
a_damaged_segment_is_set_aside(void **state)
{
	static const char *const names[] = { "00000001.spool", "00000002.spool" };
	static const char *const bad[] = { WRITER_A "/00000001.spool.bad", WRITER_A "/00000002.spool.bad" };

	(void)state;
	for (size_t i = 0; i < NITEMS(names); i++) {
		struct buf bytes = { NULL, 0, 0 };

		clear_spool();
		leave_two_segments();
		change_segment(names[i], &bytes);
		for (size_t at = 0; at < bytes.n; at++) {
			struct found f;

			clear_spool();
			leave_two_segments();
			bytes.p[at] ^= 16;
			change_segment(names[i], &bytes);
			bytes.p[at] ^= 16;
			find_all(&f);
			for (uint64_t r = 1; r <= 3; r++)
				assert_int_equal(f.times[r + (i == 0 ? 3 : 0)], 1);
			assert_true(f.in_order);
			assert_in_range(f.records, 3, 5);
			/* The end of the last one looks like a torn tail. */
			assert_true(exists(bad[i]) || (i == 1 && f.records == 5));
			assert_false(exists(names[0]));
			find_all(&f);
			assert_int_equal(f.records, 0);
			assert_true(exists(bad[i]) || !exists(WRITER_A));
		}
		buf_fini(&bytes);
	}
}

static void
damage_is_found_again_until_all_is_applied(void **state)
{
	struct buf bytes = { NULL, 0, 0 };
	struct spool *s = open_spool(WRITER_B);

	(void)state;
	leave_two_segments();
	change_segment("00000001.spool", &bytes);
	bytes.p[bytes.n - 1] ^= 1;
	change_segment("00000001.spool", &bytes);
	for (int i = 0; i < 2; i++) {
		struct taken *t = take_first(s, NULL);
		struct found f = { .in_order = true };

		assert_non_null(t);
		assert_int_equal(taken_survey(t)->damaged, 1);
		replay(t, &f);
		assert_int_equal(f.records, 5);
		assert_int_equal(f.times[3], 0);
		if (i == 0)
			taken_leave(t);
		else
			taken_finish(t);
	}
	assert_true(exists(WRITER_A "/00000001.spool.bad"));
	assert_false(exists(WRITER_A "/lock"));
	spool_close(s);
	buf_fini(&bytes);
}

static void
a_damaged_record_is_not_read(void **state)
{
	struct spool *s = open_spool(WRITER_A);
	struct spool_place place = append(s, 1);
	struct buf bytes = { NULL, 0, 0 }, got = { NULL, 0, 0 };
	struct spool_record r;

	(void)state;
	assert_int_equal(spool_commit(s), 0);
	change_segment("00000001.spool", &bytes);
	for (size_t at = place.offset; at < bytes.n; at++) {
		bytes.p[at] ^= 64;
		change_segment("00000001.spool", &bytes);
		bytes.p[at] ^= 64;
		assert_int_equal(spool_read(s, place, &got, &r), -1);
		assert_int_equal(errno, EBADMSG);
	}
	change_segment("00000001.spool", &bytes);
	assert_int_equal(spool_read(s, place, &got, &r), 0);
	spool_close(s);
	buf_fini(&bytes);
	buf_fini(&got);
}

/* ---- death -------------------------------------------------------------- */

/* Commit groups of one to four, release some, say what is durable; for ever. */
static void
live_until_killed(int pipe_fd)
{
	struct spool *s = open_spool(WRITER_A);

	files.fdatasync = fdatasync;
	files.fsync = fsync;
	for (uint64_t i = 1; i < 4000;) {
		uint16_t group[4];
		uint16_t n = 0;

		for (; n < 1 + i % 4; n++) {
			group[n] = (uint16_t)(i + n);
			(void)append(s, i + n);
		}
		i += n;
		if (spool_commit(s) != 0 || write(pipe_fd, group, n * sizeof(*group)) < 0)
			_exit(1);
	}
	_exit(0);
}

static void
what_was_acknowledged_survives_a_kill(void **state)
{
	size_t acknowledged = 0;

	(void)state;
	srand(20261123);
	for (int round = 0; round < ROUNDS; round++) {
		static struct found f;
		static bool durable[4096];
		uint16_t sequence, last = 0;
		int fds[2], stop = 1 + rand() % 120;
		pid_t child;

		assert_int_equal(pipe(fds), 0);
		child = fork();
		assert_true(child >= 0);
		if (child == 0)
			live_until_killed(fds[1]);
		assert_int_equal(close(fds[1]), 0);
		memset(durable, 0, sizeof(durable));
		while (read(fds[0], &sequence, sizeof(sequence)) == sizeof(sequence)) {
			durable[sequence] = true;
			last = sequence;
			/* Somewhere in the work that follows, not at its end. */
			for (volatile int spin = rand() % 20000; sequence >= stop && spin > 0; spin--)
				continue;
			if (sequence >= stop)
				(void)kill(child, SIGKILL);
		}
		assert_int_equal(close(fds[0]), 0);
		assert_int_equal(waitpid(child, NULL, 0), child);
		find_all(&f);
		for (size_t i = 1; i < NITEMS(durable); i++) {
			assert_true(f.times[i] <= 1);
			assert_true(f.times[i] == 1 || !durable[i]);
			acknowledged += durable[i];
		}
		assert_true(f.in_order);
		assert_true(last >= stop);
		assert_false(exists(WRITER_A));
	}
	assert_true(acknowledged > ROUNDS);
}

/* Many processes at once: each record is replayed by one of them. */
static void
of_many_who_come_one_takes(void **state)
{
	enum { TAKERS = 8, SPOOLS = 16 };
	struct found f = { .in_order = true };
	uint16_t sequence;
	int fds[2], status;

	(void)state;
	assert_int_equal(pipe(fds), 0);
	for (uint64_t i = 1; i <= SPOOLS; i++) {
		char writer[WRITER_HEX + 1];
		struct spool *s;

		(void)snprintf(writer, sizeof(writer), "%032x", (unsigned)i);
		s = open_spool(writer);
		(void)append(s, i);
		assert_int_equal(spool_commit(s), 0);
		spool_close(s);
	}
	for (int i = 0; i < TAKERS; i++) {
		pid_t child = fork();
		struct spool *s;
		struct taken *t;
		struct spool_record r;
		struct spool_place place;

		assert_true(child >= 0);
		if (child != 0)
			continue;
		s = open_spool(i % 2 == 0 ? WRITER_A : WRITER_B);
		while ((t = take_first(s, NULL)) != NULL) {
			while (taken_next(t, &r, &place) == 1) {
				sequence = (uint16_t)r.sequence;
				if (write(fds[1], &sequence, sizeof(sequence)) < 0)
					_exit(1);
			}
			taken_finish(t);
		}
		_exit(0);
	}
	assert_int_equal(close(fds[1]), 0);
	while (read(fds[0], &sequence, sizeof(sequence)) == sizeof(sequence))
		f.times[sequence]++;
	for (int i = 0; i < TAKERS; i++) {
		assert_true(wait(&status) > 0);
		assert_int_equal(status, 0);
	}
	for (uint64_t i = 1; i <= SPOOLS; i++)
		assert_int_equal(f.times[i], 1);
	assert_int_equal(close(fds[0]), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(records_are_kept_read_and_released, forget_spool),
		cmocka_unit_test_teardown(segments_go_when_nothing_in_them_is_needed, forget_spool),
		cmocka_unit_test_teardown(a_spool_has_its_bounds, forget_spool),
		cmocka_unit_test_teardown(a_folder_that_cannot_be_is_an_error, forget_spool),
		cmocka_unit_test_teardown(nobody_takes_what_lives_or_twice, forget_spool),
		cmocka_unit_test_teardown(a_lock_that_is_gone_keeps_nobody_out, forget_spool),
		cmocka_unit_test_teardown(empty_folders_are_cleared_away, forget_spool),
		cmocka_unit_test_teardown(spools_are_listed_while_they_are_used, forget_spool),
		cmocka_unit_test_teardown(a_torn_tail_is_cut_off, forget_spool),
		cmocka_unit_test_teardown(what_is_cut_off_is_gone, forget_spool),
		cmocka_unit_test_teardown(a_damaged_segment_is_set_aside, forget_spool),
		cmocka_unit_test_teardown(damage_is_found_again_until_all_is_applied, forget_spool),
		cmocka_unit_test_teardown(a_damaged_record_is_not_read, forget_spool),
		cmocka_unit_test_teardown(what_was_acknowledged_survives_a_kill, forget_spool),
		cmocka_unit_test_teardown(of_many_who_come_one_takes, forget_spool),
	};

	return cmocka_run_group_tests_name("spool", tests, make_spool_path, remove_spool_path);
}
