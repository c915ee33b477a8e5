/* spool.c - only the last segment is ever written to.  One that has failed is
 * retired: never written or synced again, because after a failed fdatasync
 * nobody knows which of its pages the kernel still means to write.  The next
 * one's header says how much of it counts.  The same for folders: one whose
 * fsync failed is changed again, by removing what was made, before it is
 * synced again.
 *
 * Invariants: only segments[nsegments - 1] may have an fd, while appending;
 * gathered records are counted in its live, and not in its size. */
#include "store/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "store/files.h"
#include "store/folder.h"
#include "store/left.h"

struct spool_segment {
	struct segment_head head;
	int fd; /* -1 unless it is appended to and exists */
	uint64_t size; /* durable bytes; 0 until the first commit into it */
	size_t live; /* records not released */
	bool stuck; /* could not be unlinked, and this was said */
};

struct spool {
	char *path; /* DIR, for the log; owned */
	char writer[WRITER_HEX + 1];
	uint64_t max, segment_max;
	int dir, folder, lock; /* descriptors; the last two -1 until the first commit */
	struct spool_segment *segments; /* owned; by number */
	size_t nsegments, segments_cap;
	bool appending; /* to the last of them */
	uint32_t next_number;
	uint64_t before_end; /* size of the segment numbered one less */
	struct buf gathered;
	size_t ngathered;
	struct record_reader reader;
	uint64_t bytes, taken_bytes;
	struct left left;
	size_t records;
	bool failing;
};

/* ---- opening ------------------------------------------------------------ */

