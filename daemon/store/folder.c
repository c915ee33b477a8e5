/* folder.c - what one segment is worth also depends on the next: its header
 * says how much of the one before counts. */
#include "store/folder.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>

enum { DIGITS = 8 };

bool
folder_is_writer(const char *name)
{
	return strlen(name) == WRITER_HEX && strspn(name, "0123456789abcdef") == WRITER_HEX;
}

void
folder_segment_name(uint32_t number, char ret_name[FILES_NAME])
{
	(void)snprintf(ret_name, FILES_NAME, "%0*u.spool", DIGITS, number);
}

static bool
is_segment(const char *name)
{
	return strspn(name, "0123456789") == DIGITS && strcmp(name + DIGITS, ".spool") == 0;
}

static bool
is_bad(const char *name)
{
	return strspn(name, "0123456789") == DIGITS && strcmp(name + DIGITS, ".spool" SEGMENT_BAD) == 0;
}

static uint32_t
number_of(const char *name)
{
	uint64_t number = 0;

	(void)!str_to_uint((struct str){ name, DIGITS }, 0, SEGMENT_NUMBER_MAX, &number);
	return (uint32_t)number;
}

int
folder_open(struct folder *f, int dir, const char *writer)
{
	*f = (struct folder){ .fd = files_open_folder(dir, writer) };
	(void)snprintf(f->writer, sizeof(f->writer), "%s", writer);
	return f->fd < 0 ? -1 : 0;
}

int
folder_find_segments(struct folder *f)
{
	files_names_fini(&f->segments);
	return files_list(f->fd, is_segment, &f->segments);
}

void
folder_fini(struct folder *f)
{
	files_names_fini(&f->segments);
	files_close(&f->fd);
}

/* How much of a segment counts, if the one behind it is there to say so. */
static int
end_of(const struct folder *f, size_t segment, int64_t *ret_end)
{
	char bytes[SEGMENT_HEADER];
	struct segment_head head;
	uint32_t number = number_of(f->segments.names[segment]);
	int fd, result;

	*ret_end = SEGMENT_END_UNKNOWN;
	if (segment + 1 == f->segments.n || number_of(f->segments.names[segment + 1]) != number + 1)
		return 0;
	fd = files_open(f->fd, f->segments.names[segment + 1], O_RDONLY);
	if (fd < 0)
		return errno == ENOENT ? 0 : -1;
	result = files_read(fd, 0, bytes, sizeof(bytes));
	files_close(&fd);
	if (result != 0)
		return errno == ENODATA ? 0 : -1;
	if (segment_head_read((struct str){ bytes, sizeof(bytes) }, &head) == 0 && head.number == number + 1 &&
	    strcmp(head.writer, f->writer) == 0 && head.before_end <= INT64_MAX)
		*ret_end = (int64_t)head.before_end;
	return 0;
}

int
folder_check(const struct folder *f, size_t segment, struct buf *bytes, struct segment_head *ret_head,
    struct segment_findings *ret_findings)
{
	const char *name = f->segments.names[segment];
	struct segment_place place = { f->writer, number_of(name), segment + 1 == f->segments.n, SEGMENT_END_UNKNOWN };

	if (files_load(f->fd, name, bytes) != 0 || end_of(f, segment, &place.end) != 0)
		return -1;
	segment_check(buf_view(bytes), &place, ret_findings);
	if (ret_findings->end > 0 && segment_head_read(buf_view(bytes), ret_head) != 0)
		ret_findings->end = 0;
	return 0;
}

void
record_reader_fini(struct record_reader *r)
{
	files_close(&r->fd);
}

static int
open_to_read(int folder, struct record_reader *r, uint32_t number)
{
	char name[FILES_NAME];

	if (r->fd >= 0 && r->number == number)
		return 0;
	files_close(&r->fd);
	folder_segment_name(number, name);
	r->fd = files_open(folder, name, O_RDONLY);
	r->number = number;
	if (r->fd < 0 && errno == ENOENT)
		errno = EBADMSG; /* removed under our feet: it will not come back */
	return r->fd < 0 ? -1 : 0;
}

int
folder_read_record(int folder, struct record_reader *r, const struct segment_head *head, uint64_t offset, uint64_t end,
    struct buf *bytes, struct spool_record *ret_record)
{
	size_t n = RECORD_HEADER;

