/* address.h - client addresses and the networks they lie in. */
#ifndef COUNT_ADDRESS_H
#define COUNT_ADDRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/config.h"
#include "base/str.h"

/* IPv4 is kept as ::ffff:a.b.c.d. */
struct address {
	uint8_t bytes[16];
};

struct sockaddr;

/* "203.0.113.7", "2001:db8::1", "[2001:db8::1]:443" or "203.0.113.7:80". */
int address_parse(struct str text, struct address *ret_address) __attribute__((warn_unused_result));

/* -1 for a family other than IPv4 and IPv6. */
int address_of_socket(const struct sockaddr *sa, struct address *ret_address) __attribute__((warn_unused_result));

/* Append it as text: "203.0.113.7", "2001:db8::1". */
void address_write(const struct address *a, struct buf *out);

bool address_is_v4(const struct address *a);

/* What one client is taken for: an IPv4 address as it is, of IPv6 the /64,
 * within which a device chooses its address as it likes. */
struct address address_network(const struct address *a);

/* A set of CIDR blocks. */
struct networks;
struct networks *networks_new(const struct config_list *blocks); /* valid ones: config has checked */
void networks_free(struct networks *n);
bool networks_contain(const struct networks *n, const struct address *a);

/* Where a request really comes from: the socket's own address when the peer
 * is no trusted proxy; else the right-most hop of the header's value (or
 * absent) that is not one.  A unix peer (AF_UNIX) is trusted.  -1 when no hop
 * can be told, as from a unix peer that sends no header. */
int address_of_client(const struct sockaddr *peer, struct str hops, const struct networks *trusted,
    struct address *ret_address) __attribute__((warn_unused_result));

#endif
