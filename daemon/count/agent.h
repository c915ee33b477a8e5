/* agent.h - what a User-Agent says of who sends it: a person with which
 * browser on what, or a robot.  Agents that come again are answered from a
 * cache of fixed size, which keeps a keyed hash of each and not its text. */
#ifndef COUNT_AGENT_H
#define COUNT_AGENT_H

#include <stdint.h>

#include "base/str.h"

enum agent_verdict {
	AGENT_PERSON,
	AGENT_BOT, /* on the list of robots, or plainly one */
	AGENT_ABSURD /* empty, too short or too long, without a letter, no text */
};

enum { AGENT_MIN = 8, AGENT_MAX = 1024 }; /* bytes of one that is not absurd */

/* Only of a person is it told which browser, system and device: all 0, which
 * is "other", of the rest. */
struct agent {
	uint8_t verdict; /* enum agent_verdict */
	uint8_t browser; /* enum browser: browser_name() */
	uint8_t system; /* enum system: system_name() */
	uint8_t device; /* enum device: device_name() */
};

struct agents;

/* Takes some milliseconds, 48 KiB for the cache and 500 KiB for the robots. */
struct agents *agents_new(void);
void agents_free(struct agents *as);

/* An absent agent is an empty one.  Borrows it for the call alone. */
struct agent agents_judge(struct agents *as, struct str user_agent);

/* How many were judged so far that the cache did not have. */
uint64_t agents_missed(const struct agents *as);

#endif
