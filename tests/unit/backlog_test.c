/* backlog_test.c - what is left of a spool when the markers are known. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "cli/backlog.h"
#include "store/segment.h"

static const struct backlog_writer a = { "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", BACKLOG_LEFT };
static const struct backlog_writer b = { "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb", BACKLOG_HELD };

static void
add(struct backlog *backlog, const struct backlog_writer *writer, const char *site, uint64_t sequence)
{
	backlog_add(backlog, writer,
	    &(struct spool_record){ .site = str_of(site), .sequence = sequence, .hits = (uint32_t)sequence * 10 });
}

static void
assert_sum(const struct backlog_item *item, uint64_t batches, uint64_t hits)
{
	struct backlog_sum sum = backlog_sum(item);

	assert_int_equal(sum.batches, batches);
	assert_int_equal(sum.hits, hits);
}

static void
items_by_writer_and_site(void **state)
{
	static const char *const sites[] = { "x", "xy", "a", "xyz", "b", "x", "a" };
	static const char *const sorted[] = { "a", "b", "x", "xy", "xyz" };
	struct backlog backlog = { 0 };

	(void)state;
	for (size_t i = 0; i < NITEMS(sites); i++) {
		add(&backlog, &b, sites[i], i + 1);
		add(&backlog, &a, sites[i], i + 1);
	}
	assert_int_equal(backlog.n, 2 * NITEMS(sorted));
	for (size_t i = 0; i < backlog.n; i++) {
		const struct backlog_writer *writer = i < NITEMS(sorted) ? &b : &a;

		assert_string_equal(backlog.items[i].writer, writer->id);
		assert_int_equal(backlog.items[i].state, writer->state);
		assert_string_equal(backlog.items[i].site, sorted[i % NITEMS(sorted)]);
	}
	assert_sum(&backlog.items[0], 2, 30 + 70);
	assert_sum(&backlog.items[1], 1, 50);
	assert_sum(&backlog.items[2], 2, 10 + 60);
	backlog_fini(&backlog);
	assert_int_equal(backlog.n, 0);
}

static void
what_is_applied_is_forgotten(void **state)
{
	static const uint64_t sequences[] = { 5, 3, 4, 5, 3, 9 }; /* some were written twice */
	struct backlog backlog = { 0 };
	struct backlog_item *item;

	(void)state;
	for (size_t i = 0; i < NITEMS(sequences); i++)
		add(&backlog, &b, "x", sequences[i]);
	item = backlog.items;
	backlog_applied(item, 0);
	assert_sum(item, 4, 30 + 40 + 50 + 90);
	backlog_applied(item, 0);
	assert_sum(item, 4, 30 + 40 + 50 + 90);
	backlog_applied(item, 4);
	assert_sum(item, 2, 50 + 90);
	backlog_applied(item, 3); /* a marker that has gone back brings nothing back */
	assert_sum(item, 2, 50 + 90);
	assert_true(backlog_is_held(&backlog));
	backlog_applied(item, UINT64_MAX);
	assert_sum(item, 0, 0);
	assert_false(backlog_is_held(&backlog));
	backlog_applied(item, 1);
	assert_sum(item, 0, 0);
	backlog_fini(&backlog);
}

static void
held_is_what_somebody_living_has(void **state)
{
	struct backlog backlog = { 0 };

	(void)state;
	assert_false(backlog_is_held(&backlog));
	add(&backlog, &a, "x", 1);
	assert_false(backlog_is_held(&backlog));
	add(&backlog, &b, "x", 1);
	assert_true(backlog_is_held(&backlog));
	backlog_fini(&backlog);
}

static void
what_was_refused_stands_alone(void **state)
{
	const struct backlog_writer refused = { a.id, BACKLOG_REFUSED };
	struct backlog backlog = { 0 };

	(void)state;
	add(&backlog, &refused, "x", 3);
	add(&backlog, &a, "x", 4);
	assert_int_equal(backlog.n, 2);
	assert_int_equal(backlog.items[0].state, BACKLOG_LEFT);
	assert_sum(&backlog.items[0], 1, 40);
	assert_int_equal(backlog.items[1].state, BACKLOG_REFUSED);
	assert_sum(&backlog.items[1], 1, 30);
	backlog_fini(&backlog);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(items_by_writer_and_site),
		cmocka_unit_test(what_is_applied_is_forgotten),
		cmocka_unit_test(held_is_what_somebody_living_has),
		cmocka_unit_test(what_was_refused_stands_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