	errno = 0; /* so that a bad length is told from a failed call */
	if (open_to_read(folder, r, head->number) != 0)
		return -1;
	buf_clear(bytes);
	if (end - offset < n || files_read(r->fd, offset, buf_reserve(bytes, n), n) != 0)
		goto damaged;
	n = record_claimed_size(bytes->p);
	if (n < RECORD_HEADER || n > end - offset || n > RECORD_MAX ||
	    files_read(r->fd, offset, buf_reserve(bytes, n), n) != 0)
		goto damaged;
	bytes->n = n;
	if (record_read(head, offset, buf_view(bytes), ret_record) == n)
		return 0;
	errno = EBADMSG;
	return -1;

damaged:
	if (errno == 0 || errno == ENODATA)
		errno = EBADMSG;
	return -1;
}

/* One reading of all segments. */
struct walk {
	const struct folder *folder; /* borrowed */
	folder_record *each; /* or NULL */
	void *arg;
	struct buf bytes; /* of the segment being read */
	struct survey found;
};

static void
add_findings(struct walk *w, const struct segment_findings *s)
{
	w->found.segments++;
	w->found.damaged += s->state == SEGMENT_DAMAGED;
	w->found.bytes += w->bytes.n;
	w->found.records += s->records;
	w->found.hits += s->hits;
	if (s->oldest_ms < w->found.oldest_ms)
		w->found.oldest_ms = s->oldest_ms;
}

/* All up to end are known to be sound. */
static void
give_records(const struct walk *w, const struct segment_head *head, uint64_t end)
{
	struct spool_record r;
	size_t n;

	for (uint64_t at = SEGMENT_HEADER; at < end; at += n) {
		n = record_read(head, at, (struct str){ w->bytes.p + at, end - at }, &r);
		if (n == 0)
			return;
		w->each(w->arg, &r);
	}
}

/* A living writer removes what is applied: gone is no error. */
static int
walk_segment(struct walk *w, size_t segment)
{
	struct segment_head head;
	struct segment_findings s;

	if (folder_check(w->folder, segment, &w->bytes, &head, &s) != 0)
		return errno == ENOENT ? 0 : -1;
	add_findings(w, &s);
	if (w->each != NULL)
		give_records(w, &head, s.end);
	return 0;
}

static int
count_bad(const struct folder *f, size_t *ret_n)
{
	struct files_names bad;

	if (files_list(f->fd, is_bad, &bad) != 0)
		return -1;
	*ret_n = bad.n;
	files_names_fini(&bad);
	return 0;
}

int
folder_walk(const struct folder *f, folder_record *each, void *arg, struct survey *ret_survey)
{
	struct walk w = { .folder = f, .each = each, .arg = arg, .found.oldest_ms = INT64_MAX };
	int result = count_bad(f, &w.found.bad);

	for (size_t i = 0; i < f->segments.n && result == 0; i++)
		result = walk_segment(&w, i);
	buf_fini(&w.bytes);
	if (result == 0)
		*ret_survey = w.found;
	return result;
}

int
folder_survey(const struct folder *f, struct survey *ret_survey)
{
	return folder_walk(f, NULL, NULL, ret_survey);
}

bool
folder_is_held(const struct folder *f)
{
	int fd = files_open(f->fd, FOLDER_LOCK, O_RDONLY);
	bool held = fd >= 0 && files_try_lock(fd, LOCK_SH) == FILES_HELD;

	files_close(&fd);
	return held;
}

int
spool_list(const char *dir, spool_listed *each, void *arg)
{
	struct files_names writers;
	int fd = files.openat(AT_FDCWD, dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	if (files_list(fd, folder_is_writer, &writers) != 0) {
		files_close(&fd);
		return -1;
	}
	for (size_t i = 0; i < writers.n; i++) {
		struct folder f;
		struct spool_listing listing = { .writer = writers.names[i], .survey.oldest_ms = INT64_MAX };
		int opened = folder_open(&f, fd, listing.writer);

		if (opened != 0 || folder_find_segments(&f) != 0 || folder_survey(&f, &listing.survey) != 0)
			listing.error = errno;
		if (opened == 0)
			listing.held = folder_is_held(&f);
		listing.folder = &f;
		if (listing.error != ENOENT) /* its writer has just removed it */
			each(arg, &listing);
		folder_fini(&f);
	}
	files_names_fini(&writers);
	files_close(&fd);
	return 0;
}
