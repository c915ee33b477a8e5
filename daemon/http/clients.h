/* clients.h - how many connections each client has open, a client being an
 * IPv4 address or an IPv6 /64.  Owns memory only for clients that have some. */
#ifndef HTTP_CLIENTS_H
#define HTTP_CLIENTS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "base/siphash.h"

struct client;
struct sockaddr;

LIST_HEAD(client_chain, client);

/* A hash table in chains; its key is random, so that nobody can choose
 * addresses that share a chain. */
struct clients {
	uint8_t key[SIPHASH_KEY_BYTES];
	struct client_chain *chains; /* NULL while there is no client */
	size_t nchains; /* a power of two */
	size_t n;
};

void clients_init(struct clients *cs);
void clients_fini(struct clients *cs); /* all clients have left */

/* One more connection of peer, which is of AF_INET or AF_INET6. */
struct client *clients_join(struct clients *cs, const struct sockaddr *peer);
/* One less; c may be freed by it.  NULL is allowed. */
void clients_leave(struct clients *cs, struct client *c);

size_t client_connections(const struct client *c);

#endif
