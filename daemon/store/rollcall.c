/* rollcall.c - from those who were seen last to those who were seen first, so
 * that each stands at the end of those who are known. */
#include "store/rollcall.h"

#include <hiredis/hiredis.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "store/account.h"
#include "store/keys.h"
#include "store/link.h"
#include "store/resp.h"

/* Some at once: others wait meanwhile, two tenths of a millisecond. */
enum { SOME = 200, BYTES_EACH = 64, AGAIN_US = 10 * 1000 * 1000 };

struct rollcall {
	struct link *link;
	void (*on_end)(void *arg);
	void *arg;
	struct account *account; /* whose is called; NULL: nobody's */
	size_t next; /* the account that is looked at next, modulo */
};

struct rollcall *
rollcall_new(struct link *l, void (*on_end)(void *arg), void *arg)
{
	struct rollcall *r = xcalloc(1, sizeof(*r));

	*r = (struct rollcall){ .link = l, .on_end = on_end, .arg = arg };
	return r;
}

void
rollcall_free(struct rollcall *r)
{
	free(r);
}

static void on_told(void *arg, const struct redisReply *reply);

/* Who was seen at that moment or before; its text as Redis has it. */
static void
ask(struct rollcall *r, struct str until)
{
	struct buf command = { 0 };

	resp_array(&command, 8);
	resp_bulk(&command, STR("ZREVRANGEBYSCORE"));
	key_online(&command, r->account->name);
	resp_bulk(&command, until);
	resp_bulk(&command, STR("-inf"));
	resp_bulk(&command, STR("WITHSCORES"));
	resp_bulk(&command, STR("LIMIT"));
	resp_int(&command, 0);
	resp_int(&command, SOME);
	link_send(r->link, buf_view(&command), on_told, r);
	buf_fini(&command);
}

static struct str
text_of(const redisReply *value)
{
	return value->type == REDIS_REPLY_STRING ? (struct str){ value->str, value->len } : (struct str){ NULL, 0 };
}

/* What is no visitor, as somebody wrote it by hand, is not met: then those who are known are never all. */
static void
meet(struct mirror *m, struct str name, struct str score)
{
	uint64_t visitor, at_ms;

	if (name.n != sizeof(visitor) || str_to_uint(score, 0, INT64_MAX, &at_ms) != 0)
		return;
	memcpy(&visitor, name.p, sizeof(visitor));
	mirror_meet(m, visitor, (int64_t)at_ms);
}

/* Whether there are more, and up to when.  Behind so many of the same moment nobody is asked for. */
static bool
take(struct mirror *m, const redisReply *told, struct str *ret_until)
{
	if (told->type != REDIS_REPLY_ARRAY || told->elements < 2 || told->elements % 2 != 0)
		return false;
	for (size_t i = 0; i < told->elements; i += 2)
		meet(m, text_of(told->element[i]), text_of(told->element[i + 1]));
	*ret_until = text_of(told->element[told->elements - 1]);
	return m->is_known && told->elements == 2 * (size_t)SOME && !str_eq(*ret_until, text_of(told->element[1]));
}

static void
on_told(void *arg, const struct redisReply *reply)
{
	struct rollcall *r = arg;
	struct str until;

	if (reply != NULL && take(&r->account->mirror, reply, &until)) {
		ask(r, until);
		return;
	}
	r->account = NULL;
	r->on_end(r->arg);
}

static bool
is_needed(const struct account *a, int64_t now_us, uint64_t bytes_max)
{
	const struct mirror *m = &a->mirror;

	return m->is_known && !m->knows_all_present && m->wary == 0 &&
	       (uint64_t)m->last.held.present * BYTES_EACH <= bytes_max &&
	       (a->rollcall_us == 0 || now_us - a->rollcall_us >= AGAIN_US);
}

void
rollcall_tend(struct rollcall *r, struct account *const *accounts, size_t n, uint64_t bytes_max)
{
	int64_t now_us = clock_mono_us();

	if (link_state(r->link) != LINK_READY)
		return;
	for (size_t i = 0; r->account == NULL && i < n; i++) {
		struct account *a = accounts[r->next++ % n];

		if (a == NULL || !is_needed(a, now_us, bytes_max))
			continue;
		a->rollcall_us = now_us;
		r->account = a;
		ask(r, STR("+inf"));
	}
}
