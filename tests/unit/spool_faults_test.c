/* spool_faults_test.c - every system call of a spool's life fails once, or a
 * few times, or from then on; and the power is cut after it.  Whatever was
 * said to be durable is there, and nothing that was never written is. */
#include <sys/file.h>

#include "base/mem.h"
#include "spool_harness.h"
#include "store/folder.h"

enum { SEQUENCES = 40, FOR_EVER = 1 << 20, FILES_TRACKED = 64, SHORT_WRITE = -1 };

/* ---- calls that fail ---------------------------------------------------- */

static struct files_calls real;

static struct {
	bool on;
	size_t calls, first, span;
	int error; /* or SHORT_WRITE */
} fault;

static bool
fails(void)
{
	if (!fault.on)
		return false;
	fault.calls++;
	if (fault.error == SHORT_WRITE || fault.calls < fault.first || fault.calls - fault.first >= fault.span)
		return false;
	errno = fault.error;
	return true;
}

/* ---- a disk that forgets what was not synced ----------------------------- */

static struct {
	ino_t folder; /* of WRITER_A, 0 before it is made */
	bool folder_kept, folder_spoilt;
	size_t unlinked; /* or renamed segments that a power cut would bring back */
	bool unlinks_spoilt; /* till the folder is changed again */
	struct tracked {
		ino_t inode; /* 0: free */
		off_t synced;
		bool kept; /* its name is in the folder on the disk */
		bool data_spoilt, name_spoilt; /* a sync failed: later ones say 0 and do nothing */
	} files[FILES_TRACKED];
} disk;

static ino_t
inode_of(int fd, off_t *ret_size)
{
	struct stat st;

	assert_int_equal(real.fstat(fd, &st), 0);
	*ret_size = st.st_size;
	return st.st_ino;
}

static struct tracked *
tracked(ino_t inode, bool anew)
{
	struct tracked *unused = NULL;

	for (size_t i = 0; i < FILES_TRACKED; i++) {
		struct tracked *t = &disk.files[i];

		if (t->inode == inode) {
			if (anew)
				*t = (struct tracked){ .inode = inode };
			return t;
		}
		if (t->inode == 0 && unused == NULL)
			unused = t;
	}
	assert_non_null(unused);
	*unused = (struct tracked){ .inode = inode };
	return unused;
}

static int
try_openat(int folder, const char *name, int flags, mode_t mode)
{
	off_t size;
	int fd = fails() ? -1 : real.openat(folder, name, flags, mode);

	if (fd >= 0 && (flags & O_EXCL) != 0 && strcmp(name, FOLDER_LOCK) != 0)
		(void)tracked(inode_of(fd, &size), true);
	return fd;
}

static int
try_mkdirat(int folder, const char *name, mode_t mode)
{
	int result = fails() ? -1 : real.mkdirat(folder, name, mode);

	if (result == 0 && strcmp(name, WRITER_A) == 0)
		disk.folder_kept = disk.folder_spoilt = false;
	return result;
}

static int
try_faccessat(int folder, const char *name, int mode, int flags)
{
	return fails() ? -1 : real.faccessat(folder, name, mode, flags);
}

static void
count_unlinked(const char *name)
{
	disk.unlinked += strstr(name, ".spool") != NULL;
	disk.unlinks_spoilt = false;
}

static int
try_unlinkat(int folder, const char *name, int flags)
{
	int result = fails() ? -1 : real.unlinkat(folder, name, flags);

	if (result == 0)
		count_unlinked(name);
	return result;
}

static int
try_renameat(int from, const char *old, int to, const char *new)
{
	int result = fails() ? -1 : real.renameat(from, old, to, new);

	if (result == 0)
		count_unlinked(old);
	return result;
}

static int
try_flock(int fd, int what)
{
	return fails() ? -1 : real.flock(fd, what);
}

static int
try_fstat(int fd, struct stat *st)
{
	return fails() ? -1 : real.fstat(fd, st);
}

static ssize_t
try_write(int fd, const void *p, size_t n)
{
	if (fails()) {
		(void)!real.write(fd, p, n / 3); /* it may have gone some way */
		errno = fault.error;
		return -1;
	}
	if (fault.on && fault.error == SHORT_WRITE && fault.calls >= fault.first &&
	    fault.calls - fault.first < fault.span)
		n = n * 2 / 3;
	return real.write(fd, p, n);
}

