/* segment.c - numbers are put together byte by byte, so that the layout is the
 * same on every machine.  A reader trusts no length before it fits. */
#include "store/segment.h"

#include <string.h>

#include "base/crc32c.h"

enum {
	MAGIC = 8,
	HEAD_VERSION = 8,
	HEAD_CRC = 12,
	HEAD_WRITER = 16,
	HEAD_NUMBER = 48,
	HEAD_ZERO = 52,
	HEAD_BEFORE_END = 56
};
enum {
	RECORD_MAGIC = 4,
	AT_CRC = 4,
	AT_LENGTH = 8,
	AT_HITS = 12,
	AT_SEQUENCE = 16,
	AT_IDS_WINDOW = 24,
	AT_ACCEPTED = 32,
	AT_DAY = 40,
	AT_SITE = 44
};

static const char magic[] = "TKSPOOL\n", record_magic[] = "TKr\n";

static void
put(char *to, uint64_t v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		to[i] = (char)(v >> 8 * i & 0xff);
}

static uint64_t
get(const char *from, size_t n)
{
	uint64_t v = 0;

	while (n-- > 0)
		v = v << 8 | (unsigned char)from[n];
	return v;
}

static uint32_t
head_crc(const char *p)
{
	return crc32c(crc32c(0, p, HEAD_CRC), p + HEAD_WRITER, SEGMENT_HEADER - HEAD_WRITER);
}

void
segment_head_write(struct buf *out, const struct segment_head *head)
{
	char *p = buf_reserve(out, SEGMENT_HEADER);

	memcpy(p, magic, MAGIC);
	put(p + HEAD_VERSION, SEGMENT_VERSION, 4);
	memcpy(p + HEAD_WRITER, head->writer, WRITER_HEX);
	put(p + HEAD_NUMBER, head->number, 4);
	put(p + HEAD_ZERO, 0, 4);
	put(p + HEAD_BEFORE_END, head->before_end, 8);
	put(p + HEAD_CRC, head_crc(p), 4);
	out->n += SEGMENT_HEADER;
}

int
segment_head_read(struct str bytes, struct segment_head *ret_head)
{
	const char *p = bytes.p;

	if (bytes.n < SEGMENT_HEADER || memcmp(p, magic, MAGIC) != 0 || get(p + HEAD_CRC, 4) != head_crc(p) ||
	    get(p + HEAD_VERSION, 4) != SEGMENT_VERSION)
		return -1;
	memcpy(ret_head->writer, p + HEAD_WRITER, WRITER_HEX);
	ret_head->writer[WRITER_HEX] = '\0';
	ret_head->number = (uint32_t)get(p + HEAD_NUMBER, 4);
	ret_head->before_end = get(p + HEAD_BEFORE_END, 8);
	return 0;
}

static uint32_t
record_crc(const struct segment_head *head, uint64_t offset, const char *p, size_t n)
{
	char where[12];
	uint32_t crc = crc32c(0, head->writer, WRITER_HEX);

	put(where, head->number, 4);
	put(where + 4, offset, 8);
	crc = crc32c(crc, where, sizeof(where));
	return crc32c(crc, p + AT_LENGTH, n - AT_LENGTH);
}

size_t
record_size(const struct spool_record *r)
{
	return RECORD_HEADER + r->site.n + r->payload.n;
}

bool
record_fits(const struct spool_record *r)
{
	return r->site.n <= RECORD_MAX && r->payload.n <= RECORD_MAX && record_size(r) <= RECORD_MAX;
}

void
record_write(struct buf *out, const struct segment_head *head, uint64_t offset, const struct spool_record *r)
{
	size_t n = record_size(r);
	char *p = buf_reserve(out, n);

	memcpy(p, record_magic, RECORD_MAGIC);
	put(p + AT_LENGTH, n, 4);
	put(p + AT_HITS, r->hits, 4);
	put(p + AT_SEQUENCE, r->sequence, 8);
	put(p + AT_IDS_WINDOW, (uint64_t)r->ids_window, 8);
	put(p + AT_ACCEPTED, (uint64_t)r->accepted_ms, 8);
	put(p + AT_DAY, (uint32_t)r->day, 4);
	put(p + AT_SITE, r->site.n, 4);
	if (r->site.n > 0)
		memcpy(p + RECORD_HEADER, r->site.p, r->site.n);
	if (r->payload.n > 0)
		memcpy(p + RECORD_HEADER + r->site.n, r->payload.p, r->payload.n);
	put(p + AT_CRC, record_crc(head, offset, p, n), 4);
	out->n += n;
}

