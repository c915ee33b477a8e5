/* quarantine.c - written once, synced, never changed; and then renamed. */
#include "store/quarantine.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "store/files.h"
#include "store/folder.h"

enum { NAME = FILES_NAME - sizeof(QUARANTINE_DONE) };

static void
name_of(char name[NAME], const char *writer, struct str site, uint64_t sequence)
{
	(void)snprintf(name, NAME, "%s.%.*s.%" PRIu64, writer, (int)site.n, site.p, sequence);
}

/* Synced each time: who made it may have failed to, or have died before. */
static int
open_folder(int dir)
{
	if ((files.mkdirat(dir, QUARANTINE, 0700) != 0 && errno != EEXIST) || files.fsync(dir) != 0)
		return -1;
	return files_open_folder(dir, QUARANTINE);
}

static int
write_all(int fd, struct str bytes)
{
	ssize_t n = files.write(fd, bytes.p, bytes.n);

	if (n >= 0 && (size_t)n < bytes.n)
		errno = ENOSPC;
	return n >= 0 && (size_t)n == bytes.n && files.fsync(fd) == 0 ? 0 : -1;
}

static int
write_record(int folder, const char *name, const char *writer, const struct spool_record *r)
{
	struct segment_head head = { .number = 1 };
	struct buf bytes = { 0 };
	int fd, result = -1;

	memcpy(head.writer, writer, sizeof(head.writer));
	segment_head_write(&bytes, &head);
	record_write(&bytes, &head, bytes.n, r);
	fd = files_open(folder, name, O_WRONLY | O_CREAT | O_TRUNC);
	if (fd >= 0 && write_all(fd, buf_view(&bytes)) == 0 && files.fsync(folder) == 0)
		result = 0;
	files_close(&fd);
	buf_fini(&bytes);
	return result;
}

static int
has(int folder, const char *name)
{
	if (files.faccessat(folder, name, F_OK, 0) == 0)
		return 1;
	return errno == ENOENT || errno == ENOTDIR ? 0 : -1;
}

/* Who replays may rename it while we write it: then there are two of it. */
static int
put_unless_done(int folder, const char *name, const char *writer, const struct spool_record *r)
{
	char done[FILES_NAME];
	int is_done;

	(void)snprintf(done, sizeof(done), "%s" QUARANTINE_DONE, name);
	is_done = has(folder, done);
	if (is_done != 0)
		return is_done;
	if (write_record(folder, name, writer, r) != 0)
		return -1;
	is_done = has(folder, done);
	if (is_done == 1 && (files_unlink(folder, name, 0) < 0 || files.fsync(folder) != 0))
		return -1;
	return is_done;
}

int
quarantine_put(int dir, const char *writer, const struct spool_record *r)
{
	char name[NAME];
	int folder = open_folder(dir), result = -1;

	name_of(name, writer, r->site, r->sequence);
	if (folder >= 0)
		result = put_unless_done(folder, name, writer, r);
	files_close(&folder);
	return result;
}

int
quarantine_holds(int dir, const char *writer, struct str site, uint64_t sequence)
{
	char name[NAME], path[sizeof(QUARANTINE "/" QUARANTINE_DONE) + NAME];
	int held;

	name_of(name, writer, site, sequence);
	(void)snprintf(path, sizeof(path), QUARANTINE "/%s", name);
	held = has(dir, path);
	if (held != 0)
		return held;
	(void)snprintf(path, sizeof(path), QUARANTINE "/%s" QUARANTINE_DONE, name);
	return has(dir, path);
}

static int
mark_done(int folder, const char *name)
{
	char done[FILES_NAME];

	(void)snprintf(done, sizeof(done), "%s" QUARANTINE_DONE, name);
	if (files.renameat(folder, name, folder, done) != 0 && errno != ENOENT)
		return -1;
	return files.fsync(folder);
}

