/* visitor_test.c - who is the same visitor, and who is not. */
#include "count/visitor.h"

#include "cases.h"

static const uint8_t monday[SIPHASH_KEY_BYTES] = "a monday's key!", tuesday[SIPHASH_KEY_BYTES] = "tuesday has one";

static uint64_t
of_address(const char *text, const char *agent)
{
	struct address a;

	assert_int_equal(address_parse(str_of(text), &a), 0);
	return visitor_of_address(monday, STR("myloc"), &a, str_of(agent));
}

static void
tokens(void **state)
{
	uint64_t id = visitor_of_token(monday, STR("myloc"), 7);

	(void)state;
	assert_true(id == visitor_of_token(monday, STR("myloc"), 7));
	assert_true(id != visitor_of_token(monday, STR("myloc"), 8));
	assert_true(id != visitor_of_token(monday, STR("mylo"), 7));
	assert_true(id != visitor_of_token(tuesday, STR("myloc"), 7));
}

static void
addresses(void **state)
{
	uint64_t id = of_address("203.0.113.7", "Firefox");

	(void)state;
	assert_true(id == of_address("203.0.113.7", "Firefox"));
	assert_true(id != of_address("203.0.113.8", "Firefox"));
	assert_true(id != of_address("203.0.113.7", "Chromium"));
	assert_true(of_address("2001:db8::1", "x") == of_address("2001:db8::ffff:2", "x"));
	assert_true(of_address("2001:db8::1", "x") != of_address("2001:db8:0:1::1", "x"));
	/* Nothing of one field can pass for the next. */
	assert_true(visitor_of_address(monday, STR("a"), NULL, STR("bc")) !=
		    visitor_of_address(monday, STR("ab"), NULL, STR("c")));
}

static void
an_endless_agent_is_cut(void **state)
{
	struct buf agent = { 0 };
	uint64_t id;

	(void)state;
	for (int i = 0; i < 10000; i++)
		buf_putc(&agent, 'x');
	id = visitor_of_address(monday, STR("myloc"), NULL, buf_view(&agent));
	assert_true(id == visitor_of_address(monday, STR("myloc"), NULL, (struct str){ agent.p, 9999 }));
	assert_true(id != visitor_of_address(monday, STR("myloc"), NULL, (struct str){ agent.p, 500 }));
	buf_fini(&agent);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tokens),
		cmocka_unit_test(addresses),
		cmocka_unit_test(an_endless_agent_is_cut),
	};

	return cmocka_run_group_tests_name("visitor", tests, NULL, NULL);
}
