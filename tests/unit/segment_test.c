/* segment_test.c - what was written is read back, and nothing else ever is:
 * with every byte cut off, and with every bit of every byte turned. */
#include "store/segment.h"

#include "cases.h"

static const char writer[] = "00112233445566778899aabbccddeeff";
enum { NRECORDS = 5 };

static struct spool_record
record_of(uint64_t sequence)
{
	static const char text[] = "all that a batch of hits may hold";

	return (struct spool_record){
		.site = STR("myloc"),
		.payload = { text, sequence * 7 % sizeof(text) },
		.sequence = sequence,
		.ids_window = -3 + (int64_t)sequence,
		.accepted_ms = 1700000000000 - (int64_t)sequence,
		.day = -7,
		.hits = (uint32_t)sequence,
	};
}

static void
assert_record(const struct spool_record *r, uint64_t sequence)
{
	struct spool_record expected = record_of(sequence);

	assert_true(str_eq(r->site, expected.site));
	assert_int_equal(r->payload.n, expected.payload.n);
	assert_memory_equal(r->payload.p, expected.payload.p, expected.payload.n);
	assert_int_equal(r->sequence, sequence);
	assert_int_equal(r->ids_window, expected.ids_window);
	assert_int_equal(r->accepted_ms, expected.accepted_ms);
	assert_int_equal(r->day, expected.day);
	assert_int_equal(r->hits, expected.hits);
}

static struct buf
written(uint64_t ends[NRECORDS + 1])
{
	struct segment_head head = { .number = 3, .before_end = 70 };
	struct buf b = { NULL, 0, 0 };

	memcpy(head.writer, writer, sizeof(head.writer));
	segment_head_write(&b, &head);
	ends[0] = b.n;
	for (uint64_t i = 1; i <= NRECORDS; i++) {
		struct spool_record r = record_of(i);
		record_write(&b, &head, b.n, &r);
		ends[i] = b.n;
	}
	return b;
}

/* All that is said to be sound is what was written, from the first on. */
static void
assert_sound_until(struct str bytes, const struct segment_findings *f, size_t records)
{
	struct segment_head head;
	uint64_t at = SEGMENT_HEADER;

	assert_int_equal(f->records, records);
	if (f->end == 0)
		return;
	assert_int_equal(segment_head_read(bytes, &head), 0);
	for (uint64_t i = 1; i <= records; i++) {
		struct spool_record r;
		size_t n = record_read(&head, at, (struct str){ bytes.p + at, f->end - at }, &r);
		assert_true(n > 0);
		assert_record(&r, i);
		at += n;
	}
	assert_int_equal(at, f->end);
}

static void
what_was_written_is_read_back(void **state)
{
	uint64_t ends[NRECORDS + 1];
	struct buf b = written(ends);
	struct segment_place place = { writer, 3, true, SEGMENT_END_UNKNOWN };
	struct segment_findings f;
	struct segment_head head;

	(void)state;
	segment_check(buf_view(&b), &place, &f);
	assert_int_equal(f.state, SEGMENT_SOUND);
	assert_int_equal(f.hits, 15);
	assert_int_equal(f.oldest_ms, 1700000000000 - 5);
	assert_int_equal(f.end, b.n);
	assert_sound_until(buf_view(&b), &f, NRECORDS);
	assert_int_equal(segment_head_read(buf_view(&b), &head), 0);
	assert_string_equal(head.writer, writer);
	assert_int_equal(head.number, 3);
	assert_int_equal(head.before_end, 70);
	buf_fini(&b);
}

static void
only_what_the_next_segment_lets_count_does(void **state)
{
	uint64_t ends[NRECORDS + 1];
	struct buf b = written(ends);
	struct segment_findings f;

	(void)state;
	for (size_t i = 0; i <= NRECORDS; i++) {
		struct segment_place place = { writer, 3, false, (int64_t)ends[i] };
		for (size_t cut = 0; cut < 3; cut++) {
			segment_check((struct str){ b.p, ends[i] + (cut < b.n - ends[i] ? cut : 0) }, &place, &f);
			assert_int_equal(f.state, SEGMENT_SOUND);
			assert_int_equal(f.records, i);
		}
	}
	segment_check(buf_view(&b), &(struct segment_place){ writer, 3, false, 0 }, &f);
	assert_int_equal(f.state, SEGMENT_SOUND);
	assert_int_equal(f.records, 0);
	segment_check(buf_view(&b), &(struct segment_place){ writer, 3, false, (int64_t)b.n + 1 }, &f);
	assert_int_equal(f.state, SEGMENT_DAMAGED);
	assert_int_equal(f.records, NRECORDS);
	buf_fini(&b);
}

