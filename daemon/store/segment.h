/* segment.h - what lies in a segment of the spool, as bytes.  Pure: it has
 * never heard of files.
 *
 *   header, 64 bytes              record, 48 bytes and two texts
 *    0  "TKSPOOL\n"                0  "TKr\n"
 *    8  u32 version                4  u32 CRC-32C: salt, offset, all from 8 on
 *   12  u32 CRC-32C of the rest    8  u32 length, these 48 included
 *   16  writer, 32 hex digits     12  u32 hits
 *   48  u32 number                16  u64 sequence
 *   52  u32 0                     24  i64 ids_window
 *   56  u64 before_end            32  i64 accepted_ms
 *   64  records                   40  i32 day
 *                                 44  u32 length of the site's name
 *                                 48  site, payload
 *
 * All numbers are little-endian.  before_end is how much of the segment
 * before this one counts: what a failed write may have left behind it does
 * not.  The salt is the writer and the number, so that a record is only sound
 * where it was written, and no visitor can bring one along. */
#ifndef STORE_SEGMENT_H
#define STORE_SEGMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"
#include "store/keys.h"

enum { SEGMENT_HEADER = 64, RECORD_HEADER = 48, RECORD_MAX = 1 << 24, SEGMENT_VERSION = 3 };

struct segment_head {
	char writer[WRITER_HEX + 1];
	uint32_t number;
	uint64_t before_end;
};

/* A sealed batch, as it is to be sent to Redis. */
struct spool_record {
	struct str site, payload; /* borrowed */
	uint64_t sequence;
	int64_t ids_window;
	int64_t accepted_ms; /* wall: when the last of its hits was accepted */
	int32_t day;
	uint32_t hits; /* views it holds */
};

void segment_head_write(struct buf *out, const struct segment_head *head);
/* -1 when it is damaged, or of another version. */
int segment_head_read(struct str bytes, struct segment_head *ret_head) __attribute__((warn_unused_result));

/* Whether a record of that size may be written at all: RECORD_MAX. */
size_t record_size(const struct spool_record *r);
bool record_fits(const struct spool_record *r);
void record_write(struct buf *out, const struct segment_head *head, uint64_t offset, const struct spool_record *r);

/* The size that the record says to have whose first RECORD_HEADER bytes these
 * are: nothing is checked yet. */
size_t record_claimed_size(const char *header);

/* The record at the offset, whose bytes these and more are; it borrows from
 * them.  Returns its size, or 0 when there is no whole and sound one. */
size_t record_read(const struct segment_head *head, uint64_t offset, struct str bytes, struct spool_record *ret_record);

enum segment_state {
	SEGMENT_SOUND,
	SEGMENT_TORN, /* the writer died in the middle of the last write */
	SEGMENT_DAMAGED
};

struct segment_findings {
	enum segment_state state;
	const char *reason; /* of damage */
	uint64_t end; /* up to here its records are sound and count; 0: not even the header */
	uint64_t torn; /* bytes of the torn tail */
	size_t records;
	uint64_t hits;
	int64_t oldest_ms; /* accepted_ms; INT64_MAX without a record */
};

enum { SEGMENT_END_UNKNOWN = -1 };

struct segment_place {
	const char *writer;
	uint32_t number; /* as the names of the folder and the file have them */
	bool is_last;
	int64_t end; /* before_end of the segment behind it, or SEGMENT_END_UNKNOWN */
};

/* Read a whole segment through, and say how it is. */
void segment_check(struct str bytes, const struct segment_place *place, struct segment_findings *ret_findings);

#endif
