/* presence.c - a table to find them in, and a list through its items. */
#include "store/presence.h"

enum { STEPS_MAX = 4096 };

struct present {
	struct linear_item item; /* its key is the visitor */
	int64_t at_ms;
	uint32_t older, newer;
};

void
presence_fini(struct presence *p)
{
	linear_fini(&p->visitors);
	*p = (struct presence){ 0 };
}

size_t
presence_count(const struct presence *p)
{
	return p->visitors.n;
}

size_t
presence_bytes(const struct presence *p)
{
	return linear_bytes(&p->visitors);
}

static struct present *
at(const struct presence *p, uint32_t number)
{
	return linear_at(&p->visitors, number);
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
	uint32_t number = linear_find(&p->visitors, visitor);

	if (number != 0)
		*ret_at_ms = at(p, number)->at_ms;
	return number != 0;
}

static uint32_t
add(struct presence *p, uint64_t visitor)
{
	p->visitors.item_bytes = sizeof(struct present);
	return linear_put(&p->visitors, visitor);
}

int
presence_see(struct presence *p, uint64_t visitor, int64_t at_ms)
{
	uint32_t number = linear_find(&p->visitors, visitor), older;

	if (number != 0 && at(p, number)->at_ms >= at_ms)
		return 0;
	if (find_older(p, at_ms, &older) != 0)
		return -1;
	if (older != 0 && older == number)
		older = at(p, number)->older;
	if (number != 0)
		unlink_one(p, number);
	else if ((number = add(p, visitor)) == 0)
		return -1;
	at(p, number)->at_ms = at_ms;
	link_behind(p, number, older);
	return 0;
}

static void
leave(struct presence *p, uint32_t number)
{
	unlink_one(p, number);
	linear_remove(&p->visitors, number);
}

void
presence_leave(struct presence *p, uint64_t visitor)
{
	uint32_t number = linear_find(&p->visitors, visitor);

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
