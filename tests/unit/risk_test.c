/* risk_test.c - what is judged of a Redis that keeps everything, and of each
 * way of not doing so. */
#include "store/risk.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"

/* As Redis 7.0.15 wrote it, some lines left out. */
#define SERVER "# Server\r\nredis_version:7.0.15\r\nredis_mode:standalone\r\nuptime_in_seconds:1\r\n\r\n"
#define MEMORY                                                                                                         \
	"# Memory\r\nused_memory:917232\r\nmaxmemory:0\r\nmaxmemory_human:0B\r\nmaxmemory_policy:noeviction\r\n\r\n"
#define FILE_ON                                                                                                        \
	"# Persistence\r\nloading:0\r\nrdb_last_bgsave_status:ok\r\naof_enabled:1\r\n"                                 \
	"aof_last_write_status:ok\r\naof_current_size:89\r\n\r\n"
#define FILE_OFF "# Persistence\r\nloading:0\r\nrdb_last_bgsave_status:ok\r\naof_enabled:0\r\n\r\n"
#define ALONE "# Replication\r\nrole:master\r\nconnected_slaves:0\r\nmaster_failover_state:no-failover\r\n"
#define GOOD SERVER MEMORY FILE_ON ALONE

#define EVICTS "# Memory\r\nused_memory:917232\r\nmaxmemory:104857600\r\nmaxmemory_policy:allkeys-lru\r\n\r\n"
#define WOULD_EVICT "# Memory\r\nused_memory:917232\r\nmaxmemory:0\r\nmaxmemory_policy:allkeys-lru\r\n\r\n"
#define HAS_REPLICA                                                                                                    \
	"# Replication\r\nrole:master\r\nconnected_slaves:1\r\n"                                                       \
	"slave0:ip=127.0.0.1,port=7002,state=online,offset=14,lag=0\r\n"
#define IS_REPLICA                                                                                                     \
	"# Replication\r\nrole:slave\r\nmaster_host:127.0.0.1\r\nmaster_link_status:up\r\nconnected_slaves:0\r\n"

#define FSYNC(when) "appendfsync:" when "\nno-appendfsync-on-rewrite:no\n"
#define ALWAYS FSYNC("always")

/* The names of what is judged, " " between. */
static void
expect(struct str info, struct str config, const char *expected)
{
	uint32_t set = risks_judge(info, config);
	struct buf names = { 0 };

	for (int i = 0; i < RISK_COUNT; i++) {
		if ((set >> i & 1) != 0)
			buf_printf(&names, "%s%s", names.n > 0 ? " " : "", risk_name((enum risk)i));
	}
	buf_putc(&names, '\0');
	assert_string_equal(names.p, expected);
	assert_int_equal(set >> RISK_COUNT, 0);
	buf_fini(&names);
}

static void
every_risk(void **state)
{
	static const struct {
		const char *info, *config, *expected;
	} rows[] = {
		{ GOOD, ALWAYS, "" },
		{ GOOD, "appendfsync:always\n", "" },
		{ "redis_version:8.0.1\r\n" MEMORY FILE_ON ALONE, ALWAYS, "" },
		{ "redis_version:6.2.14\r\n" MEMORY FILE_ON ALONE, ALWAYS, "old_version" },
		{ SERVER MEMORY FILE_OFF ALONE, ALWAYS, "no_appendonly" },
		{ SERVER MEMORY FILE_OFF ALONE, FSYNC("everysec"), "no_appendonly" },
		{ GOOD, FSYNC("everysec"), "everysec" },
		{ GOOD, FSYNC("no"), "no_fsync" },
		{ GOOD, "no-appendfsync-on-rewrite:yes\nappendfsync:always\n", "no_fsync_on_rewrite" },
		{ GOOD, "no-appendfsync-on-rewrite:yes\nappendfsync:everysec\n", "everysec" },
		{ SERVER EVICTS FILE_ON ALONE, ALWAYS, "eviction" },
		{ SERVER WOULD_EVICT FILE_ON ALONE, ALWAYS, "" },
		{ SERVER MEMORY FILE_ON HAS_REPLICA, ALWAYS, "replication" },
		{ SERVER MEMORY FILE_ON IS_REPLICA, ALWAYS, "replication" },
		{ SERVER EVICTS FILE_ON HAS_REPLICA, FSYNC("everysec"), "everysec eviction replication" },
	};

	(void)state;
	for (size_t i = 0; i < NITEMS(rows); i++)
		expect(str_of(rows[i].info), str_of(rows[i].config), rows[i].expected);
}

/* What is not told is not taken for good, nor for bad. */
static void
not_told(void **state)
{
	const struct str nothing = { NULL, 0 };

	(void)state;
	expect(nothing, nothing, "info_not_told appendfsync_not_told");
	expect(nothing, STR(FSYNC("everysec")), "info_not_told");
	expect(STR(GOOD), nothing, "appendfsync_not_told");
	expect(STR(SERVER MEMORY FILE_OFF ALONE), nothing, "no_appendonly"); /* it does not matter then */
	expect(STR(MEMORY FILE_ON ALONE), STR(ALWAYS), "info_not_told");
	expect(STR(SERVER FILE_ON ALONE), STR(ALWAYS), "info_not_told");
	expect(STR(SERVER MEMORY ALONE), STR(ALWAYS), "info_not_told");
	expect(STR(SERVER MEMORY FILE_ON), STR(ALWAYS), "info_not_told");
	expect(STR("redis_version:unstable\r\n" MEMORY FILE_ON ALONE), STR(ALWAYS), "info_not_told");
}

static void
expect_text(uint32_t set, const char *expected)
{
	struct buf text = { 0 };

	risks_tell(set, &text);
	buf_putc(&text, '\0');
	assert_string_equal(text.p, expected);
	buf_fini(&text);
}

static void
texts(void **state)
{
	(void)state;
	expect_text(0, "appendonly, appendfsync always: nothing acknowledged is lost by a process or power");
	expect_text(1U << RISK_INFO | 1U << RISK_EVICTION,
	    "not checked: Redis does not tell INFO; "
	    "maxmemory-policy is not noeviction: Redis can evict counts when its memory is full");
	for (int i = 0; i < RISK_COUNT; i++) {
		struct buf text = { 0 };

		risks_tell(1U << i, &text);
		assert_true(text.n > 20);
		assert_true(strlen(risk_name((enum risk)i)) > 0);
		buf_fini(&text);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_risk),
		cmocka_unit_test(not_told),
		cmocka_unit_test(texts),
	};

	return cmocka_run_group_tests_name("risk", tests, NULL, NULL);
}