/* A new folder is only there after a power cut if its parent was synced. */
static int
sync_parent(const char *path)
{
	char *copy = xstrdup(path);
	int fd = files.openat(AT_FDCWD, dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
	int result = fd >= 0 ? files.fsync(fd) : -1;

	files_close(&fd);
	free(copy);
	return result;
}

static int
open_dir(const char *path)
{
	const char *failed;
	int fd = -1;

	if (files.mkdirat(AT_FDCWD, path, 0700) == 0) {
		if (sync_parent(path) == 0)
			log_info("spool %s: made", path);
		else
			log_warn("spool %s: its parent folder cannot be synced", path);
	} else if (errno != EEXIST) {
		log_warn("spool %s: the folder cannot be made", path);
		return -1;
	}
	failed = "the folder cannot be opened";
	fd = files.openat(AT_FDCWD, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
	if (fd >= 0) {
		if (files.faccessat(fd, ".", R_OK | W_OK | X_OK, AT_EACCESS) == 0)
			return fd;
		failed = "the folder cannot be written to";
	}
	log_warn("spool %s: %s", path, failed);
	files_close(&fd);
	return -1;
}

struct spool *
spool_open(const struct spool_options *o)
{
	struct spool *s;
	int dir = open_dir(o->dir);

	if (dir < 0)
		return NULL;
	s = xcalloc(1, sizeof(*s));
	s->path = xstrdup(o->dir);
	memcpy(s->writer, o->writer, WRITER_HEX);
	s->max = o->max;
	s->segment_max = o->segment_max;
	s->dir = dir;
	s->folder = s->lock = -1;
	s->reader = RECORD_READER;
	s->next_number = 1;
	left_count(&s->left, s->dir, s->writer);
	return s;
}

/* ---- this process's folder ---------------------------------------------- */

/* Nothing that is in use may be in it. */
static int
remove_folder(struct spool *s)
{
	char name[WRITER_HEX + sizeof("/" FOLDER_LOCK)];

	(void)snprintf(name, sizeof(name), "%s/%s", s->writer, FOLDER_LOCK);
	if (files_unlink(s->dir, name, 0) < 0)
		return -1;
	return files_unlink(s->dir, s->writer, AT_REMOVEDIR) < 0 ? -1 : 0;
}

static int
make_and_lock(struct spool *s)
{
	enum files_lock lock;

	if (files.mkdirat(s->dir, s->writer, 0700) != 0)
		return -1;
	s->folder = files_open_folder(s->dir, s->writer);
	if (s->folder < 0)
		return -1;
	s->lock = files_open(s->folder, FOLDER_LOCK, O_RDWR | O_CREAT | O_EXCL);
	if (s->lock < 0)
		return -1;
	/* Between making the lock and holding it, somebody who looks for dead
	 * writers may have it, or have cleared it away.  The next commit has
	 * better luck. */
	lock = files_try_lock(s->lock, LOCK_EX);
	if (lock == FILES_HELD || lock == FILES_GONE)
		errno = EAGAIN;
	return lock == FILES_LOCKED ? files.fsync(s->dir) : -1;
}

static int
have_folder(struct spool *s)
{
	int saved;

	if (s->folder >= 0)
		return 0;
	if (make_and_lock(s) == 0)
		return 0;
	saved = errno;
	files_close(&s->folder);
	files_close(&s->lock);
	(void)remove_folder(s); /* or the next mkdirat says EEXIST, and comes here again */
	errno = saved;
	return -1;
}

/* ---- segments ----------------------------------------------------------- */

static struct spool_segment *
last_segment(struct spool *s)
{
	return &s->segments[s->nsegments - 1];
}

/* The one appended to is not from now on. */
static void
retire(struct spool *s)
{
	struct spool_segment *g = last_segment(s);

	files_close(&g->fd);
	s->appending = false;
	s->next_number = g->head.number + 1;
	s->before_end = g->size;
}

static void
begin_segment(struct spool *s)
{
	struct spool_segment *g;

	if (s->nsegments == s->segments_cap) {
		s->segments_cap = s->segments_cap > 0 ? s->segments_cap * 2 : 8;
		s->segments = xrealloc(s->segments, s->segments_cap * sizeof(*s->segments));
	}
	g = &s->segments[s->nsegments++];
	*g = (struct spool_segment){
		.head = { .number = s->next_number, .before_end = s->before_end },
		.fd = -1,
	};
	memcpy(g->head.writer, s->writer, sizeof(g->head.writer));
	s->appending = true;
	segment_head_write(&s->gathered, &g->head);
}

static void
forget_segment(struct spool *s, size_t i)
{
	struct spool_segment *g = &s->segments[i];

	if (s->reader.number == g->head.number)
		record_reader_fini(&s->reader);
	s->bytes -= g->size;
	memmove(g, g + 1, (s->nsegments - i - 1) * sizeof(*g));
	s->nsegments--;
}

static int
unlink_segment(struct spool *s, const struct spool_segment *g)
{
	char name[FILES_NAME];

	folder_segment_name(g->head.number, name);
	return files_unlink(s->folder, name, 0) < 0 ? -1 : 0;
}

/* Unlink what holds nothing any more; the one appended to only if there is no
 * other, so that a spool that is never quite empty still fills its segments. */
static void
sweep(struct spool *s)
{
	for (size_t i = 0; i < s->nsegments;) {
		struct spool_segment *g = &s->segments[i];
		bool last = s->appending && i + 1 == s->nsegments;

		if (g->live > 0 || (last && i > 0)) {
			i++;
			continue;
		}
		if (last)
			retire(s);
		if (unlink_segment(s, g) == 0) {
			forget_segment(s, i);
			continue;
		}
		if (!g->stuck)
			log_warn("spool %s/%s: segment %u cannot be removed", s->path, s->writer, g->head.number);
		g->stuck = true;
		i++;
	}
}

/* ---- appending and committing ------------------------------------------- */

bool
spool_has_room(const struct spool *s, uint64_t bytes)
{
	uint64_t used = s->bytes + s->taken_bytes + s->left.bytes + s->gathered.n;

	return used <= s->max && bytes <= s->max - used;
}

int
spool_append(struct spool *s, const struct spool_record *r, struct spool_place *ret_place)
{
	struct spool_segment *g;
	struct spool_place place;

	if (!record_fits(r)) {
		errno = EMSGSIZE;
		return -1;
	}
	if (s->ngathered == 0) {
		buf_clear(&s->gathered);
		if (s->appending && last_segment(s)->size + record_size(r) > s->segment_max)
			retire(s);
		if (!s->appending)
			begin_segment(s);
	}
	g = last_segment(s);
	place = (struct spool_place){ g->head.number, g->size + s->gathered.n };
	record_write(&s->gathered, &g->head, place.offset, r);
	g->live++;
	s->ngathered++;
	s->records++;
	*ret_place = place;
	return 0;
}

/* What could not be done, or NULL. */
static const char *
open_segment(struct spool *s, struct spool_segment *g)
{
	char name[FILES_NAME];

	if (have_folder(s) != 0)
		return "its folder cannot be made";
	if (g->head.number > SEGMENT_NUMBER_MAX) {
		errno = EOVERFLOW;
		return "no number is left";
	}
	folder_segment_name(g->head.number, name);
	g->fd = files_open(s->folder, name, O_RDWR | O_CREAT | O_EXCL);
	return g->fd < 0 ? "no segment can be made" : NULL;
}

static const char *
write_gathered(struct spool *s, struct spool_segment *g)
{
	const char *failed = g->size == 0 ? open_segment(s, g) : NULL;
	ssize_t n;

	if (failed != NULL)
		return failed;
	n = files.write(g->fd, s->gathered.p, s->gathered.n);
	if (n >= 0 && (size_t)n < s->gathered.n)
		errno = ENOSPC; /* why else a part only */
	if (n < 0 || (size_t)n < s->gathered.n)
		return "writing failed";
	if (files.fdatasync(g->fd) != 0)
		return "fdatasync failed";
	if (g->size == 0 && files.fsync(s->folder) != 0)
		return "the folder cannot be synced";
	return NULL;
}

/* Somebody has removed it under our feet. */
static bool
folder_is_gone(const struct spool *s)
{
	struct stat st;

	return s->folder >= 0 && files.fstat(s->folder, &st) == 0 && st.st_nlink == 0;
}

/* Take back, as far as that goes, what a failed commit has done. */
static void
undo(struct spool *s, int error)
{
	struct spool_segment *g = last_segment(s);
	bool made = g->fd >= 0;

	if (g->size > 0) {
		if (files.ftruncate(g->fd, (off_t)g->size) != 0)
			log_debug("spool %s/%s: segment %u keeps a tail that does not count", s->path, s->writer,
			    g->head.number);
		retire(s);
		return;
	}
	if (!made && error == ENOENT && folder_is_gone(s)) {
		files_close(&s->folder);
		files_close(&s->lock);
	}
	files_close(&g->fd);
	if ((made && unlink_segment(s, g) != 0) || (!made && error == EEXIST && s->folder >= 0)) {
		retire(s); /* so that its name is not used again */
		return;
	}
	s->appending = false;
	forget_segment(s, s->nsegments - 1);
}

static void
drop_gathered(struct spool *s)
{
	if (s->ngathered == 0)
		return;
	last_segment(s)->live -= s->ngathered;
	s->records -= s->ngathered;
	s->ngathered = 0;
	buf_clear(&s->gathered);
}

int
spool_commit(struct spool *s)
{
	struct spool_segment *g;
	const char *failed;
	int error;

	if (s->ngathered == 0)
		return 0;
	g = last_segment(s);
	failed = write_gathered(s, g);
	if (failed == NULL) {
		g->size += s->gathered.n;
		s->bytes += s->gathered.n;
		s->ngathered = 0;
		buf_clear(&s->gathered);
		if (s->failing)
			log_info("spool %s/%s: keeps hits again", s->path, s->writer);
		s->failing = false;
		return 0;
	}
	error = errno;
	if (!s->failing)
		log_warn("spool %s/%s: hits cannot be kept: %s", s->path, s->writer, failed);
	s->failing = true;
	drop_gathered(s);
	undo(s, error);
	sweep(s);
	errno = error;
	return -1;
}

/* ---- reading and releasing ---------------------------------------------- */

static struct spool_segment *
segment_at(struct spool *s, struct spool_place place)
{
	for (size_t i = 0; i < s->nsegments; i++) {
		struct spool_segment *g = &s->segments[i];

		if (g->head.number == place.segment)
			return g->live > 0 && place.offset >= SEGMENT_HEADER && place.offset < g->size ? g : NULL;
	}
	return NULL;
}

int
spool_read(struct spool *s, struct spool_place place, struct buf *bytes, struct spool_record *ret_record)
{
	const struct spool_segment *g = segment_at(s, place);

	if (g == NULL) {
		errno = EINVAL;
		return -1;
	}
	return folder_read_record(s->folder, &s->reader, &g->head, place.offset, g->size, bytes, ret_record);
}

void
spool_release(struct spool *s, struct spool_place place)
{
	struct spool_segment *g = segment_at(s, place);

	if (g == NULL)
		return;
	g->live--;
	s->records--;
	if (g->live == 0)
		sweep(s);
}

bool
spool_is_gone(struct spool *s)
{
	sweep(s);
	if (s->nsegments > 0)
		return false;
	/* Till then a power cut brings back what was unlinked. */
	if (s->folder < 0 || files.fsync(s->folder) == 0)
		return true;
	log_warn("spool %s/%s: is empty, but its folder cannot be synced", s->path, s->writer);
	return false;
}

void
spool_close(struct spool *s)
{
	if (s == NULL)
		return;
	drop_gathered(s);
	if (s->appending && last_segment(s)->size == 0) {
		s->appending = false;
		forget_segment(s, s->nsegments - 1);
	}
	sweep(s);
	if (s->nsegments == 0 && s->folder >= 0 && remove_folder(s) != 0)
		log_warn("spool %s/%s: the empty folder cannot be removed", s->path, s->writer);
	if (s->nsegments > 0 && s->appending)
		retire(s);
	record_reader_fini(&s->reader);
	files_close(&s->folder);
	files_close(&s->lock);
	files_close(&s->dir);
	buf_fini(&s->gathered);
	left_fini(&s->left);
	free(s->segments);
	free(s->path);
	free(s);
}

void
spool_status(const struct spool *s, struct spool_status *ret_status)
{
	*ret_status = (struct spool_status){
		.segments = s->nsegments,
		.records = s->records,
		.bytes = s->bytes,
		.taken_bytes = s->taken_bytes,
		.left_bytes = s->left.bytes,
		.failing = s->failing,
	};
}

int
spool_dir(const struct spool *s)
{
	return s->dir;
}

const char *
spool_writer(const struct spool *s)
{
	return s->writer;
}

void
spool_count_taken(struct spool *s, const char *writer, uint64_t bytes)
{
	s->taken_bytes += bytes;
	left_forget(&s->left, writer);
}

void
spool_count_left(struct spool *s, const char *writer, uint64_t bytes)
{
	s->taken_bytes -= bytes;
	left_add(&s->left, writer, bytes);
}

void
spool_count_gone(struct spool *s, uint64_t bytes)
{
	s->taken_bytes -= bytes;
}

void
spool_not_left(struct spool *s, const char *writer)
{
	left_forget(&s->left, writer);
}

void
spool_left_of(struct spool *s, const struct files_names *writers)
{
	left_forget_others(&s->left, writers);
}
