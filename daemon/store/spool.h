/* spool.h - where sealed batches of this process lie while Redis cannot take
 * them.  Files only: DIR/WRITER/ with segments; DESIGN section 2.6.  What a
 * commit has said to be durable is found again, by spool_take_over(), after
 * any death of the process. */
#ifndef STORE_SPOOL_H
#define STORE_SPOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"
#include "store/files.h"
#include "store/segment.h"

struct spool;

struct spool_options {
	const char *dir; /* made if only it is missing */
	const char *writer; /* 32 hex digits; nobody else's, ever */
	uint64_t max; /* bytes in all, those of dead writers included, be they taken over or not */
	uint64_t segment_max; /* bytes after which a new segment is begun; one commit is never split */
};

/* NULL when dir cannot be made, read or written; why is in the log.  This
 * process's own folder is made by the first commit. */
struct spool *spool_open(const struct spool_options *o) __attribute__((warn_unused_result));

/* What was gathered and not committed is forgotten.  The folder goes, unless
 * records were not released: they are for the next process. */
void spool_close(struct spool *s);

/* Whether so many bytes more keep within max.  Appending does not ask. */
bool spool_has_room(const struct spool *s, uint64_t bytes);

struct spool_place {
	uint32_t segment;
	uint64_t offset;
};

/* Gather a record, which is copied, for the next commit.  Its place is good
 * once that has returned 0.  -1: too large ever to be kept (EMSGSIZE). */
int spool_append(struct spool *s, const struct spool_record *r, struct spool_place *ret_place)
    __attribute__((warn_unused_result));

/* Make all that was gathered durable: one write, one fdatasync.  0: all of it
 * is.  -1 and errno: none of it may be acknowledged; it is forgotten here, its
 * places are void, and who still wants a record kept appends it again.  (Such
 * a record may nevertheless be found by who takes over: same bytes, same
 * sequence.)  The log hears of the first failure, and of the end of it. */
int spool_commit(struct spool *s) __attribute__((warn_unused_result));

/* Read a committed, unreleased record; it borrows from bytes.  -1 and errno:
 * EBADMSG when it is damaged, EINVAL when there is none. */
int spool_read(struct spool *s, struct spool_place place, struct buf *bytes, struct spool_record *ret_record)
    __attribute__((warn_unused_result));

/* A committed record has been applied and is not needed any more: once each. */
void spool_release(struct spool *s, struct spool_place place);

/* Whether nothing of what was kept lies on the disk any more, be the power cut
 * now, so that nobody will ever take it over.  What could not be removed
 * before is tried again.  To be asked once, at the end. */
bool spool_is_gone(struct spool *s);

struct spool_status {
	size_t segments, records; /* unreleased records, gathered ones included */
	uint64_t bytes; /* own, on disk */
	uint64_t taken_bytes; /* taken over from dead writers, on disk */
	uint64_t left_bytes; /* of dead writers, not taken over */
	bool failing; /* the last commit did */
};
void spool_status(const struct spool *s, struct spool_status *ret_status);

/* For taken.c and takeover.c: DIR's descriptor, the own writer, and bytes of
 * dead writers, which are left, taken over, left again or gone.  not_left: the
 * writer lives, or there is nothing of it.  left_of: nobody else has anything. */
int spool_dir(const struct spool *s);
const char *spool_writer(const struct spool *s);
void spool_count_taken(struct spool *s, const char *writer, uint64_t bytes);
void spool_count_left(struct spool *s, const char *writer, uint64_t bytes); /* that were taken */
void spool_count_gone(struct spool *s, uint64_t bytes); /* that were taken */
void spool_not_left(struct spool *s, const char *writer);
void spool_left_of(struct spool *s, const struct files_names *writers);

#endif
