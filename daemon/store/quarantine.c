/* quarantine.c - written once, synced, never changed. */
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

static void
name_of(char name[FILES_NAME], const char *writer, struct str site, uint64_t sequence)
{
	(void)snprintf(name, FILES_NAME, "%s.%.*s.%" PRIu64, writer, (int)site.n, site.p, sequence);
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

int
quarantine_put(int dir, const char *writer, const struct spool_record *r)
{
	struct segment_head head = { .number = 1 };
	struct buf bytes = { 0 };
	char name[FILES_NAME];
	int folder = open_folder(dir), fd = -1, result = -1;

	memcpy(head.writer, writer, sizeof(head.writer));
	segment_head_write(&bytes, &head);
	record_write(&bytes, &head, bytes.n, r);
	name_of(name, writer, r->site, r->sequence);
	if (folder >= 0)
		fd = files_open(folder, name, O_WRONLY | O_CREAT | O_TRUNC);
	if (fd >= 0 && write_all(fd, buf_view(&bytes)) == 0 && files.fsync(folder) == 0)
		result = 0;
	files_close(&fd);
	files_close(&folder);
	buf_fini(&bytes);
	return result;
}

enum { PATH = FILES_NAME + sizeof(QUARANTINE "/") };

static void
path_of(char path[PATH], const char *writer, struct str site, uint64_t sequence)
{
	char name[FILES_NAME];

	name_of(name, writer, site, sequence);
	(void)snprintf(path, PATH, QUARANTINE "/%s", name);
}

int
quarantine_holds(int dir, const char *writer, struct str site, uint64_t sequence)
{
	char path[PATH];

	path_of(path, writer, site, sequence);
	if (files.faccessat(dir, path, F_OK, 0) == 0)
		return 1;
	return errno == ENOENT || errno == ENOTDIR ? 0 : -1;
}

void
quarantine_drop(int dir, const char *writer, struct str site, uint64_t sequence)
{
	char path[PATH];

	path_of(path, writer, site, sequence);
	if (files_unlink(dir, path, 0) < 0 && errno != ENOTDIR)
		log_warn("spool %s: is applied, but cannot be removed", path);
}

/* One of ours: writer, site and sequence, with points between. */
static bool
is_ours(const char *name)
{
	return strspn(name, "0123456789abcdef") == WRITER_HEX && name[WRITER_HEX] == '.';
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
	long n = 0;

	if (folder < 0)
		return errno == ENOENT ? 0 : -1;
	if (files_list(folder, is_ours, &names) != 0) {
		files_close(&folder);
		return -1;
	}
	for (size_t i = 0; i < names.n && n >= 0; i++)
		n = each == NULL || pass_on(folder, names.names[i], each, arg) == 0 ? n + 1 : -1;
	files_names_fini(&names);
	files_close(&folder);
	return n;
}