int
quarantine_done(int dir, const char *name)
{
	int folder = files_open_folder(dir, QUARANTINE);
	int result = folder >= 0 ? mark_done(folder, name) : errno == ENOENT ? 0 : -1;

	if (result != 0)
		log_warn("spool " QUARANTINE "/%s: is applied, but cannot be renamed to " QUARANTINE_DONE, name);
	files_close(&folder);
	return result;
}

/* ---- all of them --------------------------------------------------------- */

/* One of ours: writer, site and sequence, with points between. */
static bool
is_ours(const char *name)
{
	return strspn(name, "0123456789abcdef") == WRITER_HEX && name[WRITER_HEX] == '.';
}

/* The end of a name that is not done is a number. */
static bool
is_done(const char *name)
{
	size_t n = strlen(name), end = strlen(QUARANTINE_DONE);

	return n > end && strcmp(name + n - end, QUARANTINE_DONE) == 0;
}

static int
list(int folder, struct files_names *ret_names)
{
	*ret_names = (struct files_names){ NULL, 0, 0 };
	if (folder < 0)
		return errno == ENOENT ? 0 : -1;
	return files_list(folder, is_ours, ret_names);
}

int
quarantine_names(int dir, struct files_names *ret_names)
{
	int folder = files_open_folder(dir, QUARANTINE);
	int result = list(folder, ret_names);

	files_close(&folder);
	return result;
}

static int
pass_on(int folder, const char *name, quarantined *each, void *arg)
{
	struct spool_record r;
	struct segment_head head;
	struct buf bytes = { 0 };
	char writer[WRITER_HEX + 1];
	bool sound;

	if (files_load(folder, name, &bytes) != 0) {
		buf_fini(&bytes);
		return -1;
	}
	(void)snprintf(writer, sizeof(writer), "%.*s", WRITER_HEX, name);
	sound = segment_head_read(buf_view(&bytes), &head) == 0 && strcmp(head.writer, writer) == 0 &&
		record_read(
		    &head, SEGMENT_HEADER, (struct str){ bytes.p + SEGMENT_HEADER, bytes.n - SEGMENT_HEADER }, &r) > 0;
	each(arg, name, writer, sound ? &r : NULL);
	buf_fini(&bytes);
	return 0;
}

long
quarantine_list(int dir, quarantined *each, void *arg)
{
	struct files_names names;
	int folder = files_open_folder(dir, QUARANTINE);
	long n = list(folder, &names);

	for (size_t i = 0; i < names.n && n >= 0; i++) {
		if (is_done(names.names[i]))
			continue;
		n = each == NULL || pass_on(folder, names.names[i], each, arg) == 0 ? n + 1 : -1;
	}
	files_names_fini(&names);
	files_close(&folder);
	return n;
}

/* By when it was renamed; false when that is not known. */
static bool
is_older(int folder, const char *name, int64_t before_ms)
{
	struct stat st;
	int fd = files_open(folder, name, O_RDONLY);
	bool older = fd >= 0 && files.fstat(fd, &st) == 0 && (int64_t)st.st_ctim.tv_sec < before_ms / 1000;

	files_close(&fd);
	return older;
}

void
quarantine_clear(int dir, int64_t before_ms, quarantine_is_past *is_past, void *arg)
{
	struct files_names names;
	int folder = files_open_folder(dir, QUARANTINE);

	if (list(folder, &names) != 0)
		log_warn("spool " QUARANTINE ": cannot be read");
	for (size_t i = 0; i < names.n; i++) {
		const char *done = names.names[i];
		char name[FILES_NAME];

		if (!is_done(done))
			continue;
		(void)snprintf(name, sizeof(name), "%.*s", (int)(strlen(done) - strlen(QUARANTINE_DONE)), done);
		if ((is_past != NULL && is_past(arg, name)) || is_older(folder, done, before_ms))
			(void)files_unlink(folder, done, 0);
	}
	files_names_fini(&names);
	files_close(&folder);
}
