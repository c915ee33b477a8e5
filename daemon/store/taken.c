/* taken.c - nothing is renamed or removed before all is applied: a damaged
 * segment set aside at once would hide its sound records from the next who
 * takes over, if this process died before they were applied. */
#include "store/taken.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "store/spool.h"

struct taken {
	struct spool *spool; /* borrowed */
	struct folder folder;
	int lock;
	struct survey survey;
	size_t next_segment; /* not loaded yet */
	bool *damaged; /* owned; which segments to set aside */
	struct buf bytes; /* of the segment being read */
	struct segment_head head;
	uint64_t at, end; /* in bytes */
	struct record_reader reader;
};

static void
taken_free(struct taken *t)
{
	folder_fini(&t->folder);
	files_close(&t->lock);
	record_reader_fini(&t->reader);
	buf_fini(&t->bytes);
	free(t->damaged);
	free(t);
}

/* ---- taking over -------------------------------------------------------- */

/* A folder without a lock file is what is left behind bad segments, or
 * somebody's who dies or is born in this moment. */
static int
open_lock(struct folder *f)
{
	int fd = files_open(f->fd, FOLDER_LOCK, O_RDWR);

	if (fd >= 0 || errno != ENOENT || folder_find_segments(f) != 0)
		return fd;
	if (f->segments.n > 0)
		return files_open(f->fd, FOLDER_LOCK, O_RDWR | O_CREAT);
	errno = ENOENT;
	return -1;
}

/* Gone, or left with what was set aside. */
static void
remove_folder(const struct taken *t)
{
	if (files_unlink(t->folder.fd, FOLDER_LOCK, 0) < 0 ||
	    (files_unlink(spool_dir(t->spool), t->folder.writer, AT_REMOVEDIR) < 0 && errno != ENOTEMPTY &&
		errno != EEXIST))
		log_warn("spool %s: the empty folder cannot be removed", t->folder.writer);
}

/* 1: locked.  0: not ours, or nothing to be had there. */
static int
lock_folder(struct taken *t)
{
	enum files_lock lock;

	t->lock = open_lock(&t->folder);
	if (t->lock < 0 && errno == ENOENT) {
		(void)files_unlink(spool_dir(t->spool), t->folder.writer, AT_REMOVEDIR);
		return 0;
	}
	lock = t->lock >= 0 ? files_try_lock(t->lock, LOCK_EX) : FILES_LOCK_FAILED;
	if (lock == FILES_LOCK_FAILED) {
		log_warn("spool %s: cannot be locked", t->folder.writer);
		return -1;
	}
	return lock == FILES_LOCKED;
}

static int
lock_and_survey(struct taken *t, const char *writer)
{
	int locked;

	if (folder_open(&t->folder, spool_dir(t->spool), writer) != 0) {
		if (errno == ENOENT)
			return 0;
		log_warn("spool %s: the folder cannot be opened", writer);
		return -1;
	}
	locked = lock_folder(t);
	if (locked != 1)
		return locked;
	/* Only now does nobody else change it. */
	if (folder_find_segments(&t->folder) != 0 || folder_survey(&t->folder, &t->survey) != 0) {
		log_warn("spool %s: cannot be read, and is left as it is", writer);
		return -1;
	}
	if (t->folder.segments.n > 0)
		return 1;
	remove_folder(t);
	return 0;
}

int
spool_take_over(struct spool *s, const char *writer, struct taken **ret_taken)
{
	struct taken *t;
	int result;

	if (strcmp(writer, spool_writer(s)) == 0)
		return 0;
	t = xcalloc(1, sizeof(*t));
	t->spool = s;
	t->lock = -1;
	t->folder.fd = -1;
	t->reader = RECORD_READER;
	result = lock_and_survey(t, writer);
	if (result == 0)
		spool_not_left(s, writer);
	if (result != 1) {
		taken_free(t);
		return result;
	}
	t->damaged = xcalloc(t->folder.segments.n, sizeof(*t->damaged));
	spool_count_taken(s, writer, t->survey.bytes);
	*ret_taken = t;
	return 1;
}

const char *
taken_writer(const struct taken *t)
{
	return t->folder.writer;
}

const struct survey *
taken_survey(const struct taken *t)
{
	return &t->survey;
}

/* ---- reading ------------------------------------------------------------ */