static ssize_t
try_pread(int fd, void *p, size_t n, off_t at)
{
	return fails() ? -1 : real.pread(fd, p, n > 50 ? n / 2 : n, at);
}

static int
try_ftruncate(int fd, off_t n)
{
	return fails() ? -1 : real.ftruncate(fd, n);
}

static int
try_fdatasync(int fd)
{
	off_t size;
	struct tracked *t = tracked(inode_of(fd, &size), false);

	if (fails()) {
		t->data_spoilt = true;
		return -1;
	}
	/* This is never done; were it, it would say 0 and keep nothing. */
	assert_false(t->data_spoilt);
	t->synced = size;
	return 0;
}

static bool
is_writers_folder(int fd)
{
	struct stat here, st;
	char path[160];

	(void)snprintf(path, sizeof(path), "%s/" WRITER_A, spool_path);
	return stat(path, &st) == 0 && real.fstat(fd, &here) == 0 && st.st_ino == here.st_ino;
}

static int
try_fsync(int fd)
{
	bool failed = fails(), writers = is_writers_folder(fd);

	for (size_t i = 0; i < FILES_TRACKED && writers; i++) {
		struct tracked *t = &disk.files[i];

		t->name_spoilt = t->name_spoilt || (failed && !t->kept);
		t->kept = t->kept || !t->name_spoilt;
	}
	if (writers) {
		disk.unlinks_spoilt = disk.unlinks_spoilt || failed;
		disk.unlinked = disk.unlinks_spoilt ? disk.unlinked : 0;
	} else {
		disk.folder_spoilt = disk.folder_spoilt || (failed && !disk.folder_kept);
		disk.folder_kept = disk.folder_kept || !disk.folder_spoilt;
	}
	return failed ? -1 : 0;
}

static DIR *
try_fdopendir(int fd)
{
	return fails() ? NULL : real.fdopendir(fd);
}

static struct dirent *
try_readdir(DIR *folder)
{
	return fails() ? NULL : real.readdir(folder);
}

static const struct files_calls trying = {
	.openat = try_openat,
	.mkdirat = try_mkdirat,
	.faccessat = try_faccessat,
	.unlinkat = try_unlinkat,
	.renameat = try_renameat,
	.flock = try_flock,
	.fstat = try_fstat,
	.write = try_write,
	.pread = try_pread,
	.ftruncate = try_ftruncate,
	.fdatasync = try_fdatasync,
	.fsync = try_fsync,
	.fdopendir = try_fdopendir,
	.readdir = try_readdir,
};

/* What was not synced is gone. */
static void
cut_the_power(void)
{
	char path[160 + FILES_NAME];

	for (uint32_t number = 1; number < 200; number++) {
		struct stat st;
		const struct tracked *t;
		char name[FILES_NAME];

		folder_segment_name(number, name);
		(void)snprintf(path, sizeof(path), "%s/" WRITER_A "/%s", spool_path, name);
		if (stat(path, &st) != 0)
			continue;
		t = tracked(st.st_ino, false);
		if (!disk.folder_kept || !t->kept)
			assert_int_equal(unlink(path), 0);
		else if (t->synced < st.st_size)
			assert_int_equal(truncate(path, t->synced), 0);
	}
}

/* ---- a life ------------------------------------------------------------- */

struct life {
	bool durable[SEQUENCES + 1], released[SEQUENCES + 1];
	struct spool_place places[SEQUENCES + 1];
	size_t successes, failures;
};

static void
read_back(struct spool *s, const struct life *l, uint64_t sequence)
{
	struct buf bytes = { NULL, 0, 0 };
	struct spool_record r;

	if (l->durable[sequence] && !l->released[sequence] && spool_read(s, l->places[sequence], &bytes, &r) == 0) {
		assert_int_equal(r.sequence, sequence);
		assert_numbered(&r);
	}
	buf_fini(&bytes);
}

/* As the daemon does: what could not be kept is appended again, in order,
 * with what has come since. */
