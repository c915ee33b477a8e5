/* clients_test.c - which connections are one client's, and what a crowd of
 * clients leaves behind. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "http/clients.h"

enum { CROWD = 20000 };

union peer {
	struct sockaddr sa;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
};

static union peer
peer_of(const char *text)
{
	union peer p = { 0 };

	if (strchr(text, ':') != NULL) {
		p.in6.sin6_family = AF_INET6;
		assert_int_equal(inet_pton(AF_INET6, text, &p.in6.sin6_addr), 1);
	} else {
		p.in.sin_family = AF_INET;
		assert_int_equal(inet_pton(AF_INET, text, &p.in.sin_addr), 1);
	}
	return p;
}

static struct client *
join(struct clients *cs, const char *text)
{
	union peer p = peer_of(text);

	return clients_join(cs, &p.sa);
}

static void
test_who_is_one_client(void **state)
{
	static const struct {
		const char *one, *other;
		bool same;
	} cases[] = {
		{ "192.0.2.1", "192.0.2.1", true },
		{ "192.0.2.1", "192.0.2.2", false },
		{ "192.0.2.1", "::ffff:192.0.2.1", true }, /* on a socket that takes both */
		{ "::ffff:192.0.2.1", "::ffff:192.0.2.2", false },
		{ "2001:db8:0:1::1", "2001:db8:0:1:ffff::2", true },
		{ "2001:db8:0:1::1", "2001:db8:0:2::1", false },
		{ "::1", "::2", true },
		{ "::1", "127.0.0.1", false },
		{ "255.255.255.255", "2001:db8::", false },
	};

	(void)state;
	for (size_t i = 0; i < NITEMS(cases); i++) {
		struct clients cs;
		struct client *one, *other;

		clients_init(&cs);
		one = join(&cs, cases[i].one);
		other = join(&cs, cases[i].other);
		if ((one == other) != cases[i].same)
			fail_msg("%s and %s", cases[i].one, cases[i].other);
		assert_int_equal(client_connections(one), cases[i].same ? 2 : 1);
		clients_leave(&cs, one);
		clients_leave(&cs, other);
		assert_null(cs.chains);
		clients_fini(&cs);
	}
}

static void
test_nobody_leaves(void **state)
{
	struct clients cs;

	(void)state;
	clients_init(&cs);
	clients_leave(&cs, NULL);
	clients_fini(&cs);
}

/* Every one is found again, no chain is long, and nothing stays. */
static void
test_crowd(void **state)
{
	static struct client *crowd[CROWD];
	struct clients cs;

	(void)state;
	clients_init(&cs);
	for (int round = 0; round < 2; round++) {
		for (uint32_t i = 0; i < CROWD; i++) {
			union peer p = { .in = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(i << 8) } };
			struct client *c = clients_join(&cs, &p.sa);

			assert_true(round == 0 || c == crowd[i]);
			crowd[i] = c;
		}
		assert_int_equal(cs.n, CROWD);
	}
	assert_in_range(cs.nchains, CROWD, 2 * CROWD);
	for (uint32_t i = 0; i < CROWD; i++) {
		assert_int_equal(client_connections(crowd[i]), 2);
		clients_leave(&cs, crowd[i]);
		clients_leave(&cs, crowd[i]);
	}
	assert_int_equal(cs.n, 0);
	assert_null(cs.chains);
	clients_fini(&cs);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_who_is_one_client),
		cmocka_unit_test(test_nobody_leaves),
		cmocka_unit_test(test_crowd),
	};

	return cmocka_run_group_tests_name("clients", tests, NULL, NULL);
}
