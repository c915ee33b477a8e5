/* agent_test.c - people are people and robots robots: tests/cases/agents-*.txt,
 * every example of the list, and browsers seen lately by the npm package
 * user-agents; absurd agents; the cache. */
#include "count/agent.h"

#include <stdbool.h>

#include "cases.h"
#include "count/browser.h"
#include "count/device.h"
#include "count/system.h"

static struct agents *agents;

static int
set_up(void **state)
{
	(void)state;
	agents = agents_new();
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	agents_free(agents);
	return 0;
}

static void
describe(struct agent a, struct buf *to)
{
	if (a.verdict == AGENT_PERSON)
		buf_printf(to, "%s | %s | %s", browser_name(a.browser), system_name(a.system), device_name(a.device));
	else
		buf_puts(to, a.verdict == AGENT_BOT ? "bot" : "absurd");
}

/* Twice, the second time from the cache. */
static void
try_agent(struct str agent, struct buf *got)
{
	struct agent first = agents_judge(agents, agent);
	struct agent second = agents_judge(agents, agent);

	describe(first, got);
	assert_memory_equal(&first, &second, sizeof(first));
}

static void
people_are_people(void **state)
{
	(void)state;
	cases_run("tests/cases/agents-people.txt", 400, try_agent);
}

static void
robots_are_robots(void **state)
{
	(void)state;
	cases_run("tests/cases/agents-robots.txt", 170, try_agent);
}

/* Every line of file is a person's, or none is. */
static void
each_line_is(const char *file, size_t at_least, bool person)
{
	FILE *in = fopen(file, "r");
	size_t cap = 0, n = 0, wrong = 0;
	char *line = NULL;
	ssize_t length;

	if (in == NULL)
		fail_msg("%s: make it, from the project's root", file);
	while ((length = getline(&line, &cap, in)) > 0) {
		struct str agent = { line, (size_t)length - 1 };

		n++;
		if ((agents_judge(agents, agent).verdict == AGENT_PERSON) != person) {
			print_error("%s:%zu: %s: %s", file, n, person ? "refused" : "taken for a person", line);
			wrong++;
		}
	}
	(void)fclose(in);
	free(line);
	assert_int_equal(wrong, 0);
	assert_true(n >= at_least);
}

static void
each_example_of_the_list_is_refused(void **state)
{
	(void)state;
	each_line_is("build/agents/listed.txt", 2000, false);
}

static void
browsers_seen_lately_are_people(void **state)
{
	(void)state;
	each_line_is("build/agents/people.txt", 900, true);
}

static void
what_is_no_agent_is_absurd(void **state)
{
	static char long_one[64 << 10] = "Mozilla/5.0 (Windows NT 10.0; rv:130.0) Gecko/20100101 Firefox/130.0";
	struct agent a = agents_judge(agents, (struct str){ NULL, 0 });

	(void)state;
	assert_int_equal(a.verdict, AGENT_ABSURD);
	assert_int_equal(a.browser | a.system | a.device, 0);
	assert_int_equal(agents_judge(agents, STR("")).verdict, AGENT_ABSURD);
	assert_int_equal(agents_judge(agents, STR("Mozilla")).verdict, AGENT_ABSURD);

	memset(long_one + strlen(long_one), ' ', sizeof(long_one) - strlen(long_one));
	assert_int_equal(agents_judge(agents, (struct str){ long_one, AGENT_MAX }).verdict, AGENT_PERSON);
	assert_int_equal(agents_judge(agents, (struct str){ long_one, AGENT_MAX + 1 }).verdict, AGENT_ABSURD);
	assert_int_equal(agents_judge(agents, (struct str){ long_one, sizeof(long_one) }).verdict, AGENT_ABSURD);
	for (size_t i = 0; i < sizeof(long_one); i++)
		long_one[i] = (char)(i * 167);
	for (size_t n = 0; n <= AGENT_MAX; n++)
		assert_int_equal(agents_judge(agents, (struct str){ long_one, n }).verdict, AGENT_ABSURD);
}

/* Agents that differ, as a forger makes them. */
static struct agent
judge_forged(unsigned i)
{
	char text[96];

	(void)snprintf(text, sizeof(text), "Mozilla/5.0 (Windows NT 10.0; rv:%u.0) Gecko/20100101 Firefox/%u.0", i, i);
	return agents_judge(agents, str_of(text));
}

static void
who_comes_again_is_known(void **state)
{
	uint64_t missed = agents_missed(agents);

	(void)state;
	for (int i = 0; i < 1000; i++)
		assert_int_equal(agents_judge(agents, STR("who comes/1.0 again")).verdict, AGENT_BOT);
	assert_int_equal(agents_missed(agents), missed + 1);
}

static void
a_flood_of_agents_leaves_those_that_come_often(void **state)
{
	struct str often = STR("Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0 often");
	uint64_t missed;

	(void)state;
	for (int i = 0; i < 8; i++)
		(void)agents_judge(agents, often);
	for (unsigned i = 0; i < 20000; i++)
		assert_int_equal(judge_forged(i).browser, BROWSER_FIREFOX);
	missed = agents_missed(agents);
	assert_int_equal(agents_judge(agents, often).system, SYSTEM_LINUX);
	assert_int_equal(agents_missed(agents), missed);

	/* The first of the flood are forgotten, and judged as before. */
	for (unsigned i = 0; i < 100; i++)
		assert_int_equal(judge_forged(i).system, SYSTEM_WINDOWS);
	assert_true(agents_missed(agents) > missed + 50);
}

static void
as_many_as_the_cache_has_places_for_are_kept(void **state)
{
	uint64_t missed;

	(void)state;
	agents_free(agents);
	agents = agents_new();
	for (int round = 0; round < 3; round++) {
		missed = agents_missed(agents);
		for (unsigned i = 0; i < 500; i++)
			(void)judge_forged(i);
	}
	/* Of 4,096 places in sets of eight, a set gets nine of 500 once in a while. */
	assert_true(agents_missed(agents) - missed < 10);
}

static void
each_has_a_name(void **state)
{
	(void)state;
	for (unsigned i = 0; i < BROWSER_COUNT; i++)
		assert_true(strlen(browser_name(i)) > 0);
	for (unsigned i = 0; i < SYSTEM_COUNT; i++)
		assert_true(strlen(system_name(i)) > 0);
	for (unsigned i = 0; i < DEVICE_COUNT; i++)
		assert_true(strlen(device_name(i)) > 0);
	assert_string_equal(browser_name(255), "other");
	assert_string_equal(system_name(255), "other");
	assert_string_equal(device_name(255), "other");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(people_are_people),
		cmocka_unit_test(robots_are_robots),
		cmocka_unit_test(each_example_of_the_list_is_refused),
		cmocka_unit_test(browsers_seen_lately_are_people),
		cmocka_unit_test(what_is_no_agent_is_absurd),
		cmocka_unit_test(who_comes_again_is_known),
		cmocka_unit_test(a_flood_of_agents_leaves_those_that_come_often),
		cmocka_unit_test(as_many_as_the_cache_has_places_for_are_kept),
		cmocka_unit_test(each_has_a_name),
	};

	return cmocka_run_group_tests_name("agent", tests, set_up, tear_down);
}
