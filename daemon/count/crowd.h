/* crowd.h - how many visitors one address may be: the tokens that each IPv4
 * address or IPv6 /64 has sent a site lately, so that who makes tokens up
 * becomes no more people than an office has. */
#ifndef COUNT_CROWD_H
#define COUNT_CROWD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct address;

/* Tokens are remembered for one to two windows after they were last seen, in
 * two generations: what the older one knows moves over when it is seen again,
 * and takes no room anew.  How many an address has is exact over both.  Only
 * hashes under a random key of this process are kept.
 *
 * Memory: 16 bytes for a token and 16 for each address of a site, in tables
 * that are between 3/8 and 3/4 full; at most 16 MiB a generation, which is
 * 393,216 tokens of as many addresses or 786,000 of few.  A generation that is
 * full ends before its window does: then tokens are forgotten earlier, and an
 * address may for a while be more visitors than allowed. */
struct crowd;

struct crowd_rule {
	uint64_t most; /* tokens of one address */
	int64_t window_us;
};

struct crowd *crowd_new(struct crowd_rule rule);
void crowd_free(struct crowd *c); /* NULL is allowed */
void crowd_set(struct crowd *c, struct crowd_rule rule); /* who is known stays so */

struct crowd_member {
	uint32_t site; /* its slot */
	const struct address *address;
	uint64_t token;
};

/* Whether this token is a visitor of its own: it is known, or its address has
 * room for it.  Else it must share one identity with the address's others. */
bool crowd_admit(struct crowd *c, const struct crowd_member *m, int64_t now_us);

/* Of both generations' tables. */
size_t crowd_bytes(const struct crowd *c);

#endif