size_t
record_claimed_size(const char *header)
{
	return get(header + AT_LENGTH, 4);
}

size_t
record_read(const struct segment_head *head, uint64_t offset, struct str bytes, struct spool_record *ret_record)
{
	const char *p = bytes.p;
	size_t n, site;

	if (bytes.n < RECORD_HEADER || memcmp(p, record_magic, RECORD_MAGIC) != 0)
		return 0;
	n = get(p + AT_LENGTH, 4);
	site = get(p + AT_SITE, 4);
	if (n < RECORD_HEADER || n > bytes.n || n > RECORD_MAX || site > n - RECORD_HEADER ||
	    get(p + AT_CRC, 4) != record_crc(head, offset, p, n))
		return 0;
	*ret_record = (struct spool_record){
		.site = { p + RECORD_HEADER, site },
		.payload = { p + RECORD_HEADER + site, n - RECORD_HEADER - site },
		.sequence = get(p + AT_SEQUENCE, 8),
		.ids_window = (int64_t)get(p + AT_IDS_WINDOW, 8),
		.accepted_ms = (int64_t)get(p + AT_ACCEPTED, 8),
		.day = (int32_t)get(p + AT_DAY, 4),
		.hits = (uint32_t)get(p + AT_HITS, 4),
	};
	return n;
}

/* What a power cut leaves of a file whose length was written before its bytes. */
static bool
all_zero(struct str bytes)
{
	for (size_t i = 0; i < bytes.n; i++) {
		if (bytes.p[i] != '\0')
			return false;
	}
	return true;
}

static void
damaged(struct segment_findings *f, const char *reason)
{
	f->state = SEGMENT_DAMAGED;
	f->reason = reason;
}

static void
torn(struct segment_findings *f, uint64_t bytes)
{
	f->state = SEGMENT_TORN;
	f->torn = bytes;
}

/* The records begin to fail at f->end.  A writer that died while it wrote
 * leaves nothing sound behind that; bytes gone bad do. */
static void
judge_tail(struct str bytes, const struct segment_head *head, struct segment_findings *f)
{
	struct spool_record r;

	for (uint64_t at = f->end + 1; at + RECORD_HEADER <= bytes.n; at++) {
		const char *next = memchr(bytes.p + at, record_magic[0], bytes.n - at);

		if (next == NULL)
			break;
		at = (uint64_t)(next - bytes.p);
		if (record_read(head, at, (struct str){ next, bytes.n - at }, &r) > 0) {
			damaged(f, "a damaged record before sound ones");
			return;
		}
	}
	torn(f, bytes.n - f->end);
}

static void
walk_records(struct str bytes, const struct segment_head *head, uint64_t end, struct segment_findings *f)
{
	f->end = SEGMENT_HEADER;
	while (f->end < end) {
		struct spool_record r;
		size_t n = record_read(head, f->end, (struct str){ bytes.p + f->end, end - f->end }, &r);

		if (n == 0)
			return;
		f->end += n;
		f->records++;
		f->hits += r.hits;
		if (r.accepted_ms < f->oldest_ms)
			f->oldest_ms = r.accepted_ms;
	}
}

void
segment_check(struct str bytes, const struct segment_place *place, struct segment_findings *ret_findings)
{
	struct segment_findings *f = ret_findings;
	struct segment_head head;
	uint64_t end = place->end != SEGMENT_END_UNKNOWN ? (uint64_t)place->end : bytes.n;

	*f = (struct segment_findings){ .state = SEGMENT_SOUND, .oldest_ms = INT64_MAX };
	if (end == 0 && place->end != SEGMENT_END_UNKNOWN)
		return; /* its first write failed */
	if (place->is_last && (bytes.n < SEGMENT_HEADER || all_zero(bytes))) {
		torn(f, bytes.n);
		return;
	}
	if (segment_head_read(bytes, &head) != 0) {
		damaged(f, "an unreadable header");
		return;
	}
	if (memcmp(head.writer, place->writer, WRITER_HEX) != 0 || head.number != place->number) {
		damaged(f, "the header of another segment");
		return;
	}
	walk_records(bytes, &head, end < bytes.n ? end : bytes.n, f);
	if (f->end == end)
		return;
	if (place->is_last)
		judge_tail(bytes, &head, f);
	else if (f->end == bytes.n)
		damaged(f, "its end is missing");
	else
		damaged(f, "a damaged record");
}
