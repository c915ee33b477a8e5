/* shim.c - a bad disk, for a program that it is preloaded into: calls on files
 * below the folder SHIM_FOLDER fail as the first byte of the file SHIM_SWITCH
 * says, until it says otherwise.
 *
 *   -  nothing fails          s  fdatasync: EIO, as all that are syncs
 *   w  write: EIO             n  write: ENOSPC
 *   h  write: half of it      o  making or opening a file: EIO */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/types.h>
#include <unistd.h>

static const volatile char *mode = "-";
static const char *folder;

__attribute__((constructor)) static void
begin(void)
{
	const char *path = getenv("SHIM_SWITCH");
	int fd = path != NULL ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	void *page = fd >= 0 ? mmap(NULL, 1, PROT_READ, MAP_SHARED, fd, 0) : MAP_FAILED;

	folder = getenv("SHIM_FOLDER");
	if (page == MAP_FAILED || folder == NULL)
		abort();
	mode = page;
	close(fd);
}

static int
is_below(int fd)
{
	char link[64], path[4096];
	ssize_t n;
	size_t most = strlen(folder);

	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, path, sizeof(path));
	return n >= (ssize_t)most && strncmp(path, folder, most) == 0;
}

static int
fails(int fd, const char *modes, int error)
{
	if (*mode == '-' || strchr(modes, *mode) == NULL || !is_below(fd))
		return 0;
	errno = error;
	return 1;
}

ssize_t
write(int fd, const void *bytes, size_t n)
{
	ssize_t (*real)(int, const void *, size_t) = dlsym(RTLD_NEXT, "write");

	if (fails(fd, "w", EIO) || fails(fd, "n", ENOSPC))
		return -1;
	return real(fd, bytes, n > 1 && fails(fd, "h", 0) ? n / 2 : n);
}

int
fdatasync(int fd)
{
	int (*real)(int) = dlsym(RTLD_NEXT, "fdatasync");

	return fails(fd, "s", EIO) ? -1 : real(fd);
}

int
fsync(int fd)
{
	int (*real)(int) = dlsym(RTLD_NEXT, "fsync");

	return fails(fd, "s", EIO) ? -1 : real(fd);
}

static int
open_at(const char *name, int at, const char *path, int flags, mode_t permissions)
{
	int (*real)(int, const char *, int, ...) = dlsym(RTLD_NEXT, name);

	return at != AT_FDCWD && fails(at, "o", EIO) ? -1 : real(at, path, flags, permissions);
}

/* The C library has it under two names. */
#define OPENAT(name)                                                   \
	int name(int at, const char *path, int flags, ...)             \
	{                                                              \
		va_list more;                                          \
		mode_t permissions;                                    \
									\
		va_start(more, flags);                                 \
		permissions = flags & O_CREAT ? va_arg(more, mode_t) : 0; \
		va_end(more);                                          \
		return open_at(#name, at, path, flags, permissions);   \
	}

OPENAT(openat)
OPENAT(openat64)
