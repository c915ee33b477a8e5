/* quarantine_test.c - what was set aside is there till it is done, and then
 * known for as long as somebody may come with it again. */
#include "store/quarantine.h"

#include "spool_harness.h"

#define NAME "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.myloc.1"
#define FOLDER QUARANTINE "/"

static int
open_dir(void)
{
	int fd;

	assert_int_equal(mkdir(spool_path, 0700), 0);
	fd = open(spool_path, O_RDONLY | O_DIRECTORY);
	assert_true(fd >= 0);
	return fd;
}

static int
put(int dir)
{
	struct spool_record r = numbered(1);

	return quarantine_put(dir, WRITER_A, &r);
}

static bool
holds(int dir)
{
	int held = quarantine_holds(dir, WRITER_A, STR("myloc"), 1);

	assert_true(held >= 0);
	return held > 0;
}

static void
what_is_done_is_known_and_not_listed(void **state)
{
	int dir = open_dir();

	(void)state;
	assert_false(holds(dir));
	assert_int_equal(quarantine_done(dir, NAME), 0);
	assert_int_equal(put(dir), 0);
	assert_true(holds(dir));
	assert_int_equal(quarantine_list(dir, NULL, NULL), 1);

	assert_int_equal(quarantine_done(dir, NAME), 0);
	assert_true(holds(dir));
	assert_int_equal(quarantine_list(dir, NULL, NULL), 0);
	assert_int_equal(put(dir), 1);
	assert_false(exists(FOLDER NAME));
	assert_int_equal(quarantine_done(dir, NAME), 0);
	assert_true(exists(FOLDER NAME QUARANTINE_DONE));
	assert_int_equal(close(dir), 0);
}

static int
fail_to_sync(int fd)
{
	(void)fd;
	errno = EIO;
	return -1;
}

static int
fail_to_rename(int from, const char *old, int to, const char *new)
{
	(void)from;
	(void)old;
	(void)to;
	(void)new;
	errno = EIO;
	return -1;
}

static void
done_is_said_when_it_is_durable(void **state)
{
	int dir = open_dir();

	(void)state;
	assert_int_equal(put(dir), 0);
	files.renameat = fail_to_rename;
	assert_int_equal(quarantine_done(dir, NAME), -1);
	files.renameat = renameat;
	files.fsync = fail_to_sync;
	assert_int_equal(quarantine_done(dir, NAME), -1);
	files.fsync = sync_nothing;
	assert_int_equal(quarantine_done(dir, NAME), 0);
	assert_int_equal(close(dir), 0);
}

/* The one who replays it renames it when it was just looked for. */
static int
rename_meanwhile(int folder, const char *name, int flags, mode_t mode)
{
	if ((flags & O_CREAT) != 0)
		assert_int_equal(renameat(folder, NAME, folder, NAME QUARANTINE_DONE), 0);
	return openat(folder, name, flags, mode);
}

static void
one_that_is_done_meanwhile_is_not_there_twice(void **state)
{
	struct files_calls real = files;
	int dir = open_dir();

	(void)state;
	assert_int_equal(put(dir), 0);
	files.openat = rename_meanwhile;
	assert_int_equal(put(dir), 1);
	files = real;
	assert_false(exists(FOLDER NAME));
	assert_true(holds(dir));
	assert_int_equal(close(dir), 0);
}

static bool
says(void *arg, const char *name)
{
	assert_string_equal(name, NAME);
	return *(const bool *)arg;
}

static void
done_ones_go_when_they_are_past_or_old(void **state)
{
	int dir = open_dir();
	bool past = false;

	(void)state;
	quarantine_clear(dir, INT64_MAX, NULL, NULL);
	assert_int_equal(put(dir), 0);
	past = true;
	quarantine_clear(dir, INT64_MAX, says, &past);
	assert_true(exists(FOLDER NAME));
	assert_int_equal(quarantine_done(dir, NAME), 0);
	past = false;
	quarantine_clear(dir, 1000, says, &past);
	assert_true(holds(dir));
	past = true;
	quarantine_clear(dir, 1000, says, &past);
	assert_false(holds(dir));

	assert_int_equal(put(dir), 0);
	assert_int_equal(quarantine_done(dir, NAME), 0);
	quarantine_clear(dir, 1000, NULL, NULL);
	assert_true(holds(dir));
	quarantine_clear(dir, INT64_MAX, NULL, NULL);
	assert_false(holds(dir));
	assert_int_equal(close(dir), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(what_is_done_is_known_and_not_listed, forget_spool),
		cmocka_unit_test_teardown(done_is_said_when_it_is_durable, forget_spool),
		cmocka_unit_test_teardown(one_that_is_done_meanwhile_is_not_there_twice, forget_spool),
		cmocka_unit_test_teardown(done_ones_go_when_they_are_past_or_old, forget_spool),
	};

	return cmocka_run_group_tests_name("quarantine", tests, make_spool_path, remove_spool_path);
}
