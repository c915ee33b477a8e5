/* address.c - IPv4 by hand, as nearly all clients have it; inet_pton for the rest. */
#include "count/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/log.h"
#include "base/mem.h"

enum { PREFIX_V6 = 8 }; /* bytes */

static const uint8_t v4_prefix[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };

/* An address is in it that is the same where the mask has ones. */
struct block {
	struct address address, mask;
};

struct networks {
	struct block *blocks; /* owned */
	size_t n;
};

/* Four numbers up to 255, without zeros in front. */
static int
parse_v4(const char *p, uint8_t ret_bytes[4])
{
	for (int part = 0; part < 4; part++) {
		const char *start = p;
		unsigned number = 0;

		for (; *p >= '0' && *p <= '9'; p++)
			number = number * 10 + (unsigned)(*p - '0');
		if (p == start || p > start + 3 || number > 255 || (*start == '0' && p > start + 1))
			return -1;
		if (*p++ != (part < 3 ? '.' : '\0'))
			return -1;
		ret_bytes[part] = (uint8_t)number;
	}
	return 0;
}

static int
parse_bare(struct str text, struct address *ret_address)
{
	char name[INET6_ADDRSTRLEN];
	struct address v4;
	struct in6_addr v6;

	if (text.n == 0 || text.n >= sizeof(name))
		return -1;
	memcpy(name, text.p, text.n);
	name[text.n] = '\0';
	if (parse_v4(name, v4.bytes + sizeof(v4_prefix)) == 0) {
		memcpy(v4.bytes, v4_prefix, sizeof(v4_prefix));
		*ret_address = v4;
		return 0;
	}
	if (inet_pton(AF_INET6, name, &v6) != 1)
		return -1;
	memcpy(ret_address->bytes, &v6, sizeof(v6));
	return 0;
}

int
address_parse(struct str text, struct address *ret_address)
{
	struct str host = str_trim(text), rest = host;
	struct str before_colon = str_cut(&rest, ':');

	if (host.n > 0 && host.p[0] == '[') {
		rest = (struct str){ host.p + 1, host.n - 1 };
		return parse_bare(str_cut(&rest, ']'), ret_address);
	}
	/* One colon is a port behind an IPv4 address, several are IPv6. */
	if (rest.p != NULL && memchr(rest.p, ':', rest.n) == NULL)
		return parse_bare(before_colon, ret_address);
	return parse_bare(host, ret_address);
}

int
address_of_socket(const struct sockaddr *sa, struct address *ret_address)
{
	if (sa->sa_family == AF_INET) {
		struct sockaddr_in v4;
		memcpy(&v4, sa, sizeof(v4));
		memcpy(ret_address->bytes, v4_prefix, sizeof(v4_prefix));
		memcpy(ret_address->bytes + sizeof(v4_prefix), &v4.sin_addr, sizeof(v4.sin_addr));
		return 0;
	}
	if (sa->sa_family == AF_INET6) {
		struct sockaddr_in6 v6;
		memcpy(&v6, sa, sizeof(v6));
		memcpy(ret_address->bytes, &v6.sin6_addr, sizeof(v6.sin6_addr));
		return 0;
	}
	return -1;
}

bool
address_is_v4(const struct address *a)
{
	return memcmp(a->bytes, v4_prefix, sizeof(v4_prefix)) == 0;
}

void
address_write(const struct address *a, struct buf *out)
{
	bool v4 = address_is_v4(a);
	char text[INET6_ADDRSTRLEN] = "";

	(void)inet_ntop(v4 ? AF_INET : AF_INET6, a->bytes + (v4 ? sizeof(v4_prefix) : 0), text, sizeof(text));
	buf_puts(out, text);
}

struct address
address_network(const struct address *a)
{
	struct address network = *a;

	if (!address_is_v4(a))
		memset(network.bytes + PREFIX_V6, 0, sizeof(network.bytes) - PREFIX_V6);
	return network;
}

/* Ones in the first so many bits. */
static struct address
mask_of(unsigned bits)
{
	struct address mask = { { 0 } };

	memset(mask.bytes, 0xff, bits / 8);
	if (bits % 8 > 0)
		mask.bytes[bits / 8] = (uint8_t)(0xff00 >> bits % 8);
	return mask;
}

struct networks *
networks_new(const struct config_list *list)
{
	struct networks *n = xcalloc(1, sizeof(*n));

	n->blocks = xcalloc(list->n, sizeof(*n->blocks));
	for (size_t i = 0; i < list->n; i++) {
		struct block *block = &n->blocks[n->n++];
		struct str bits = str_of(list->items[i]);
		struct str host = str_cut(&bits, '/');
		uint64_t prefix = 128;

		if (parse_bare(host, &block->address) != 0 ||
		    (bits.p != NULL && str_to_uint(bits, 0, 128, &prefix) != 0))
			fatalx("network %s passed the configuration's check and can not be read", list->items[i]);
		if (bits.p != NULL && address_is_v4(&block->address) && memchr(host.p, ':', host.n) == NULL)
			prefix += 8 * sizeof(v4_prefix);
		block->mask = mask_of((unsigned)prefix);
	}
	return n;
}

void
networks_free(struct networks *n)
{
	if (n == NULL)
		return;
	free(n->blocks);
	free(n);
}

static bool
block_contains(const struct block *b, const struct address *a)
{
	uint64_t block[2], mask[2], address[2];

	memcpy(block, &b->address, sizeof(block));
	memcpy(mask, &b->mask, sizeof(mask));
	memcpy(address, a, sizeof(address));
	return ((block[0] ^ address[0]) & mask[0]) == 0 && ((block[1] ^ address[1]) & mask[1]) == 0;
}

bool
networks_contain(const struct networks *n, const struct address *a)
{
	for (size_t i = 0; i < n->n; i++) {
		if (block_contains(&n->blocks[i], a))
			return true;
	}
	return false;
}

int
address_of_client(
    const struct sockaddr *peer, struct str hops, const struct networks *trusted, struct address *ret_address)
{
	struct address hop;
	int known = -1;

	if (address_of_socket(peer, &hop) == 0) {
		*ret_address = hop;
		known = 0;
		if (!networks_contain(trusted, &hop))
			return 0;
	} else if (peer->sa_family != AF_UNIX) {
		return -1;
	}
	while (hops.n > 0) {
		const char *comma = memrchr(hops.p, ',', hops.n);
		struct str last =
		    comma != NULL ? (struct str){ comma + 1, (size_t)(hops.p + hops.n - comma - 1) } : hops;

		/* What stands left of an unreadable hop was vouched for by nobody. */
		if (address_parse(last, &hop) != 0)
			break;
		*ret_address = hop;
		known = 0;
		if (comma == NULL || !networks_contain(trusted, &hop))
			break;
		hops.n = (size_t)(comma - hops.p);
	}
	return known;
}
