/* rollcall_test.c - who is asked for, and when; the link is the test's own. */
#include "store/rollcall.h"

#include <hiredis/hiredis.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "cases.h"
#include "store/account.h"
#include "store/link.h"

enum { SOME = 200, SITES = 3, ROOM = 1 << 20 };

static struct {
	bool is_ready;
	struct buf asked; /* the last command */
	link_reply *cb; /* of the question on its way; NULL: none is */
	void *arg;
	int nasked, nended;
} wire;

static struct account accounts[SITES];
static struct account *const all[SITES + 1] = { &accounts[0], NULL, &accounts[1], &accounts[2] };
static struct rollcall *rollcall;

enum link_state
link_state(const struct link *l)
{
	(void)l;
	return wire.is_ready ? LINK_READY : LINK_DOWN;
}

void
link_send(struct link *l, struct str command, link_reply *cb, void *arg)
{
	(void)l;
	assert_null(wire.cb);
	buf_clear(&wire.asked);
	buf_str(&wire.asked, command);
	wire.cb = cb;
	wire.arg = arg;
	wire.nasked++;
}

static void
on_end(void *arg)
{
	(void)arg;
	wire.nended++;
}

static int
set_up(void **state)
{
	(void)state;
	memset(&wire, 0, sizeof(wire));
	memset(accounts, 0, sizeof(accounts));
	wire.is_ready = true;
	for (size_t i = 0; i < SITES; i++) {
		accounts[i].name = str_of(&"one\0two\0six"[4 * i]);
		accounts[i].mirror.is_known = true;
		accounts[i].mirror.last.held.present = 1;
	}
	rollcall = rollcall_new(NULL, on_end, NULL);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	for (size_t i = 0; i < SITES; i++)
		mirror_forget(&accounts[i].mirror);
	buf_fini(&wire.asked);
	rollcall_free(rollcall);
	return 0;
}

static void
tend(void)
{
	rollcall_tend(rollcall, all, NITEMS(all), ROOM);
}

static void
answer(const redisReply *reply)
{
	link_reply *cb = wire.cb;

	wire.cb = NULL;
	cb(wire.arg, reply);
}

/* So many, whose names are numbers from the first on, the first seen at that moment, each other one step earlier. */
static void
answer_with(uint64_t first, size_t n, int64_t at_ms, int64_t step)
{
	redisReply *values = xcalloc(2 * n, sizeof(*values)), **pointers = xcalloc(2 * n, sizeof(*pointers));
	char(*texts)[24] = xcalloc(2 * n, sizeof(*texts));
	redisReply array = { .type = REDIS_REPLY_ARRAY, .elements = 2 * n, .element = pointers };

	for (size_t i = 0; i < n; i++) {
		uint64_t visitor = first + i;

		memcpy(texts[2 * i], &visitor, sizeof(visitor));
		(void)snprintf(texts[2 * i + 1], sizeof(texts[0]), "%lld", (long long)(at_ms - (int64_t)i * step));
		values[2 * i] = (redisReply){ .type = REDIS_REPLY_STRING, .str = texts[2 * i], .len = sizeof(visitor) };
		values[2 * i + 1] = (redisReply){
			.type = REDIS_REPLY_STRING, .str = texts[2 * i + 1], .len = strlen(texts[2 * i + 1])
		};
	}
	for (size_t i = 0; i < 2 * n; i++)
		pointers[i] = &values[i];
	answer(&array);
	free(values);
	free(pointers);
	free(texts);
}

static void
expect_asked(const char *key, const char *until)
{
	char wanted[256];

	(void)snprintf(wanted, sizeof(wanted),
	    "*8\r\n$16\r\nZREVRANGEBYSCORE\r\n$%zu\r\n%s\r\n$%zu\r\n%s\r\n$4\r\n-inf\r\n$10\r\nWITHSCORES\r\n"
	    "$5\r\nLIMIT\r\n$1\r\n0\r\n$3\r\n200\r\n",
	    strlen(key), key, strlen(until), until);
	assert_true(str_eq(buf_view(&wire.asked), str_of(wanted)));
}

