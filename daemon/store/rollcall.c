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

enum { SOME = 1000, BYTES_EACH = 32, AGAIN_US = 10 * 1000 * 1000 };

/* One question on its way. */
struct question {
	struct link *link;
	struct account *account;
};

static void on_told(void *arg, const struct redisReply *reply);

/* Who was seen at that moment or before; its text as Redis has it. */
static void
ask(struct question *q, struct str until)
{
	struct buf command = { 0 };

	resp_array(&command, 8);
	resp_bulk(&command, STR("ZREVRANGEBYSCORE"));
	key_online(&command, q->account->name);
	resp_bulk(&command, until);
	resp_bulk(&command, STR("-inf"));
	resp_bulk(&command, STR("WITHSCORES"));
	resp_bulk(&command, STR("LIMIT"));
	resp_int(&command, 0);
	resp_int(&command, SOME);
	link_send(q->link, buf_view(&command), on_told, q);
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

/* Whether there are more, and up to when; there are none behind a thousand of the same moment. */
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
	struct question *q = arg;
	struct str until;

	if (reply != NULL && take(&q->account->mirror, reply, &until) && link_state(q->link) == LINK_READY) {
		ask(q, until);
		return;
	}
	q->account->rollcall_is_on = false;
	free(q);
}

void
rollcall_tend(struct link *l, struct account *a, uint64_t bytes_max)
{
	const struct mirror *m = &a->mirror;
	int64_t now_us = clock_mono_us();
	struct question *q;

	if (!m->is_known || m->knows_all_present || m->wary > 0 || a->rollcall_is_on ||
	    (uint64_t)m->last.held.present * BYTES_EACH > bytes_max ||
	    (a->rollcall_us != 0 && now_us - a->rollcall_us < AGAIN_US))
		return;
	a->rollcall_is_on = true;
	a->rollcall_us = now_us;
	q = xmalloc(sizeof(*q));
	*q = (struct question){ l, a };
	ask(q, STR("+inf"));
}
