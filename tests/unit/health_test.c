/* health_test.c - what is said of a Redis in good health, and of each way of
 * not being so. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "cli/findings.h"
#include "cli/health.h"

#define GOOD_SERVER "# Server\r\nredis_version:7.0.15\r\n"
#define GOOD_MEMORY "used_memory:1048577\r\nmaxmemory:0\r\nmaxmemory_policy:noeviction\r\n"
#define GOOD_FILE "aof_enabled:1\r\naof_last_bgrewrite_status:ok\r\naof_last_write_status:ok\r\n"
#define GOOD_INFO GOOD_SERVER GOOD_MEMORY GOOD_FILE "rdb_last_bgsave_status:ok\r\n"

static struct health
good(void)
{
	return (struct health){ STR(GOOD_INFO), STR("always"), true, STR("default"), STR(""), STR("") };
}

/* What is found is "level check" for each that is not ok, then all of the last
 * one of these, message and remedy. */
static void
expect(struct health h, const char *expected)
{
	struct findings f = { .language = ENGLISH };
	struct buf said = { 0 }, last = { 0 };

	health_judge(&h, &f);
	for (size_t i = 0; i < f.n; i++) {
		const struct finding *item = &f.items[i];

		assert_true(item->message.n > 0);
		assert_int_equal(item->remedy.n > 0, item->level != LEVEL_OK);
		if (item->level == LEVEL_OK)
			continue;
		buf_printf(&said, "%s %s\n", level_names[item->level], item->check);
		buf_clear(&last);
		buf_printf(
		    &last, "%.*s → %.*s", (int)item->message.n, item->message.p, (int)item->remedy.n, item->remedy.p);
	}
	buf_str(&said, buf_view(&last));
	buf_putc(&said, '\0');
	if (strncmp(said.p, expected, strlen(expected)) != 0 || (expected[0] == '\0' && said.n > 1))
		fail_msg("got:\n%s\nexpected:\n%s", said.p, expected);
	assert_int_equal(f.count[LEVEL_OK] + f.count[LEVEL_WARNING] + f.count[LEVEL_ERROR], f.n);
	findings_fini(&f);
	buf_fini(&said);
	buf_fini(&last);
}

static void
good_health(void **state)
{
	(void)state;
	expect(good(), "");
}

static void
one_thing_in_info(void **state)
{
	static const struct {
		const char *info, *expected;
	} rows[] = {
		{ "redis_version:6.2.14\r\n" GOOD_MEMORY GOOD_FILE, "error version\nRedis 6.2.14 is too old" },
		{ "redis_version:8.0.1\r\n" GOOD_MEMORY GOOD_FILE, "" },
		{ "redis_version:255.255.255\n" GOOD_MEMORY GOOD_FILE, "" },
		{ "redis_version:x\n" GOOD_MEMORY GOOD_FILE, "warning version\nnot checked" },
		{ GOOD_SERVER GOOD_FILE "used_memory:1\r\nmaxmemory:0\r\nmaxmemory_policy:allkeys-lru\r\n",
		    "warning maxmemory-policy\nallkeys-lru: Redis would delete figures if maxmemory were set" },
		{ GOOD_SERVER GOOD_FILE "used_memory:1\r\nmaxmemory:1000\r\nmaxmemory_policy:volatile-ttl\r\n",
		    "error maxmemory-policy\nvolatile-ttl: Redis deletes figures when its memory is full" },
		{ GOOD_SERVER GOOD_FILE "used_memory:1\r\nmaxmemory_policy:allkeys-lru\r\n", /* it may be limited */
		    "error maxmemory-policy\nwarning memory\n" },
		{ GOOD_SERVER GOOD_FILE
		    "used_memory:79000000\r\nmaxmemory:100000000\r\nmaxmemory_policy:noeviction\r\n",
		    "" },
		{ GOOD_SERVER GOOD_FILE
		    "used_memory:80000000\r\nmaxmemory:100000000\r\nmaxmemory_policy:noeviction\r\n",
		    "warning memory\n77 MB of 95 MB: when it is full, hits wait in spool_dir" },
		{ GOOD_SERVER GOOD_MEMORY "aof_enabled:0\r\naof_last_write_status:ok\r\n",
		    "error appendonly\nno: when Redis restarts" },
		{ GOOD_SERVER GOOD_MEMORY "aof_enabled:1\r\naof_last_write_status:err\r\n",
		    "error aof-write\nthe last one failed: hits wait in spool_dir, or are answered 503 where that is "
		    "empty or full → make room" },
		{ GOOD_INFO "aof_last_bgrewrite_status:err\r\n", "" }, /* the first one counts */
		{ GOOD_SERVER GOOD_MEMORY
		    "aof_enabled:1\r\naof_last_write_status:ok\r\naof_last_bgrewrite_status:err\r\n",
		    "warning aof-rewrite\nthe last one failed: the file grows" },
		{ GOOD_SERVER GOOD_MEMORY GOOD_FILE "rdb_last_bgsave_status:err\r\n",
		    "warning snapshot\nthe last one failed: Redis may refuse writes" },
		{ "",
		    "warning version\nwarning maxmemory-policy\nwarning memory\nwarning appendonly\nwarning aof-write\n"
		    "not checked: Redis does not tell → allow INFO" },
	};

	(void)state;
	for (size_t i = 0; i < NITEMS(rows); i++) {
		struct health h = good();
		h.info = str_of(rows[i].info);
		expect(h, rows[i].expected);
	}
}