static void
cut_off(const struct taken *t, const char *name, const struct segment_findings *f)
{
	int fd = files_open(t->folder.fd, name, O_WRONLY);

	if (fd < 0 || files.ftruncate(fd, (off_t)f->end) != 0)
		log_warn("spool %s/%s: the torn tail of %" PRIu64 " bytes cannot be cut off, and is passed over",
		    t->folder.writer, name, f->torn);
	else
		log_warnx("spool %s/%s: a torn tail of %" PRIu64 " bytes is cut off", t->folder.writer, name, f->torn);
	files_close(&fd);
}

static int
load_next(struct taken *t)
{
	size_t i = t->next_segment;
	const char *name = t->folder.segments.names[i];
	struct segment_findings f;

	if (folder_check(&t->folder, i, &t->bytes, &t->head, &f) != 0) {
		log_warn("spool %s/%s: cannot be read", t->folder.writer, name);
		return -1;
	}
	if (f.state == SEGMENT_TORN && f.torn > 0)
		cut_off(t, name, &f);
	if (f.state == SEGMENT_DAMAGED) {
		t->damaged[i] = true;
		log_warnx("spool %s/%s: DAMAGED: %s at byte %" PRIu64 "; %zu batches with %" PRIu64
			  " hits before it are counted, %" PRIu64
			  " bytes from there on are set aside in %s" SEGMENT_BAD,
		    t->folder.writer, name, f.reason, f.end, f.records, f.hits, t->bytes.n - f.end, name);
	}
	t->next_segment++;
	t->at = SEGMENT_HEADER;
	t->end = f.end;
	return 0;
}

int
taken_next(struct taken *t, struct spool_record *ret_record, struct spool_place *ret_place)
{
	size_t n;

	while (t->at >= t->end) {
		if (t->next_segment == t->folder.segments.n)
			return 0;
		if (load_next(t) != 0)
			return -1;
	}
	n = record_read(&t->head, t->at, (struct str){ t->bytes.p + t->at, t->end - t->at }, ret_record);
	if (n == 0) {
		errno = EBADMSG; /* it was sound a moment ago */
		return -1;
	}
	*ret_place = (struct spool_place){ t->head.number, t->at };
	t->at += n;
	return 1;
}

/* It has gone bad since it was looked at: kept for who wants to see it. */
static void
note_damage(struct taken *t, uint32_t number)
{
	char name[FILES_NAME];

	folder_segment_name(number, name);
	for (size_t i = 0; i < t->folder.segments.n; i++)
		t->damaged[i] = t->damaged[i] || strcmp(t->folder.segments.names[i], name) == 0;
}

int
taken_read(struct taken *t, struct spool_place place, struct buf *bytes, struct spool_record *ret_record)
{
	struct segment_head head = { .number = place.segment };
	int result;

	memcpy(head.writer, t->folder.writer, sizeof(head.writer));
	result = folder_read_record(t->folder.fd, &t->reader, &head, place.offset, UINT64_MAX, bytes, ret_record);
	if (result != 0 && errno == EBADMSG)
		note_damage(t, place.segment);
	return result;
}

void
taken_rest(struct taken *t)
{
	buf_fini(&t->bytes);
	t->at = t->end = 0;
}

/* ---- letting go --------------------------------------------------------- */

static int
set_aside(const struct taken *t, const char *name)
{
	char bad[FILES_NAME + sizeof(SEGMENT_BAD)];

	(void)snprintf(bad, sizeof(bad), "%s" SEGMENT_BAD, name);
	return files.renameat(t->folder.fd, name, t->folder.fd, bad);
}

int
taken_finish(struct taken *t)
{
	bool clean = true;

	for (size_t i = 0; i < t->folder.segments.n; i++) {
		const char *name = t->folder.segments.names[i];
		int result = t->damaged[i] ? set_aside(t, name) : files_unlink(t->folder.fd, name, 0);

		if (result < 0) {
			log_warn("spool %s/%s: is applied, but cannot be %s", t->folder.writer, name,
			    t->damaged[i] ? "set aside" : "removed");
			clean = false;
		}
	}
	/* Till then a power cut brings back what was unlinked. */
	if (clean && files.fsync(t->folder.fd) != 0) {
		log_warn("spool %s: is applied, but its folder cannot be synced", t->folder.writer);
		clean = false;
	}
	if (!clean) {
		taken_leave(t);
		return -1;
	}
	remove_folder(t);
	spool_count_gone(t->spool, t->survey.bytes);
	taken_free(t);
	return 0;
}

void
taken_leave(struct taken *t)
{
	spool_count_left(t->spool, t->folder.writer, t->survey.bytes);
	taken_free(t);
}