static void
live(struct life *l)
{
	struct spool *s = open_spool(WRITER_A);
	uint64_t next = 1;

	*l = (struct life){ .successes = 0 };
	if (s == NULL)
		return;
	for (uint64_t come = 2; come <= SEQUENCES; come += 1 + come % 3) {
		struct spool_place places[SEQUENCES + 1];

		for (uint64_t i = next; i <= come; i++)
			places[i] = append(s, i);
		if (spool_commit(s) != 0) {
			l->failures++;
			continue;
		}
		l->successes++;
		for (; next <= come; next++) {
			l->places[next] = places[next];
			l->durable[next] = true;
		}
		read_back(s, l, next / 2);
		/* Now and then all of it is applied, or some. */
		for (uint64_t i = 1; i < next; i++) {
			if (!l->released[i] && (come % 13 == 0 || i % 5 == 0)) {
				spool_release(s, l->places[i]);
				l->released[i] = true;
			}
		}
	}
	spool_close(s);
}

static void
check_life(const struct life *l, bool strict)
{
	static struct found f;

	find_all(&f);
	for (size_t i = 1; i <= SEQUENCES; i++) {
		if (l->durable[i] && !l->released[i])
			assert_true(f.times[i] >= 1);
		if (strict)
			assert_true(f.times[i] <= 1);
	}
	for (size_t i = SEQUENCES + 1; i < NITEMS(f.times); i++)
		assert_int_equal(f.times[i], 0);
	if (strict)
		assert_true(f.in_order);
	assert_false(exists(WRITER_A));
}

static void
start_faults(size_t first, size_t span, int error)
{
	memset(&disk, 0, sizeof(disk));
	fault.calls = 0;
	fault.first = first;
	fault.span = span;
	fault.error = error;
	fault.on = true;
}

static const int errors[] = { ENOSPC, EIO, EINTR, ENOENT, SHORT_WRITE };
static const size_t spans[] = { 1, 2, 3, 7, FOR_EVER };

static void
run_lives(int error, size_t span, bool power)
{
	size_t first = 0;

	do {
		struct life l;

		clear_spool();
		start_faults(++first, span, error);
		live(&l);
		fault.on = false;
		if (span < FOR_EVER && l.successes + l.failures > 0)
			assert_true(l.successes > 0 && l.failures <= span);
		if (power)
			cut_the_power();
		check_life(&l, span == 1);
	} while (fault.calls >= first);
	assert_true(first > 50);
}

static void
nothing_acknowledged_is_lost_by_a_fault(void **state)
{
	(void)state;
	for (size_t e = 0; e < NITEMS(errors); e++) {
		for (size_t s = 0; s < NITEMS(spans); s++) {
			/* A call that is interrupted for ever is made for ever. */
			if (errors[e] == EINTR && spans[s] == FOR_EVER)
				continue;
			run_lives(errors[e], spans[s], false);
			run_lives(errors[e], spans[s], true);
		}
	}
}

/* All is applied: whether the spool says that nothing is left, and whether
 * anything was kept before. */
static bool
live_to_the_end(bool *ret_kept)
{
	struct spool *s = open_spool(WRITER_A);
	struct spool_place places[13];
	bool gone = false;

	*ret_kept = false;
	for (uint64_t i = 1; s != NULL && i <= 12; i++) {
		places[i] = append(s, i);
		if (spool_commit(s) != 0)
			places[i].segment = 0;
		*ret_kept = *ret_kept || places[i].segment != 0;
	}
	for (uint64_t i = 1; s != NULL && i <= 12; i++)
		spool_release(s, places[i]);
	if (s != NULL)
		gone = spool_is_gone(s);
	assert_true(!gone || disk.unlinked == 0);
	spool_close(s);
	return gone;
}

static void
what_is_said_to_be_gone_stays_gone(void **state)
{
	(void)state;
	for (size_t i = 0; i < NITEMS(spans); i++) {
		size_t first = 0, gone = 0;
		bool kept;

		do {
			clear_spool();
			start_faults(++first, spans[i], EIO);
			if (live_to_the_end(&kept)) {
				gone += kept;
				assert_false(exists(WRITER_A "/00000001.spool"));
			}
			fault.on = false;
		} while (fault.calls >= first);
		assert_true(first > 20 && gone > 0);
	}
}