static void
the_rest(void **state)
{
	const struct str absent = { NULL, 0 };
	const struct {
		struct str fsync;
		bool nightly;
		struct str user, forbidden, error;
		const char *expected;
	} rows[] = {
		{ STR("everysec"), true, STR("u"), STR(""), STR(""),
		    "warning appendfsync\neverysec: hits of up to 2 s are lost" },
		{ STR("no"), true, STR("u"), STR(""), STR(""), "warning appendfsync\nno: hits of half a minute" },
		{ absent, true, STR("u"), STR(""), STR(""),
		    "warning appendfsync\nnot checked: Redis does not tell → allow CONFIG GET" },
		{ STR("always"), false, STR("u"), STR(""), STR(""), "warning aof-rewrite\nnot each night" },
		{ STR("always"), true, STR("u"), STR("SET, ZADD"), STR(""),
		    "error rights\nuser u may not run SET, ZADD: nothing is counted, or thongke can not look at it → "
		    "allow it" },
		{ STR("always"), true, absent, absent, STR(""), "warning rights\nnot checked" },
		{ STR("always"), true, STR("u"), absent, absent, "warning rights\nwarning writes\nnot checked" },
		{ STR("always"), true, STR("u"), STR(""), STR("NOPERM no"), "warning writes\nnot checked" },
		{ STR("always"), true, STR("u"), STR(""), STR("READONLY You can't"),
		    "error writes\nrefused: READONLY You can't; hits wait in spool_dir, or are answered 503 where that "
		    "is empty or full → name the "
		    "master" },
		{ STR("always"), true, STR("u"), STR(""), STR("OOM command"),
		    "error writes\nrefused: OOM command; hits wait in spool_dir, or are answered 503 where that is "
		    "empty or full → raise maxmemory" },
		{ STR("always"), true, STR("u"), STR(""), STR("MISCONF Errors"),
		    "error writes\nrefused: MISCONF Errors; hits wait in spool_dir, or are answered 503 where that is "
		    "empty or full → make room" },
		{ STR("always"), true, STR("u"), STR(""), STR("ERR strange"),
		    "error writes\nrefused: ERR strange; hits wait in spool_dir, or are answered 503 where that is "
		    "empty or full → read Redis's log" },
	};

	(void)state;
	for (size_t i = 0; i < NITEMS(rows); i++)
		expect((struct health){ STR(GOOD_INFO), rows[i].fsync, rows[i].nightly, rows[i].user, rows[i].forbidden,
			   rows[i].error },
		    rows[i].expected);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_health),
		cmocka_unit_test(one_thing_in_info),
		cmocka_unit_test(the_rest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
