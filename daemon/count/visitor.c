/* visitor.c - the hash's input is length-prefixed, so that no two different
 * visitors share one: kind, length of the site's name, name, then the rest. */
#include "count/visitor.h"

#include <string.h>

#include "count/page.h"

enum { AGENT_MAX = 512, SITE_MAX = 64 };

struct input {
	uint8_t bytes[2 + SITE_MAX + sizeof(struct address) + AGENT_MAX];
	size_t n;
};

static void
put(struct input *in, const void *p, size_t n)
{
	if (n == 0)
		return;
	memcpy(in->bytes + in->n, p, n);
	in->n += n;
}

static void
start(struct input *in, char kind, struct str site)
{
	uint8_t length = (uint8_t)(site.n < SITE_MAX ? site.n : SITE_MAX);

	in->n = 0;
	put(in, &kind, 1);
	put(in, &length, 1);
	put(in, site.p, length);
}

uint64_t
visitor_of_token(const uint8_t key[SIPHASH_KEY_BYTES], struct str site, uint64_t token)
{
	struct input in;

	start(&in, 't', site);
	put(&in, &token, sizeof(token));
	return siphash(key, in.bytes, in.n);
}

uint64_t
visitor_of_address(
    const uint8_t key[SIPHASH_KEY_BYTES], struct str site, const struct address *address, struct str agent)
{
	struct address cut = { { 0 } };
	struct input in;

	if (address != NULL)
		cut = address_network(address);
	start(&in, 'a', site);
	put(&in, cut.bytes, sizeof(cut.bytes));
	put(&in, agent.p, agent.n < AGENT_MAX ? agent.n : AGENT_MAX);
	return siphash(key, in.bytes, in.n);
}

uint64_t
visitor_view(const uint8_t key[SIPHASH_KEY_BYTES], uint64_t visitor, struct str page)
{
	uint8_t bytes[1 + sizeof(visitor) + PAGE_MAX] = { 'v' };
	size_t n = page.n < PAGE_MAX ? page.n : PAGE_MAX;
	uint64_t view;

	memcpy(bytes + 1, &visitor, sizeof(visitor));
	memcpy(bytes + 1 + sizeof(visitor), page.p, n);
	view = siphash(key, bytes, 1 + sizeof(visitor) + n);
	return view != 0 ? view : 1;
}
