/* files.h - the few things that the spool does with folders and files.  Every
 * system call goes through a table, so that a test can make each one fail. */
#ifndef STORE_FILES_H
#define STORE_FILES_H

#include <dirent.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "base/str.h"

struct files_calls {
	int (*openat)(int folder, const char *name, int flags, mode_t mode);
	int (*mkdirat)(int folder, const char *name, mode_t mode);
	int (*faccessat)(int folder, const char *name, int mode, int flags);
	int (*unlinkat)(int folder, const char *name, int flags);
	int (*renameat)(int from, const char *old, int to, const char *new);
	int (*flock)(int fd, int what);
	int (*fstat)(int fd, struct stat *ret_stat);
	ssize_t (*write)(int fd, const void *p, size_t n);
	ssize_t (*pread)(int fd, void *p, size_t n, off_t at);
	int (*ftruncate)(int fd, off_t n);
	int (*fdatasync)(int fd);
	int (*fsync)(int fd);
	DIR *(*fdopendir)(int fd);
	struct dirent *(*readdir)(DIR *folder);
};
extern struct files_calls files; /* the C library's, but for tests */

/* All close on exec; -1 and errno on failure. */
int files_open(int folder, const char *name, int flags) __attribute__((warn_unused_result));
int files_open_folder(int folder, const char *name) __attribute__((warn_unused_result));
void files_close(int *fd); /* -1 is none, and is what it becomes */

/* 1 when the name was there and is gone now, 0 when it was not, or -1. */
int files_unlink(int folder, const char *name, int flags);

/* n bytes from there, all or -1 (ENODATA: the file is too short). */
int files_read(int fd, uint64_t at, char *to, size_t n) __attribute__((warn_unused_result));
/* The whole file replaces what is in b. */
int files_load(int folder, const char *name, struct buf *b) __attribute__((warn_unused_result));

enum { FILES_NAME = 112 }; /* none of ours is longer */

struct files_names {
	char (*names)[FILES_NAME]; /* owned; sorted */
	size_t n, cap;
};
void files_names_fini(struct files_names *names);

/* The names in a folder that are wanted. */
int files_list(int folder, bool (*is_wanted)(const char *name), struct files_names *ret_names)
    __attribute__((warn_unused_result));

enum files_lock { FILES_LOCKED, FILES_HELD, FILES_GONE, FILES_LOCK_FAILED };

/* Lock an open lock file, exclusively or (LOCK_SH) only to look.  HELD: by
 * somebody else.  GONE: the file was unlinked meanwhile, so that the lock
 * keeps nobody out. */
enum files_lock files_try_lock(int fd, int how) __attribute__((warn_unused_result));

#endif
