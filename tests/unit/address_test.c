/* address_test.c - addresses, networks, and which hop is the client. */
#include "count/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/mem.h"
#include "cases.h"

static char *blocks[] = { "127.0.0.1/32", "::1/128", "10.0.0.0/8", "2001:db8:ffff::/48" };
static const struct config_list proxies = { blocks, NITEMS(blocks) };

static void
spell(const struct address *a, char text[INET6_ADDRSTRLEN])
{
	if (address_is_v4(a))
		assert_non_null(inet_ntop(AF_INET, a->bytes + 12, text, INET6_ADDRSTRLEN));
	else
		assert_non_null(inet_ntop(AF_INET6, a->bytes, text, INET6_ADDRSTRLEN));
}

static void
texts(void **state)
{
	static const struct {
		const char *text, *address; /* NULL: refused */
	} cases[] = {
		{ "203.0.113.7", "203.0.113.7" },
		{ " 203.0.113.7\t", "203.0.113.7" },
		{ "203.0.113.7:443", "203.0.113.7" },
		{ "2001:db8::1", "2001:db8::1" },
		{ "[2001:db8::1]", "2001:db8::1" },
		{ "[2001:db8::1]:443", "2001:db8::1" },
		{ "::ffff:203.0.113.7", "203.0.113.7" },
		{ "", NULL },
		{ "unknown", NULL },
		{ "203.0.113", NULL },
		{ "203.0.113.7.8", NULL },
		{ "203.0.113.256", NULL },
		{ "203.0.113.07", NULL },
		{ "203.0..7", NULL },
		{ "203.0.113.", NULL },
		{ "203.0.113.7x", NULL },
		{ "0.0.0.0", "0.0.0.0" },
		{ "2001:db8::1::2", NULL },
		{ "1234567890123456789012345678901234567890123456789", NULL },
	};

	(void)state;
	for (size_t i = 0; i < NITEMS(cases); i++) {
		struct address a;
		char text[INET6_ADDRSTRLEN];

		if (address_parse(str_of(cases[i].text), &a) != 0) {
			assert_null(cases[i].address);
			continue;
		}
		spell(&a, text);
		assert_non_null(cases[i].address);
		assert_string_equal(text, cases[i].address);
	}
}

/* Whatever is made of the characters that can stand in one. */
static void
texts_are_read_as_by_inet_pton(void **state)
{
	static const char characters[] = "00112559...x";
	uint64_t chance = 1;
	unsigned read = 0;

	(void)state;
	for (int i = 0; i < 1000000; i++) {
		char text[16], *to = text;
		struct address a;
		uint8_t v4[4];
		bool is_v4;

		chance = chance * 6364136223846793005ULL + 1442695040888963407ULL;
		for (uint64_t left = chance >> (8 + i % 40); left > 12 && to < text + sizeof(text) - 1; left /= 12)
			*to++ = characters[left % 12];
		*to = '\0';
		is_v4 = inet_pton(AF_INET, text, v4) == 1;
		read += is_v4;
		assert_int_equal(address_parse(str_of(text), &a) == 0, is_v4);
		assert_true(!is_v4 || (address_is_v4(&a) && memcmp(a.bytes + 12, v4, sizeof(v4)) == 0));
	}
	assert_in_range(read, 1000, 1000000);
}

/* Each length of prefix, with the last bit within it turned, and the first behind it. */
static void
networks_end_at_a_bit(void **state)
{
	(void)state;
	for (unsigned bits = 0; bits <= 128; bits++) {
		char text[INET6_ADDRSTRLEN + 4] = "2001:db8:1234:5678:9abc:def0:1234:5678/", *item = text;
		struct address inside, a;
		struct networks *n;

		assert_int_equal(address_parse((struct str){ text, strlen(text) - 1 }, &inside), 0);
		(void)snprintf(text + strlen(text), 4, "%u", bits);
		n = networks_new(&(struct config_list){ &item, 1 });
		assert_true(networks_contain(n, &inside));
		for (unsigned bit = 0; bit < 128; bit++) {
			a = inside;
			a.bytes[bit / 8] ^= 0x80 >> bit % 8;
			assert_int_equal(networks_contain(n, &a), bit >= bits);
		}
		networks_free(n);
	}
}