static void
all_are_told_some_at_once(void **state)
{
	(void)state;
	tend();
	expect_asked("tk:{one}:online", "+inf");
	answer_with(1, SOME, 10000, 1);
	expect_asked("tk:{one}:online", "9801");
	answer_with(SOME, SOME, 9801, 1); /* the last once more */
	expect_asked("tk:{one}:online", "9602");
	answer_with(2 * SOME - 1, 7, 9602, 1);
	assert_int_equal(wire.nasked, 3);
	assert_int_equal(wire.nended, 1);
	assert_int_equal(presence_count(&accounts[0].mirror.presence), 2 * SOME + 5);
}

static void
one_site_after_the_other(void **state)
{
	(void)state;
	tend();
	tend();
	assert_int_equal(wire.nasked, 1);
	answer_with(1, 1, 10000, 1);
	tend();
	expect_asked("tk:{two}:online", "+inf");
	answer_with(1, 1, 10000, 1);
	tend();
	expect_asked("tk:{six}:online", "+inf");
	answer_with(1, 1, 10000, 1);
	tend(); /* all of them lately */
	assert_int_equal(wire.nasked, 3);
	assert_int_equal(wire.nended, 3);
}

static void
nobody_is_asked_for_without_need(void **state)
{
	struct mirror *m = &accounts[0].mirror;

	(void)state;
	accounts[1].mirror.is_known = false;
	accounts[2].mirror.knows_all_present = true;
	m->wary = 1;
	tend();
	m->wary = 0;
	m->last.held.present = ROOM / 64 + 1;
	tend();
	m->last.held.present = ROOM / 64;
	accounts[0].rollcall_us = clock_mono_us() - 9000000;
	tend();
	accounts[0].rollcall_us = clock_mono_us() - 10000000;
	wire.is_ready = false;
	tend();
	assert_int_equal(wire.nasked, 0);
	wire.is_ready = true;
	tend();
	assert_int_equal(wire.nasked, 1);
	answer(NULL);
}

static void
behind_so_many_of_one_moment_nobody_is_asked_for(void **state)
{
	(void)state;
	tend();
	answer_with(1, SOME, 10000, 0);
	assert_int_equal(wire.nasked, 1);
	assert_int_equal(wire.nended, 1);
}

static void
it_ends_with_the_link_or_an_error(void **state)
{
	redisReply error = { .type = REDIS_REPLY_ERROR, .str = (char[]){ "WRONGTYPE" }, .len = 9 };
	redisReply empty = { .type = REDIS_REPLY_ARRAY };

	(void)state;
	tend();
	answer(NULL);
	tend();
	answer(&error);
	tend();
	answer(&empty);
	assert_int_equal(wire.nasked, 3);
	assert_int_equal(wire.nended, 3);
}

/* All is forgotten while the question is on its way: nobody is met, and no more are asked for. */
static void
what_was_forgotten_meanwhile_is_not_told(void **state)
{
	(void)state;
	tend();
	mirror_forget(&accounts[0].mirror);
	answer_with(1, SOME, 10000, 1);
	assert_int_equal(wire.nasked, 1);
	assert_int_equal(wire.nended, 1);
	assert_int_equal(presence_count(&accounts[0].mirror.presence), 0);
}

static void
what_is_no_visitor_is_not_met(void **state)
{
	redisReply name = { .type = REDIS_REPLY_STRING, .str = (char[]){ "by hand" }, .len = 7 };
	redisReply score = { .type = REDIS_REPLY_STRING, .str = (char[]){ "10000" }, .len = 5 };
	redisReply *pair[] = { &name, &score };
	redisReply array = { .type = REDIS_REPLY_ARRAY, .elements = 2, .element = pair };

	(void)state;
	tend();
	answer(&array);
	assert_int_equal(presence_count(&accounts[0].mirror.presence), 0);
	assert_int_equal(wire.nended, 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(all_are_told_some_at_once, set_up, tear_down),
		cmocka_unit_test_setup_teardown(one_site_after_the_other, set_up, tear_down),
		cmocka_unit_test_setup_teardown(nobody_is_asked_for_without_need, set_up, tear_down),
		cmocka_unit_test_setup_teardown(behind_so_many_of_one_moment_nobody_is_asked_for, set_up, tear_down),
		cmocka_unit_test_setup_teardown(it_ends_with_the_link_or_an_error, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_was_forgotten_meanwhile_is_not_told, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_is_no_visitor_is_not_met, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
