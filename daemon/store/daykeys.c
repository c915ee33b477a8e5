/* daykeys.c - a handful of dates in a small array; the oldest makes room. */
#include "store/daykeys.h"

#include <hiredis/hiredis.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/log.h"
#include "base/mem.h"
#include "count/calendar.h"
#include "store/keys.h"
#include "store/link.h"
#include "store/resp.h"

enum { DATES = 8, TTL_S = 72 * 3600 };
#define HOUR_MS ((int64_t)3600 * 1000)
#define DAY_MS (24 * HOUR_MS)

struct daykey {
	int32_t day; /* 0: unused */
	bool shared;
	bool used; /* while not shared */
	uint8_t bytes[SIPHASH_KEY_BYTES];
};

struct daykeys {
	void (*on_fetched)(void *arg);
	void *arg;
	struct daykey dates[DATES];
	uint64_t own;
};

/* One fetch on its way. */
struct errand {
	struct daykeys *keys;
	int32_t day;
};

struct daykeys *
daykeys_new(void (*on_fetched)(void *arg), void *arg)
{
	struct daykeys *k = xcalloc(1, sizeof(*k));

	k->on_fetched = on_fetched;
	k->arg = arg;
	return k;
}

void
daykeys_free(struct daykeys *k)
{
	free(k);
}

static struct daykey *
find(struct daykeys *k, int32_t day)
{
	for (size_t i = 0; i < DATES; i++) {
		if (k->dates[i].day == day)
			return &k->dates[i];
	}
	return NULL;
}

static struct daykey *
find_or_make(struct daykeys *k, int32_t day)
{
	struct daykey *key = find(k, day);

	if (key != NULL)
		return key;
	key = &k->dates[0];
	for (size_t i = 1; i < DATES; i++) {
		if (k->dates[i].day < key->day)
			key = &k->dates[i];
	}
	*key = (struct daykey){ .day = day };
	if (getrandom(key->bytes, sizeof(key->bytes), 0) != sizeof(key->bytes))
		fatal("getrandom");
	return key;
}

static void
key_fetched(void *arg, const struct redisReply *reply)
{
	struct errand *e = arg;
	struct daykeys *k = e->keys;

	if (reply != NULL && reply->type == REDIS_REPLY_STRING && reply->len == SIPHASH_KEY_BYTES) {
		struct daykey *key = find_or_make(k, e->day);
		memcpy(key->bytes, reply->str, SIPHASH_KEY_BYTES);
		key->shared = true;
	} else if (reply != NULL) {
		log_warnx("day key %u: Redis has none of %d bytes", day_number(e->day), SIPHASH_KEY_BYTES);
	}
	free(e);
	k->on_fetched(k->arg);
}

static void
on_offered(void *arg, const struct redisReply *reply)
{
	(void)arg;
	if (reply != NULL && reply->type == REDIS_REPLY_ERROR)
		log_warnx("day key: Redis does not take one: %s", reply->str);
}

/* SET NX offers ours, GET tells whose it is. */
static void
fetch(struct daykeys *k, struct link *l, int32_t day)
{
	const struct daykey *key = find_or_make(k, day);
	struct errand *e = xmalloc(sizeof(*e));
	struct buf command = { 0 };

	*e = (struct errand){ k, day };
	resp_array(&command, 6);
	resp_bulk(&command, STR("SET"));
	key_day_key(&command, day);
	resp_bulk(&command, (struct str){ (const char *)key->bytes, sizeof(key->bytes) });
	resp_bulk(&command, STR("NX"));
	resp_bulk(&command, STR("EX"));
	resp_int(&command, TTL_S);
	link_send(l, buf_view(&command), on_offered, NULL);

	buf_clear(&command);
	resp_array(&command, 2);
	resp_bulk(&command, STR("GET"));
	key_day_key(&command, day);
	link_send(l, buf_view(&command), key_fetched, e);
	buf_fini(&command);
}

/* It is between 12 h earlier and 14 h later than UTC somewhere; yesterday's is
 * asked for in the first minutes of a day, tomorrow's an hour before it begins. */
size_t
daykeys_fetch(struct daykeys *k, struct link *l, int64_t now_ms)
{
	int32_t first = (int32_t)((now_ms - 13 * HOUR_MS) / DAY_MS);
	int32_t last = (int32_t)((now_ms + 15 * HOUR_MS) / DAY_MS);
	size_t sent = 0;

	for (int32_t day = first; day <= last; day++) {
		fetch(k, l, day);
		sent++;
	}
	return sent;
}

const uint8_t *
daykeys_get(struct daykeys *k, int32_t day)
{
	struct daykey *key = find_or_make(k, day);

	if (!key->shared && !key->used) {
		key->used = true;
		k->own++;
	}
	return key->bytes;
}

uint64_t
daykeys_own(const struct daykeys *k)
{
	return k->own;
}
