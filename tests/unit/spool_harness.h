/* spool_harness.h - a folder of its own for each spool test, records that show
 * by their bytes which they are, and everything that dead writers left. */
#ifndef UNIT_SPOOL_HARNESS_H
#define UNIT_SPOOL_HARNESS_H

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "cases.h"
#include "store/files.h"
#include "store/folder.h"
#include "store/spool.h"
#include "store/taken.h"

#define WRITER_A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define WRITER_B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"

static char spool_path[64];

static inline int
remove_one(const char *path, const struct stat *st, int what, struct FTW *ftw)
{
	(void)st;
	(void)what;
	(void)ftw;
	return remove(path);
}

static inline void
clear_spool(void)
{
	(void)nftw(spool_path, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static inline int
sync_nothing(int fd)
{
	(void)fd;
	return 0;
}

/* The parent is there, the spool's folder is not. */
static inline int
make_spool_path(void **state)
{
	static char parent[] = "/tmp/thongke-spool-XXXXXX";

	(void)state;
	log_set_level(LOG_ERROR);
	files.fdatasync = files.fsync = sync_nothing; /* no power is cut here, and thousands of them take their time */
	if (mkdtemp(parent) == NULL)
		return -1;
	(void)snprintf(spool_path, sizeof(spool_path), "%s/spool", parent);
	return 0;
}

static inline int
remove_spool_path(void **state)
{
	(void)state;
	clear_spool();
	*strrchr(spool_path, '/') = '\0';
	return rmdir(spool_path);
}

static inline int
forget_spool(void **state)
{
	(void)state;
	clear_spool();
	return 0;
}

static inline struct spool *
open_spool(const char *writer)
{
	return spool_open(&(struct spool_options){ spool_path, writer, 1 << 20, 400 });
}

static inline struct spool_record
numbered(uint64_t sequence)
{
	static const char text[] = "all that a batch of hits may hold";

	return (struct spool_record){
		.site = STR("myloc"),
		.payload = { text, sequence * 7 % sizeof(text) },
		.sequence = sequence,
		.ids_window = (int64_t)sequence + 100,
		.accepted_ms = 1700000000000 + (int64_t)sequence,
		.day = 20000,
		.hits = (uint32_t)(sequence % 5),
	};
}

static inline void
assert_numbered(const struct spool_record *r)
{
	struct spool_record expected = numbered(r->sequence);

	assert_true(str_eq(r->site, expected.site));
	assert_true(str_eq(r->payload, expected.payload));
	assert_int_equal(r->ids_window, expected.ids_window);
	assert_int_equal(r->accepted_ms, expected.accepted_ms);
	assert_int_equal(r->day, expected.day);
	assert_int_equal(r->hits, expected.hits);
}

static inline struct spool_place
append(struct spool *s, uint64_t sequence)
{
	struct spool_record r = numbered(sequence);
	struct spool_place place = { 0, 0 };

	assert_int_equal(spool_append(s, &r, &place), 0);
	return place;
}

/* Of WRITER_A: records 1 to 3, and 4 to 6. */
static inline void
leave_two_segments(void)
{
	struct spool *s = spool_open(&(struct spool_options){ spool_path, WRITER_A, 1 << 20, 250 });

	assert_non_null(s);
	for (uint64_t i = 1; i <= 6; i++) {
		struct spool_place place = append(s, i);
		assert_int_equal(place.segment, i <= 3 ? 1 : 2);
		if (i % 3 == 0)
			assert_int_equal(spool_commit(s), 0);
	}
	spool_close(s);
}

/* How often each sequence was found. */
struct found {
	uint32_t times[4096];
	size_t records;
	uint64_t last;
	bool in_order;
};

static inline void
replay(struct taken *t, struct found *f)
{
	struct spool_record r, again;
	struct spool_place place;
	struct buf bytes = { 0 };
	int got;

	while ((got = taken_next(t, &r, &place)) == 1) {
		assert_int_equal(taken_read(t, place, &bytes, &again), 0);
		assert_true(again.sequence == r.sequence && str_eq(again.payload, r.payload));
		assert_numbered(&r);
		assert_in_range(r.sequence, 1, 4095);
		f->times[r.sequence]++;
		f->records++;
		f->in_order = f->in_order && r.sequence > f->last;
		f->last = r.sequence;
	}
	buf_fini(&bytes);
	assert_int_equal(got, 0);
}

/* The first that there is whose name comes behind that one, or NULL. */
static inline struct taken *
take_first(struct spool *s, const char *after)
{
	struct files_names writers;
	struct taken *t = NULL;

	if (files_list(spool_dir(s), folder_is_writer, &writers) != 0)
		return NULL;
	for (size_t i = 0; i < writers.n && t == NULL; i++) {
		if (after == NULL || strcmp(writers.names[i], after) > 0)
			(void)!spool_take_over(s, writers.names[i], &t);
	}
	files_names_fini(&writers);
	return t;
}

/* Another process comes and replays all that dead ones have left. */
static inline void
find_all(struct found *f)
{
	struct spool *s = open_spool("0123456789abcdef0123456789abcdef");
	struct taken *t;

	*f = (struct found){ .in_order = true };
	assert_non_null(s);
	while ((t = take_first(s, NULL)) != NULL) {
		replay(t, f);
		taken_finish(t);
	}
	spool_close(s);
}

static inline bool
exists(const char *name)
{
	char path[160];

	(void)snprintf(path, sizeof(path), "%s/%s", spool_path, name);
	return access(path, F_OK) == 0;
}

#endif
