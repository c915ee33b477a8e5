/* presence.c - open addressing with linear probing; what is taken out is filled
 * by what lies behind it, so that no slot is ever dead. */
#include "store/presence.h"

#include <stdlib.h>

#include "base/mem.h"
#include "store/index.h"

enum { CAP_MIN = 8, STEPS_MAX = 4096 };

struct present {
	uint64_t visitor;
	int64_t at_ms;
	uint32_t older, newer; /* spare ones are linked by newer */
};

void
presence_fini(struct presence *p)
{
	free(p->places);
	free(p->slots);
	*p = (struct presence){ 0 };
}

size_t
presence_bytes(const struct presence *p)
{
	return p->cap * (sizeof(*p->places) + 2 * sizeof(*p->slots));
}

static struct present *
at(const struct presence *p, uint32_t number)
{
	return &p->places[number - 1];
}

/* ---- the table ----------------------------------------------------------- */

static size_t
mask(const struct presence *p)
{
	return 2 * p->cap - 1;
}

/* The slot where he is, or the empty one where he belongs. */
static size_t
slot_of(const struct presence *p, uint64_t visitor)
{
	size_t slot = index_hash(visitor) & mask(p);

	while (p->slots[slot] != 0 && at(p, p->slots[slot])->visitor != visitor)
		slot = (slot + 1) & mask(p);
	return slot;
}

/* His number, or 0. */
static uint32_t
find(const struct presence *p, uint64_t visitor)
{
	return p->cap > 0 ? p->slots[slot_of(p, visitor)] : 0;
}

static void
empty(struct presence *p, size_t hole)
{
	for (size_t slot = (hole + 1) & mask(p); p->slots[slot] != 0; slot = (slot + 1) & mask(p)) {
		size_t home = index_hash(at(p, p->slots[slot])->visitor) & mask(p);

		/* He may lie in the hole if that is no farther from it than where he is. */
		if (((slot - home) & mask(p)) >= ((slot - hole) & mask(p))) {
			p->slots[hole] = p->slots[slot];
			hole = slot;
		}
	}
	p->slots[hole] = 0;
}

static void
grow(struct presence *p)
{
	size_t cap = p->cap > 0 ? 2 * p->cap : CAP_MIN;

	p->places = xrealloc(p->places, cap * sizeof(*p->places));
	free(p->slots);
	p->slots = xcalloc(2 * cap, sizeof(*p->slots));
	for (size_t i = p->cap; i < cap; i++) {
		p->places[i] = (struct present){ .newer = p->spare };
		p->spare = (uint32_t)i + 1;
	}
	p->cap = cap;
	for (uint32_t number = p->oldest; number != 0; number = at(p, number)->newer)
		p->slots[slot_of(p, at(p, number)->visitor)] = number;
}

/* ---- the list ------------------------------------------------------------ */

/* Whom one seen at that moment stands behind, 0 being nobody; -1: not found soon. */
static int
find_older(const struct presence *p, int64_t at_ms, uint32_t *ret_number)
{
	uint32_t number = p->oldest == 0 || at_ms <= at(p, p->oldest)->at_ms ? 0 : p->newest;

	for (int steps = 0; number != 0 && at(p, number)->at_ms > at_ms; steps++) {
		if (steps == STEPS_MAX)
			return -1;
		number = at(p, number)->older;
	}
	*ret_number = number;
	return 0;
}

static void
link_behind(struct presence *p, uint32_t number, uint32_t older)
{
	struct present *one = at(p, number);

	one->older = older;
	one->newer = older != 0 ? at(p, older)->newer : p->oldest;
	*(older != 0 ? &at(p, older)->newer : &p->oldest) = number;
	*(one->newer != 0 ? &at(p, one->newer)->older : &p->newest) = number;
	if (one->at_ms <= p->since_ms)
		return;
	p->online++;
	if (one->newer == p->edge)
		p->edge = number;
}

static void
unlink_one(struct presence *p, uint32_t number)
{
	const struct present *one = at(p, number);

	*(one->older != 0 ? &at(p, one->older)->newer : &p->oldest) = one->newer;
	*(one->newer != 0 ? &at(p, one->newer)->older : &p->newest) = one->older;
	if (one->at_ms <= p->since_ms)
		return;
	p->online--;
	if (p->edge == number)
		p->edge = one->newer;
}

/* ---- what is asked -------------------------------------------------------- */

bool
presence_find(const struct presence *p, uint64_t visitor, int64_t *ret_at_ms)
{
	uint32_t number = find(p, visitor);

	if (number != 0)
		*ret_at_ms = at(p, number)->at_ms;
	return number != 0;
}

static uint32_t
add(struct presence *p, uint64_t visitor)
{
	uint32_t number;

	if (p->n == p->cap)
		grow(p);
	number = p->spare;
	p->spare = at(p, number)->newer;
	at(p, number)->visitor = visitor;
	p->slots[slot_of(p, visitor)] = number;
	p->n++;
	return number;
}

int
presence_see(struct presence *p, uint64_t visitor, int64_t at_ms)
{
	uint32_t number = find(p, visitor), older;

	if (number != 0 && at(p, number)->at_ms >= at_ms)
		return 0;
	if (find_older(p, at_ms, &older) != 0)
		return -1;
	if (older != 0 && older == number)
		older = at(p, number)->older;
	if (number != 0)
		unlink_one(p, number);
	else
		number = add(p, visitor);
	at(p, number)->at_ms = at_ms;
	link_behind(p, number, older);
	return 0;
}

static void
leave(struct presence *p, uint32_t number)
{
	unlink_one(p, number);
	empty(p, slot_of(p, at(p, number)->visitor));
	at(p, number)->newer = p->spare;
	p->spare = number;
	p->n--;
}

void
presence_leave(struct presence *p, uint64_t visitor)
{
	uint32_t number = find(p, visitor);

	if (number != 0)
		leave(p, number);
}

void
presence_forget_before(struct presence *p, int64_t at_ms)
{
	while (p->oldest != 0 && at(p, p->oldest)->at_ms < at_ms) {
		p->gone_ms = at(p, p->oldest)->at_ms;
		leave(p, p->oldest);
	}
}

size_t
presence_online(struct presence *p, int64_t since_ms)
{
	uint32_t older;

	for (; p->edge != 0 && at(p, p->edge)->at_ms <= since_ms; p->online--)
		p->edge = at(p, p->edge)->newer;
	older = p->edge != 0 ? at(p, p->edge)->older : p->newest;
	for (; older != 0 && at(p, older)->at_ms > since_ms; older = at(p, older)->older) {
		p->edge = older;
		p->online++;
	}
	p->since_ms = since_ms;
	return p->online;
}
