/* judge.h - whose hits count: the client behind a request, the quiet reasons
 * for which a hit is not counted, and who the visitor is.  Owns what is known
 * of clients in memory: networks, limits, crowds, agents. */
#ifndef API_JUDGE_H
#define API_JUDGE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/config.h"
#include "count/address.h"
#include "count/agent.h"
#include "count/hit.h"

struct conn;
struct request;
struct site;
struct sites;

struct judge;

struct judge *judge_new(void);
void judge_free(struct judge *j);
/* Both are borrowed until the next one; limits and crowds go on. */
void judge_reload(struct judge *j, const struct config *c, const struct sites *sites);

/* Who sends a request. */
struct client {
	struct address address;
	bool is_known; /* else address is not to be looked at: a unix peer that names nobody */
	bool is_own; /* an address of its own, not that of a proxy that names nobody */
	bool may_debug; /* of debug_networks */
	struct agent agent;
};
void judge_client(struct judge *j, struct conn *c, const struct request *r, struct client *ret_client);

/* Whether the peer of a connection is a trusted proxy. */
bool judge_trusts(const struct judge *j, const struct address *peer);

/* What is asked of one hit. */
struct judge_hit {
	const struct request *request;
	const struct client *client;
	const struct site *site;
	const struct hit *hit;
	int64_t at_ms;
};

/* Why it is not counted, or REFUSAL_NONE. */
enum refusal judge_quietly(struct judge *j, const struct judge_hit *h);

/* What tells the visitor from others, before it is hashed. */
struct identity {
	bool by_token;
	uint64_t token;
	const struct address *address; /* borrowed from the client; NULL: not known */
	struct str agent; /* borrowed from the request; absent: not told apart by it */
};
void judge_identity(struct judge *j, const struct judge_hit *h, struct identity *ret_identity);

/* The identity hashed under the key of a date. */
uint64_t identity_visitor(const struct identity *i, const uint8_t *key, struct str site);

#endif