static void
it_works_again_when_the_disk_does(void **state)
{
	struct spool *s;
	struct spool_status status;
	struct found f;

	(void)state;
	start_faults(1, FOR_EVER, ENOSPC);
	fault.on = false;
	s = open_spool(WRITER_A);
	for (uint64_t i = 1; i <= 30; i++) {
		/* Full at 10 to 20, with all calls failing. */
		fault.on = i >= 10 && i <= 20;
		(void)append(s, i);
		assert_int_equal(spool_commit(s), fault.on ? -1 : 0);
		if (fault.on)
			assert_int_equal(errno, ENOSPC);
		spool_status(s, &status);
		assert_int_equal(status.failing, fault.on);
		assert_int_equal(status.records, i < 10 ? i : i <= 20 ? 9 : i - 11);
	}
	spool_close(s);
	find_all(&f);
	for (uint64_t i = 1; i <= 30; i++)
		assert_int_equal(f.times[i], i < 10 || i > 20);
	assert_true(f.in_order);
}

/* ---- taking over -------------------------------------------------------- */

/* Six records, the last but one damaged, so that four remain. */
static void
leave_damage(void)
{
	char path[160];
	char byte = 0;
	int fd;
	struct stat st;

	leave_two_segments();
	(void)snprintf(path, sizeof(path), "%s/" WRITER_A "/00000002.spool", spool_path);
	fd = open(path, O_RDWR);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(pwrite(fd, &byte, 1, SEGMENT_HEADER + 48 + 5 + 28 + 8), 1);
	assert_int_equal(close(fd), 0);
}

/* 0 when all was replayed, -1 when a part was, or nothing. */
static int
take_over_once(struct found *f)
{
	struct spool *s = open_spool(WRITER_B);
	struct taken *t = s != NULL ? take_first(s, NULL) : NULL;
	struct spool_record r;
	struct spool_place place;
	int got = -1;

	*f = (struct found){ .in_order = true };
	while (t != NULL && (got = taken_next(t, &r, &place)) == 1) {
		assert_numbered(&r);
		f->times[r.sequence]++;
	}
	if (t != NULL && got == 0)
		assert_true(taken_finish(t) != 0 || disk.unlinked == 0);
	else if (t != NULL)
		taken_leave(t);
	spool_close(s);
	return got;
}

static void
a_fault_while_taking_over_loses_nothing(void **state)
{
	static struct found once, again;

	(void)state;
	for (size_t e = 0; e < NITEMS(errors); e++) {
		for (size_t s = 0; s < NITEMS(spans); s++) {
			size_t first = 0;

			if (errors[e] == EINTR && spans[s] == FOR_EVER)
				continue;
			do {
				int result;

				clear_spool();
				leave_damage();
				start_faults(++first, spans[s], errors[e]);
				result = take_over_once(&once);
				fault.on = false;
				find_all(&again);
				for (uint64_t i = 1; i <= 4; i++) {
					assert_true(once.times[i] == 1 || (once.times[i] == 0 && result != 0));
					assert_true(once.times[i] + again.times[i] >= 1);
				}
				assert_int_equal(once.times[5] + once.times[6] + again.times[5] + again.times[6], 0);
				assert_true(exists(WRITER_A "/00000002.spool.bad"));
				assert_false(exists(WRITER_A "/00000001.spool"));
				assert_false(exists(WRITER_A "/lock"));
			} while (fault.calls >= first);
			assert_true(first > 20);
		}
	}
}

static void
count_records(void *arg, const struct spool_listing *l)
{
	size_t *records = arg;

	*records += l->survey.records;
	assert_true(l->error == 0 || l->survey.records == 0);
}

static void
a_fault_while_listing_changes_nothing(void **state)
{
	size_t first = 0, records;

	(void)state;
	leave_damage();
	do {
		start_faults(++first, 1, EIO);
		records = 0;
		(void)!spool_list(spool_path, count_records, &records);
		fault.on = false;
		assert_true(records == 0 || records == 4);
	} while (fault.calls >= first);
	assert_int_equal(records, 4);
	assert_true(first > 10);
}

static int
begin(void **state)
{
	int result = make_spool_path(state);

	real = files;
	files = trying;
	return result;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(nothing_acknowledged_is_lost_by_a_fault, forget_spool),
		cmocka_unit_test_teardown(what_is_said_to_be_gone_stays_gone, forget_spool),
		cmocka_unit_test_teardown(it_works_again_when_the_disk_does, forget_spool),
		cmocka_unit_test_teardown(a_fault_while_taking_over_loses_nothing, forget_spool),
		cmocka_unit_test_teardown(a_fault_while_listing_changes_nothing, forget_spool),
	};

	return cmocka_run_group_tests_name("spool faults", tests, begin, remove_spool_path);
}
