/* clients.c - chains grow in number with the clients, so that each holds
 * about one, and go when the last client does. */
#include "http/clients.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/mem.h"

enum { CHAINS_MIN = 16 };

struct client {
	LIST_ENTRY(client) entry;
	uint64_t network;
	size_t connections; /* 1 at least */
};

/* The first half of an IPv6 address; of an IPv4 one the second half of its
 * form ::ffff:a.b.c.d, which as a first half is no one's: 0::/8 is reserved. */
static uint64_t
network_of(const struct sockaddr *peer)
{
	uint64_t network = 0;
	uint8_t *bytes = (uint8_t *)&network;

	if (peer->sa_family == AF_INET) {
		struct sockaddr_in v4;
		memcpy(&v4, peer, sizeof(v4));
		memset(bytes + 2, 0xff, 2);
		memcpy(bytes + 4, &v4.sin_addr, 4);
	} else {
		struct sockaddr_in6 v6;
		memcpy(&v6, peer, sizeof(v6));
		memcpy(bytes, v6.sin6_addr.s6_addr + (IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr) ? 8 : 0), sizeof(network));
	}
	return network;
}

static struct client_chain *
chain_of(struct clients *cs, uint64_t network)
{
	return &cs->chains[siphash(cs->key, &network, sizeof(network)) & (cs->nchains - 1)];
}

static void
spread(struct clients *cs, size_t nchains)
{
	struct client_chain *old = cs->chains;
	size_t nold = cs->nchains;

	cs->chains = xcalloc(nchains, sizeof(*cs->chains)); /* all zeros is an empty list */
	cs->nchains = nchains;
	for (size_t i = 0; i < nold; i++) {
		struct client *c;

		while ((c = LIST_FIRST(&old[i])) != NULL) {
			LIST_REMOVE(c, entry);
			LIST_INSERT_HEAD(chain_of(cs, c->network), c, entry);
		}
	}
	free(old);
}

void
clients_init(struct clients *cs)
{
	memset(cs, 0, sizeof(*cs));
	siphash_draw_key(cs->key);
}

void
clients_fini(struct clients *cs)
{
	free(cs->chains);
	cs->chains = NULL;
	cs->nchains = 0;
}

static struct client *
find(struct clients *cs, uint64_t network)
{
	struct client *c = LIST_FIRST(chain_of(cs, network));

	while (c != NULL && c->network != network)
		c = LIST_NEXT(c, entry);
	return c;
}

struct client *
clients_join(struct clients *cs, const struct sockaddr *peer)
{
	uint64_t network = network_of(peer);
	struct client *c;

	if (cs->n >= cs->nchains)
		spread(cs, cs->nchains > 0 ? 2 * cs->nchains : CHAINS_MIN);
	c = find(cs, network);
	if (c == NULL) {
		c = xcalloc(1, sizeof(*c));
		c->network = network;
		LIST_INSERT_HEAD(chain_of(cs, network), c, entry);
		cs->n++;
	}
	c->connections++;
	return c;
}

void
clients_leave(struct clients *cs, struct client *c)
{
	if (c == NULL || --c->connections > 0)
		return;
	LIST_REMOVE(c, entry);
	free(c);
	if (--cs->n == 0)
		clients_fini(cs);
}

size_t
client_connections(const struct client *c)
{
	return c->connections;
}
