/* link.h - the one asynchronous connection to Redis: connects, loads the
 * scripts, connects again with back-off when it is lost.  Nothing is sent
 * twice by it: what was unanswered when it broke is its users' to send again. */
#ifndef STORE_LINK_H
#define STORE_LINK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

struct event_base;
struct link;
struct redisReply;

enum link_state {
	LINK_DOWN, /* waits for the back-off to end */
	LINK_CONNECTING, /* waits for the connection */
	LINK_PREPARING, /* waits for the answers to SCRIPT LOAD and its like */
	LINK_READY, /* takes commands */
	LINK_CLOSING /* waits for hiredis to let go of the connection */
};

enum link_script { SCRIPT_APPLY, SCRIPT_FORECAST, SCRIPT_READ, SCRIPT_SKIP, SCRIPT_FOLD, SCRIPT_COUNT };

/* The answer to one command; reply is borrowed, and NULL when the link was
 * lost first, so that nobody knows whether the command was carried out. */
typedef void link_reply(void *arg, const struct redisReply *reply);

struct link_options {
	const char *address; /* as target.h reads it; copied */
	uint64_t dead_ms; /* no answer for so long: the link is given up */
	void (*on_up)(void *arg); /* ready; from here link_send() works */
	void (*on_down)(void *arg); /* lost, or not had; all answers were given before */
	void *arg;
};

/* Starts to connect at once. */
struct link *link_new(struct event_base *base, const struct link_options *o);
void link_free(struct link *l);

enum link_state link_state(const struct link *l);
uint64_t link_reconnects(const struct link *l); /* times it became ready again */

/* Queue one whole command; only while LINK_READY (or from within on_up). */
void link_send(struct link *l, struct str command, link_reply *cb, void *arg);

/* The SHA-1 under which Redis knows a script, as EVALSHA takes it. */
struct str link_script_sha(const struct link *l, enum link_script script);

/* Whether an error that Redis answers passes by itself or with a new link, so
 * that the same command may succeed later.  All others last. */
bool link_error_passes(const char *error);

/* Give the connection up and connect anew after the back-off. */
void link_restart(struct link *l, const char *why);

#endif
