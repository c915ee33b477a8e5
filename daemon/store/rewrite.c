/* rewrite.c - a key per night that only one daemon can set, then BGREWRITEAOF. */
#include "store/rewrite.h"

#include <hiredis/hiredis.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/mem.h"
#include "store/keys.h"
#include "store/link.h"
#include "store/resp.h"

/* A night is called after the day on which it began, and begins for this at
 * 19:00 UTC, when it is two o'clock in Viet Nam. */
enum { NIGHT_HOUR_UTC = 19, CLAIMED_S = 2 * 86400 };
#define HOUR_MS ((int64_t)3600 * 1000)
#define DAY_MS (24 * HOUR_MS)

struct rewrite {
	int32_t night; /* that was seen to, here or by another daemon */
	bool asked; /* and not answered */
	bool owed; /* the night is ours, and Redis has not begun */
	bool complained;
	struct link *link;
};

struct rewrite *
rewrite_new(void)
{
	return xcalloc(1, sizeof(struct rewrite));
}

void
rewrite_free(struct rewrite *r)
{
	free(r);
}

static void
complain(struct rewrite *r, const char *why)
{
	if (!r->complained)
		log_warnx(
		    "Redis does not rewrite its append-only file, so that what has expired stays on the disk: %s", why);
	r->complained = true;
}

static void
on_begun(void *arg, const struct redisReply *reply)
{
	struct rewrite *r = arg;

	r->asked = false;
	if (reply == NULL)
		return;
	if (reply->type == REDIS_REPLY_ERROR) {
		complain(r, reply->str);
		return;
	}
	r->complained = r->owed = false;
}

static void
begin(struct rewrite *r)
{
	struct buf command = { 0 };

	r->asked = true;
	resp_array(&command, 1);
	resp_bulk(&command, STR("BGREWRITEAOF"));
	link_send(r->link, buf_view(&command), on_begun, r);
	buf_fini(&command);
}

static void
on_claimed(void *arg, const struct redisReply *reply)
{
	struct rewrite *r = arg;

	r->asked = false;
	if (reply == NULL) {
		r->night = 0; /* nobody knows: asked again */
		return;
	}
	if (reply->type == REDIS_REPLY_ERROR)
		complain(r, reply->str);
	r->owed = reply->type == REDIS_REPLY_STATUS;
	if (r->owed)
		begin(r);
}

void
rewrite_tend(struct rewrite *r, struct link *l, int64_t now_ms)
{
	int32_t night = (int32_t)((now_ms - NIGHT_HOUR_UTC * HOUR_MS) / DAY_MS);
	struct buf command = { 0 };

	r->link = l;
	if (r->asked)
		return;
	if (r->owed) { /* a rewrite was going on, or the link was lost */
		begin(r);
		return;
	}
	if (night == r->night)
		return;
	r->asked = true;
	r->night = night;
	resp_array(&command, 6);
	resp_bulk(&command, STR("SET"));
	key_rewritten(&command, night);
	resp_int(&command, 1);
	resp_bulk(&command, STR("NX"));
	resp_bulk(&command, STR("EX"));
	resp_int(&command, CLAIMED_S);
	link_send(l, buf_view(&command), on_claimed, r);
	buf_fini(&command);
}
