/* folder_test.c - records are walked as one who only looks sees them: in order,
 * up to a damage, while their writer lives. */
#include "store/folder.h"

#include "base/mem.h"
#include "spool_harness.h"

/* What a walk has given. */
struct walked {
	uint64_t sequences[64];
	size_t n;
	const char *remove; /* a file that goes while the first record is looked at */
};

static void
note(void *arg, const struct spool_record *r)
{
	struct walked *w = arg;

	assert_numbered(r);
	assert_true(w->n < NITEMS(w->sequences));
	if (w->n == 0 && w->remove != NULL) {
		char path[160];
		(void)snprintf(path, sizeof(path), "%s/%s", spool_path, w->remove);
		assert_int_equal(unlink(path), 0);
	}
	w->sequences[w->n++] = r->sequence;
}

static int
walk(struct walked *w, struct survey *survey)
{
	int dir = open(spool_path, O_RDONLY | O_DIRECTORY), result;
	struct folder f;

	assert_true(dir >= 0);
	assert_int_equal(folder_open(&f, dir, WRITER_A), 0);
	assert_int_equal(folder_find_segments(&f), 0);
	result = folder_walk(&f, note, w, survey);
	folder_fini(&f);
	assert_int_equal(close(dir), 0);
	return result;
}

static void
assert_walked(const struct walked *w, uint64_t from, uint64_t to)
{
	assert_int_equal(w->n, to - from + 1);
	for (size_t i = 0; i < w->n; i++)
		assert_int_equal(w->sequences[i], from + i);
}

/* Turn a bit of that byte of a segment, or with -1 cut a byte off its end. */
static void
harm(const char *name, int at)
{
	char path[160], byte;
	struct stat st;
	int fd;

	(void)snprintf(path, sizeof(path), "%s/" WRITER_A "/%s", spool_path, name);
	fd = open(path, O_RDWR);
	assert_int_equal(fstat(fd, &st), 0);
	if (at < 0) {
		assert_int_equal(ftruncate(fd, st.st_size - 1), 0);
	} else {
		assert_int_equal(pread(fd, &byte, 1, at), 1);
		byte ^= 1;
		assert_int_equal(pwrite(fd, &byte, 1, at), 1);
	}
	assert_int_equal(close(fd), 0);
}

static void
all_records_in_their_order(void **state)
{
	struct walked w = { .n = 0 }, again = { .n = 0 };
	struct survey survey;

	(void)state;
	leave_two_segments();
	assert_int_equal(walk(&w, &survey), 0);
	assert_walked(&w, 1, 6);
	assert_int_equal(survey.segments, 2);
	assert_int_equal(survey.records, 6);
	assert_int_equal(survey.hits, 1 + 2 + 3 + 4 + 0 + 1);
	assert_int_equal(survey.damaged + survey.bad, 0);
	assert_int_equal(survey.oldest_ms, 1700000000001);
	assert_int_equal(walk(&again, &survey), 0); /* nothing was changed */
	assert_walked(&again, 1, 6);
}

static void
records_of_a_living_writer(void **state)
{
	struct spool *s = open_spool(WRITER_A);
	struct walked w = { .n = 0 };
	struct survey survey;

	(void)state;
	for (uint64_t i = 1; i <= 40; i++) {
		(void)append(s, i);
		assert_int_equal(spool_commit(s), 0);
	}
	assert_int_equal(walk(&w, &survey), 0);
	assert_walked(&w, 1, 40);
	assert_in_range(survey.segments, 8, 20);
	spool_close(s);
}

static void
what_is_gone_meanwhile_is_passed_over(void **state)
{
	struct walked w = { .n = 0, .remove = WRITER_A "/00000002.spool" };
	struct survey survey;

	(void)state;
	leave_two_segments();
	assert_int_equal(walk(&w, &survey), 0);
	assert_walked(&w, 1, 3);
	assert_int_equal(survey.segments, 1);
	assert_int_equal(survey.damaged, 0);
}

static void
up_to_the_damage(void **state)
{
	struct walked torn = { .n = 0 }, turned = { .n = 0 }, headless = { .n = 0 };
	struct survey survey;

	(void)state;
	leave_two_segments();
	harm("00000002.spool", -1);
	assert_int_equal(walk(&torn, &survey), 0);
	assert_walked(&torn, 1, 5);
	assert_int_equal(survey.damaged, 0);

	clear_spool();
	leave_two_segments();
	harm("00000001.spool",
	    SEGMENT_HEADER + (int)record_size(&(struct spool_record){ .site = STR("myloc"), .payload.n = 7 }) + 20);
	assert_int_equal(walk(&turned, &survey), 0);
	assert_int_equal(turned.n, 4);
	assert_int_equal(turned.sequences[0], 1);
	assert_int_equal(turned.sequences[1], 4); /* those of the next segment are as good as ever */
	assert_int_equal(survey.damaged, 1);

	clear_spool();
	leave_two_segments();
	harm("00000001.spool", 0);
	assert_int_equal(walk(&headless, &survey), 0);
	assert_walked(&headless, 4, 6);
	assert_int_equal(survey.damaged, 1);
}

static ssize_t
no_read(int fd, void *p, size_t n, off_t at)
{
	(void)fd;
	(void)p;
	(void)n;
	(void)at;
	errno = EIO;
	return -1;
}

static void
what_cannot_be_read_is_an_error(void **state)
{
	struct walked w = { .n = 0 };
	struct survey survey = { .records = 77 };

	(void)state;
	leave_two_segments();
	files.pread = no_read;
	assert_int_equal(walk(&w, &survey), -1);
	assert_int_equal(errno, EIO);
	files.pread = pread;
	assert_int_equal(w.n, 0);
	assert_int_equal(survey.records, 77);
}

static void
walk_listed(void *arg, const struct spool_listing *l)
{
	struct survey survey;

	assert_int_equal(l->error, 0);
	assert_int_equal(folder_walk(l->folder, note, arg, &survey), 0);
	assert_memory_equal(&survey, &l->survey, sizeof(survey));
}

static void
a_listing_brings_its_folder(void **state)
{
	struct walked w = { .n = 0 };

	(void)state;
	leave_two_segments();
	assert_int_equal(spool_list(spool_path, walk_listed, &w), 0);
	assert_walked(&w, 1, 6);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(all_records_in_their_order, forget_spool),
		cmocka_unit_test_teardown(records_of_a_living_writer, forget_spool),
		cmocka_unit_test_teardown(what_is_gone_meanwhile_is_passed_over, forget_spool),
		cmocka_unit_test_teardown(up_to_the_damage, forget_spool),
		cmocka_unit_test_teardown(what_cannot_be_read_is_an_error, forget_spool),
		cmocka_unit_test_teardown(a_listing_brings_its_folder, forget_spool),
	};

	return cmocka_run_group_tests(tests, make_spool_path, remove_spool_path);
}
