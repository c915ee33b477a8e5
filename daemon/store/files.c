/* files.c - a call that a signal interrupts is made again, but for writing and
 * syncing, of which nobody then knows how far they came. */
#include "store/files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/mem.h"

static int
call_openat(int folder, const char *name, int flags, mode_t mode)
{
	return openat(folder, name, flags, mode);
}

struct files_calls files = {
	.openat = call_openat,
	.mkdirat = mkdirat,
	.faccessat = faccessat,
	.unlinkat = unlinkat,
	.renameat = renameat,
	.flock = flock,
	.fstat = fstat,
	.write = write,
	.pread = pread,
	.ftruncate = ftruncate,
	.fdatasync = fdatasync,
	.fsync = fsync,
	.fdopendir = fdopendir,
	.readdir = readdir,
};

int
files_open(int folder, const char *name, int flags)
{
	int fd;

	do
		fd = files.openat(folder, name, flags | O_CLOEXEC | O_NOFOLLOW, 0600);
	while (fd < 0 && errno == EINTR);
	return fd;
}

int
files_open_folder(int folder, const char *name)
{
	return files_open(folder, name, O_RDONLY | O_DIRECTORY);
}

void
files_close(int *fd)
{
	int saved = errno;

	if (*fd >= 0)
		(void)close(*fd);
	*fd = -1;
	errno = saved;
}

int
files_unlink(int folder, const char *name, int flags)
{
	if (files.unlinkat(folder, name, flags) == 0)
		return 1;
	return errno == ENOENT ? 0 : -1;
}

int
files_read(int fd, uint64_t at, char *to, size_t n)
{
	while (n > 0) {
		ssize_t got = files.pread(fd, to, n, (off_t)at);

		if (got < 0 && errno == EINTR)
			continue;
		if (got == 0)
			errno = ENODATA;
		if (got <= 0)
			return -1;
		to += got;
		at += (uint64_t)got;
		n -= (size_t)got;
	}
	return 0;
}

int
files_load(int folder, const char *name, struct buf *b)
{
	struct stat st;
	int fd = files_open(folder, name, O_RDONLY);
	int result = -1;

	buf_clear(b);
	if (fd >= 0 && files.fstat(fd, &st) == 0) {
		result = files_read(fd, 0, buf_reserve(b, (size_t)st.st_size), (size_t)st.st_size);
		if (result == 0)
			b->n = (size_t)st.st_size;
	}
	files_close(&fd);
	return result;
}

void
files_names_fini(struct files_names *names)
{
	free(names->names);
	*names = (struct files_names){ NULL, 0, 0 };
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(a, b);
}

static void
add_name(struct files_names *names, const char *name)
{
	if (names->n == names->cap) {
		names->cap = names->cap > 0 ? names->cap * 2 : 16;
		names->names = xrealloc(names->names, names->cap * sizeof(*names->names));
	}
	memcpy(names->names[names->n++], name, strlen(name) + 1);
}

int
files_list(int folder, bool (*is_wanted)(const char *name), struct files_names *ret_names)
{
	struct files_names names = { NULL, 0, 0 };
	const struct dirent *entry;
	int fd = files_open_folder(folder, ".");
	DIR *open = fd >= 0 ? files.fdopendir(fd) : NULL;

	if (open == NULL) {
		files_close(&fd);
		return -1;
	}
	errno = 0;
	while ((entry = files.readdir(open)) != NULL) {
		if (strlen(entry->d_name) < FILES_NAME && is_wanted(entry->d_name))
			add_name(&names, entry->d_name);
		errno = 0;
	}
	if (errno != 0) {
		int saved = errno;
		(void)closedir(open);
		files_names_fini(&names);
		errno = saved;
		return -1;
	}
	(void)closedir(open);
	if (names.n > 1)
		qsort(names.names, names.n, sizeof(*names.names), by_name);
	*ret_names = names;
	return 0;
}

enum files_lock
files_try_lock(int fd, int how)
{
	struct stat st;

	if (files.flock(fd, how | LOCK_NB) != 0)
		return errno == EWOULDBLOCK ? FILES_HELD : FILES_LOCK_FAILED;
	if (files.fstat(fd, &st) != 0)
		return FILES_LOCK_FAILED;
	return st.st_nlink > 0 ? FILES_LOCKED : FILES_GONE;
}
