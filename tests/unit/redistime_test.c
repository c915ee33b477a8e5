/* redistime_test.c - offsets from answers to TIME, and what is none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <hiredis/hiredis.h>

#include "base/mem.h"
#include "store/redistime.h"

/* The offset that { seconds, microseconds } makes; INT64_MIN if it is none. */
static int64_t
offset_of(char *seconds, char *microseconds, int64_t trip_us, int64_t own_ms)
{
	redisReply parts[] = {
		{ .type = REDIS_REPLY_STRING, .str = seconds, .len = strlen(seconds) },
		{ .type = REDIS_REPLY_STRING, .str = microseconds, .len = strlen(microseconds) },
	};
	redisReply *elements[] = { &parts[0], &parts[1] };
	redisReply reply = { .type = REDIS_REPLY_ARRAY, .elements = NITEMS(elements), .element = elements };
	int64_t offset;

	return redistime_offset(&reply, trip_us, own_ms, &offset) == 0 ? offset : INT64_MIN;
}

static void
offsets(void **state)
{
	(void)state;
	assert_int_equal(offset_of("1000", "0", 0, 1000000), 0);
	assert_int_equal(offset_of("1000", "999999", 0, 1000000), 999);
	assert_int_equal(offset_of("1000", "0", 0, 1060000), -60000);
	assert_int_equal(offset_of("1000", "0", 20000, 1000000), 10); /* half of the trip ago */
	assert_int_equal(offset_of("1795000000", "5000", 0, INT64_C(1795000000000)), 5);
}

static void
no_answers(void **state)
{
	redisReply error = { .type = REDIS_REPLY_ERROR, .str = "NOPERM", .len = 6 };
	redisReply empty = { .type = REDIS_REPLY_ARRAY };
	int64_t offset = 7;

	(void)state;
	assert_int_equal(redistime_offset(&error, 0, 0, &offset), -1);
	assert_int_equal(redistime_offset(&empty, 0, 0, &offset), -1);
	assert_int_equal(offset, 7);
	assert_true(offset_of("x", "0", 0, 0) == INT64_MIN);
	assert_true(offset_of("-1", "0", 0, 0) == INT64_MIN);
	assert_true(offset_of("99999999999999999999", "0", 0, 0) == INT64_MIN);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(offsets),
		cmocka_unit_test(no_answers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
