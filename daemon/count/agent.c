/* agent.c - a set-associative cache before robots, browser, system, device.
 *
 *     keyed hash of the agent ──► set: │ often × 4 │ seen once × 4 │
 *
 * A miss takes an empty place; when there is none, the front of the back half,
 * and pushes out its last.  Each hit moves its place one forward.  So a flood
 * of agents that come once pushes out only others that came once.  The key is
 * this process's own: nobody can choose agents that share a set. */
#include "count/agent.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "count/browser.h"
#include "count/device.h"
#include "count/robots.h"
#include "count/system.h"

enum { WAYS = 8, FRONT = WAYS / 2, SETS = 512 };

/* Hash 0 is a place not taken. */
struct set {
	uint64_t hashes[WAYS];
	struct agent agents[WAYS];
};

struct agents {
	struct hash_key key;
	struct robots *robots;
	uint64_t missed;
	struct set sets[SETS];
};

struct agents *
agents_new(void)
{
	struct agents *as = xcalloc(1, sizeof(*as));

	hash_draw_key(&as->key);
	as->robots = robots_new();
	return as;
}

void
agents_free(struct agents *as)
{
	if (as == NULL)
		return;
	robots_free(as->robots);
	free(as);
}

static bool
has_letter(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((s.p[i] | 0x20) >= 'a' && (s.p[i] | 0x20) <= 'z')
			return true;
	return false;
}

static struct agent
judge(struct agents *as, struct str agent)
{
	if (!utf8_is_text(agent) || !has_letter(agent))
		return (struct agent){ .verdict = AGENT_ABSURD };
	if (robots_match(as->robots, agent))
		return (struct agent){ .verdict = AGENT_BOT };
	return (struct agent){ .verdict = AGENT_PERSON,
		.browser = (uint8_t)browser_of_agent(agent),
		.system = (uint8_t)system_of_agent(agent),
		.device = (uint8_t)device_of_agent(agent) };
}

static void
insert(struct set *set, uint64_t hash, struct agent agent)
{
	int at = 0;

	while (at < WAYS && set->hashes[at] != 0)
		at++;
	if (at == WAYS) {
		at = FRONT;
		memmove(&set->hashes[at + 1], &set->hashes[at], (WAYS - FRONT - 1) * sizeof(*set->hashes));
		memmove(&set->agents[at + 1], &set->agents[at], (WAYS - FRONT - 1) * sizeof(*set->agents));
	}
	set->hashes[at] = hash;
	set->agents[at] = agent;
}

static void
swap(struct set *set, int a, int b)
{
	uint64_t hash = set->hashes[a];
	struct agent agent = set->agents[a];

	set->hashes[a] = set->hashes[b];
	set->agents[a] = set->agents[b];
	set->hashes[b] = hash;
	set->agents[b] = agent;
}

struct agent
agents_judge(struct agents *as, struct str user_agent)
{
	struct agent found;
	struct set *set;
	uint64_t hash;

	if (user_agent.n < AGENT_MIN || user_agent.n > AGENT_MAX)
		return (struct agent){ .verdict = AGENT_ABSURD };
	hash = hash_of(&as->key, user_agent.p, user_agent.n) | 1;
	set = &as->sets[hash / 2 % SETS];
	for (int i = 0; i < WAYS; i++)
		if (set->hashes[i] == hash) {
			found = set->agents[i];
			if (i > 0)
				swap(set, i - 1, i);
			return found;
		}
	as->missed++;
	found = judge(as, user_agent);
	insert(set, hash, found);
	return found;
}

uint64_t
agents_missed(const struct agents *as)
{
	return as->missed;
}