static void
a_tail_torn_anywhere_is_found(void **state)
{
	uint64_t ends[NRECORDS + 1];
	struct buf b = written(ends);
	size_t whole = 0;

	(void)state;
	for (size_t n = 0; n < b.n; n++) {
		struct segment_findings f;
		char *exact = malloc(n + 1); /* so that a sanitizer sees the end */
		struct str bytes = { exact, n };
		bool boundary;

		assert_non_null(exact);
		memcpy(exact, b.p, n);
		while (whole < NRECORDS && ends[whole + 1] <= n)
			whole++;
		boundary = n >= SEGMENT_HEADER && n == ends[whole];
		segment_check(bytes, &(struct segment_place){ writer, 3, true, SEGMENT_END_UNKNOWN }, &f);
		assert_int_equal(f.state, boundary ? SEGMENT_SOUND : SEGMENT_TORN);
		assert_sound_until(bytes, &f, whole);
		assert_int_equal(f.torn, boundary ? 0 : n - f.end);
		segment_check(bytes, &(struct segment_place){ writer, 3, false, (int64_t)b.n }, &f);
		assert_int_equal(f.state, SEGMENT_DAMAGED);
		assert_sound_until(bytes, &f, whole);
		free(exact);
	}
	buf_fini(&b);
}

static void
a_turned_bit_anywhere_is_found(void **state)
{
	uint64_t ends[NRECORDS + 1];
	struct buf b = written(ends);

	(void)state;
	for (size_t bit = 0; bit < b.n * 8; bit++) {
		struct segment_findings f;
		size_t at = bit / 8, whole = 0;

		while (at >= SEGMENT_HEADER && ends[whole + 1] <= at)
			whole++;
		b.p[at] = (char)(b.p[at] ^ 1 << bit % 8);
		segment_check(buf_view(&b), &(struct segment_place){ writer, 3, true, SEGMENT_END_UNKNOWN }, &f);
		/* Before sound records it is damage; in the last one it cannot be
		 * told from a write that was cut short. */
		assert_int_equal(f.state, at < ends[NRECORDS - 1] ? SEGMENT_DAMAGED : SEGMENT_TORN);
		assert_sound_until(buf_view(&b), &f, whole);
		segment_check(buf_view(&b), &(struct segment_place){ writer, 3, false, (int64_t)b.n }, &f);
		assert_int_equal(f.state, SEGMENT_DAMAGED);
		assert_sound_until(buf_view(&b), &f, whole);
		b.p[at] = (char)(b.p[at] ^ 1 << bit % 8);
	}
	buf_fini(&b);
}

static void
a_segment_is_only_sound_in_its_place(void **state)
{
	uint64_t ends[NRECORDS + 1];
	struct buf b = written(ends);
	struct segment_head head = { .number = 3 };
	struct segment_findings f;
	struct spool_record r;
	struct str first = { b.p + ends[0], b.n - ends[0] };

	(void)state;
	segment_check(buf_view(&b), &(struct segment_place){ writer, 4, true, SEGMENT_END_UNKNOWN }, &f);
	assert_int_equal(f.state, SEGMENT_DAMAGED);
	segment_check(buf_view(&b),
	    &(struct segment_place){ "ff112233445566778899aabbccddeeff", 3, true, SEGMENT_END_UNKNOWN }, &f);
	assert_int_equal(f.state, SEGMENT_DAMAGED);

	memcpy(head.writer, writer, sizeof(head.writer));
	assert_int_equal(record_read(&head, ends[0], first, &r), ends[1] - ends[0]);
	assert_int_equal(record_read(&head, ends[0] + 1, first, &r), 0);
	head.number = 4;
	assert_int_equal(record_read(&head, ends[0], first, &r), 0);
	head.number = 3;
	head.writer[0] = 'f';
	assert_int_equal(record_read(&head, ends[0], first, &r), 0);
	buf_fini(&b);
}

static void
zeros_are_a_torn_tail(void **state)
{
	static const char zeros[4096];
	uint64_t ends[NRECORDS + 1];
	struct buf b = written(ends);
	struct segment_place place = { writer, 3, true, SEGMENT_END_UNKNOWN };
	struct segment_findings f;

	(void)state;
	segment_check((struct str){ zeros, sizeof(zeros) }, &place, &f);
	assert_int_equal(f.state, SEGMENT_TORN);
	assert_int_equal(f.end, 0);
	assert_int_equal(f.torn, sizeof(zeros));
	buf_add(&b, zeros, sizeof(zeros));
	segment_check(buf_view(&b), &place, &f);
	assert_int_equal(f.state, SEGMENT_TORN);
	assert_sound_until(buf_view(&b), &f, NRECORDS);
	buf_fini(&b);
}

static void
a_record_may_be_too_large(void **state)
{
	struct spool_record r = record_of(1);

	(void)state;
	assert_true(record_fits(&r));
	r.payload.n = RECORD_MAX - RECORD_HEADER - r.site.n;
	assert_true(record_fits(&r));
	r.payload.n++;
	assert_false(record_fits(&r));
	r.payload.n = SIZE_MAX;
	assert_false(record_fits(&r));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_written_is_read_back),
		cmocka_unit_test(only_what_the_next_segment_lets_count_does),
		cmocka_unit_test(a_tail_torn_anywhere_is_found),
		cmocka_unit_test(a_turned_bit_anywhere_is_found),
		cmocka_unit_test(a_segment_is_only_sound_in_its_place),
		cmocka_unit_test(zeros_are_a_torn_tail),
		cmocka_unit_test(a_record_may_be_too_large),
	};

	return cmocka_run_group_tests_name("segment", tests, NULL, NULL);
}
