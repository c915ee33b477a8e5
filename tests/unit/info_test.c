/* info_test.c - fields of INFO, and what is none. */
#include "store/info.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/mem.h"

static const struct str nothing = { NULL, 0 };

static void
fields(void **state)
{
	const struct str info = STR("# Server\r\nredis_version:7.0.15\r\n\r\n# Memory\nmaxmemory_policy:noeviction\r\n"
				    "maxmemory:0\nempty:\r\nmaxmemory:1\r\nlast:a:b");

	(void)state;
	assert_true(str_eq(info_field(info, "redis_version"), STR("7.0.15")));
	assert_true(str_eq(info_field(info, "maxmemory"), STR("0"))); /* not maxmemory_policy, nor the second */
	assert_true(str_eq(info_field(info, "last"), STR("a:b")));
	assert_non_null(info_field(info, "empty").p);
	assert_null(info_field(info, "version").p);
	assert_null(info_field(info, "# Server").p);
	assert_null(info_field(nothing, "redis_version").p);
	assert_true(info_is(info, "maxmemory", "0"));
	assert_false(info_is(info, "maxmemory", "1"));
	assert_false(info_is(info, "version", ""));
}

static void
versions(void **state)
{
	static const struct {
		const char *info;
		int64_t major; /* -1: it is not told */
	} rows[] = {
		{ "redis_version:7.0.15\r\n", 7 },
		{ "redis_version:6.2.14\n", 6 },
		{ "redis_version:255.255.255\n", 255 },
		{ "redis_version:8\n", 8 },
		{ "redis_version:x\n", -1 },
		{ "redis_version:\n", -1 },
		{ "", -1 },
	};

	(void)state;
	for (size_t i = 0; i < NITEMS(rows); i++) {
		uint64_t major = 99;
		int failed = info_version(str_of(rows[i].info), &major);

		assert_int_equal(failed == 0 ? (int64_t)major : -1, rows[i].major);
		assert_true(failed == 0 || major == 99);
	}
	assert_int_equal(info_version(nothing, &(uint64_t){ 0 }), -1);
}

static void
memory(void **state)
{
	(void)state;
	assert_false(info_may_evict(STR("maxmemory_policy:noeviction\r\n")));
	assert_true(info_may_evict(STR("maxmemory_policy:volatile-ttl\r\n")));
	assert_true(info_may_evict(nothing));
	assert_false(info_is_limited(STR("maxmemory:0\r\n")));
	assert_true(info_is_limited(STR("maxmemory:1000\r\n")));
	assert_true(info_is_limited(nothing));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields),
		cmocka_unit_test(versions),
		cmocka_unit_test(memory),
	};

	return cmocka_run_group_tests_name("info", tests, NULL, NULL);
}
