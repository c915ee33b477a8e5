/* folder.h - a spool's folder as one reads it: DIR/WRITER/ with a file "lock",
 * which its owner holds by flock, and 00000001.spool and so on.  Nothing here
 * changes anything. */
#ifndef STORE_FOLDER_H
#define STORE_FOLDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"
#include "store/files.h"
#include "store/segment.h"

#define FOLDER_LOCK "lock"
#define SEGMENT_BAD ".bad" /* behind the name of one that was set aside */

enum { SEGMENT_NUMBER_MAX = 99999999 };

bool folder_is_writer(const char *name); /* 32 hexadecimal digits */
void folder_segment_name(uint32_t number, char ret_name[FILES_NAME]);

struct folder {
	int fd;
	char writer[WRITER_HEX + 1];
	struct files_names segments; /* in the order in which they were written */
};

/* -1 and errno; ENOENT when it is gone.  Finish it in any case. */
int folder_open(struct folder *f, int dir, const char *writer) __attribute__((warn_unused_result));
int folder_find_segments(struct folder *f) __attribute__((warn_unused_result)); /* as they are now */
bool folder_is_held(const struct folder *f); /* by a process that lives, this one included */
void folder_fini(struct folder *f);

/* Load a segment and read it through.  -1 when it cannot be read at all. */
int folder_check(const struct folder *f, size_t segment, struct buf *bytes, struct segment_head *ret_head,
    struct segment_findings *ret_findings) __attribute__((warn_unused_result));

/* Reads records here and there, and keeps open the segment it read last.
 * Start from RECORD_READER, end with record_reader_fini(). */
struct record_reader {
	int fd;
	uint32_t number;
};
#define RECORD_READER ((struct record_reader){ -1, 0 })

/* The record of the folder's segment (of which head says the writer and the
 * number) at an offset; it ends before end.  It borrows from bytes.  -1 and
 * errno: EBADMSG when it is damaged, or gone. */
int folder_read_record(int folder, struct record_reader *r, const struct segment_head *head, uint64_t offset,
    uint64_t end, struct buf *bytes, struct spool_record *ret_record) __attribute__((warn_unused_result));
void record_reader_fini(struct record_reader *r);

struct survey {
	size_t segments, damaged; /* damaged ones among them */
	size_t bad; /* files that were set aside */
	uint64_t bytes; /* of segments */
	size_t records;
	uint64_t hits;
	int64_t oldest_ms; /* accepted_ms; INT64_MAX without a record */
};

/* Read all segments through.  One that is gone meanwhile is passed over. */
int folder_survey(const struct folder *f, struct survey *ret_survey) __attribute__((warn_unused_result));

/* The same, and each(arg, record) for every sound record that counts, in the
 * order in which they were written: of a torn or damaged segment those before
 * the damage.  A record may come twice, with the same bytes and sequence, and
 * in a living writer's folder also after it was applied.  It borrows until
 * each returns.  -1 and errno when a segment cannot be read, and those before
 * it were given. */
typedef void folder_record(void *arg, const struct spool_record *r);
int folder_walk(const struct folder *f, folder_record *each, void *arg, struct survey *ret_survey)
    __attribute__((warn_unused_result));

/* For people: what spools there are.  Reads only, and works while daemons run
 * (one that looks for dead spools in the same moment may pass over this one).
 * -1 and errno when dir cannot be read. */
struct spool_listing {
	const char *writer; /* borrowed */
	bool held; /* by a process that lives */
	int error; /* errno when the folder cannot be read, and survey is empty */
	struct survey survey;
	const struct folder *folder; /* borrowed, its segments found: for folder_walk(), unless there is an error */
};
typedef void spool_listed(void *arg, const struct spool_listing *listing);
int spool_list(const char *dir, spool_listed *each, void *arg) __attribute__((warn_unused_result));

#endif
