/* accept_test.c - weights and entity tags. */
#include "http/accept.h"

#include "base/mem.h"
#include "cases.h"

static void
weights(void **state)
{
	static const struct {
		const char *list, *name;
		unsigned weight;
	} cases[] = {
		{ "", "br", 0 },
		{ "br", "br", 1000 },
		{ "gzip, deflate, br, zstd", "br", 1000 },
		{ "gzip, deflate, br, zstd", "bz", 0 },
		{ "gzip;q=0.5,BR ; Q=0.25", "br", 250 },
		{ "br;q=0", "br", 0 },
		{ "br;q=0.001", "br", 1 },
		{ "br;q=1.000", "br", 1000 },
		{ "br;q=2", "br", 0 },
		{ "br;q=0.x", "br", 0 },
		{ "br;q=", "br", 0 },
		{ "br;level=5;q=0.1", "br", 100 },
		{ "br;q=0.1, br;q=0.2", "br", 200 },
		{ "*", "br", 0 },
		{ ",,;,br", "br", 1000 },
	};

	(void)state;
	for (size_t i = 0; i < NITEMS(cases); i++) {
		unsigned weight = accept_weight(str_of(cases[i].list), str_of(cases[i].name));
		if (weight != cases[i].weight)
			fail_msg("%s: %u", cases[i].list, weight);
	}
}

static void
tags(void **state)
{
	uint64_t etag = etag_of(STR("body"));
	char tag[32], list[96];

	(void)state;
	assert_true(etag != etag_of(STR("bodz")));
	(void)snprintf(tag, sizeof(tag), "\"%016llx\"", (unsigned long long)etag);
	assert_true(etag_matches(str_of(tag), etag));
	assert_false(etag_matches(str_of(tag), etag + 1));
	(void)snprintf(list, sizeof(list), "\"0\", \"0123456789abcdef\" , W/%s", tag);
	assert_true(etag_matches(str_of(list), etag));
	assert_true(etag_matches(STR("*"), etag));
	assert_false(etag_matches(STR(""), etag));
	assert_false(etag_matches((struct str){ tag, 17 }, etag));
	assert_false(etag_matches((struct str){ tag + 1, 16 }, etag));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(weights),
		cmocka_unit_test(tags),
	};

	return cmocka_run_group_tests_name("accept", tests, NULL, NULL);
}