static void
networks(void **state)
{
	static const struct {
		const char *address;
		bool inside;
	} cases[] = {
		{ "127.0.0.1", true },
		{ "127.0.0.2", false },
		{ "10.255.0.1", true },
		{ "11.0.0.1", false },
		{ "::1", true },
		{ "::2", false },
		{ "2001:db8:ffff:1::1", true },
		{ "2001:db8:fffe::1", false },
	};
	struct networks *n = networks_new(&proxies);

	(void)state;
	for (size_t i = 0; i < NITEMS(cases); i++) {
		struct address a;
		assert_int_equal(address_parse(str_of(cases[i].address), &a), 0);
		assert_int_equal(networks_contain(n, &a), cases[i].inside);
	}
	networks_free(n);
}

static void
hops(void **state)
{
	static const struct {
		const char *peer; /* NULL: a unix socket */
		const char *hops; /* NULL: no header */
		const char *client; /* NULL: not known */
	} cases[] = {
		{ "203.0.113.7", NULL, "203.0.113.7" },
		{ "203.0.113.7", "198.51.100.1", "203.0.113.7" },
		{ "127.0.0.1", NULL, "127.0.0.1" },
		{ "127.0.0.1", "198.51.100.1", "198.51.100.1" },
		{ "127.0.0.1", "1.1.1.1, 198.51.100.1", "198.51.100.1" },
		{ "127.0.0.1", "198.51.100.1, 10.0.0.9", "198.51.100.1" },
		{ "127.0.0.1", "198.51.100.1 , 10.0.0.9,10.0.0.8", "198.51.100.1" },
		{ "127.0.0.1", "10.0.0.9", "10.0.0.9" },
		{ "127.0.0.1", "1.1.1.1, rubbish, 10.0.0.9", "10.0.0.9" },
		{ "127.0.0.1", "rubbish", "127.0.0.1" },
		{ NULL, "198.51.100.1", "198.51.100.1" },
		{ NULL, "2001:db8::1", "2001:db8::1" },
		{ NULL, NULL, NULL },
		{ NULL, "rubbish", NULL },
	};
	struct networks *trusted = networks_new(&proxies);

	(void)state;
	for (size_t i = 0; i < NITEMS(cases); i++) {
		struct sockaddr_in in = { .sin_family = AF_INET };
		struct sockaddr_un un = { .sun_family = AF_UNIX };
		struct sockaddr *peer = (struct sockaddr *)&un;
		struct address a;
		char text[INET6_ADDRSTRLEN];

		if (cases[i].peer != NULL) {
			assert_int_equal(inet_pton(AF_INET, cases[i].peer, &in.sin_addr), 1);
			peer = (struct sockaddr *)&in;
		}
		if (address_of_client(peer, str_of(cases[i].hops), trusted, &a) != 0) {
			assert_null(cases[i].client);
			continue;
		}
		spell(&a, text);
		assert_non_null(cases[i].client);
		assert_string_equal(text, cases[i].client);
	}
	networks_free(trusted);
}

static void
one_client(void **state)
{
	static const struct {
		const char *one, *other;
		bool same;
	} cases[] = {
		{ "192.0.2.1", "::ffff:192.0.2.1", true },
		{ "192.0.2.1", "192.0.2.2", false },
		{ "2001:db8:0:1::1", "2001:db8:0:1:ffff::2", true },
		{ "2001:db8:0:1::1", "2001:db8:0:2::1", false },
		{ "::1", "0.0.0.0", false },
	};

	(void)state;
	for (size_t i = 0; i < NITEMS(cases); i++) {
		struct address one, other;

		assert_int_equal(address_parse(str_of(cases[i].one), &one), 0);
		assert_int_equal(address_parse(str_of(cases[i].other), &other), 0);
		one = address_network(&one);
		other = address_network(&other);
		if ((memcmp(&one, &other, sizeof(one)) == 0) != cases[i].same)
			fail_msg("%s and %s", cases[i].one, cases[i].other);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts),
		cmocka_unit_test(texts_are_read_as_by_inet_pton),
		cmocka_unit_test(networks),
		cmocka_unit_test(networks_end_at_a_bit),
		cmocka_unit_test(hops),
		cmocka_unit_test(one_client),
	};

	return cmocka_run_group_tests_name("address", tests, NULL, NULL);
}
