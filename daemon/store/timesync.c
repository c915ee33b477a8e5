/* timesync.c - a slow round trip says too little and is passed over. */
#include "store/timesync.h"

#include <hiredis/hiredis.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "store/link.h"
#include "store/redistime.h"
#include "store/resp.h"

enum { SLOW_US = 200000 };

struct timesync {
	void (*on_synced)(void *arg);
	void *arg;
	bool asked; /* and not answered */
	bool warned;
	bool synced; /* once: a slow answer is better than none */
	int64_t asked_us; /* monotonic */
};

struct timesync *
timesync_new(void (*on_synced)(void *arg), void *arg)
{
	struct timesync *t = xcalloc(1, sizeof(*t));

	t->on_synced = on_synced;
	t->arg = arg;
	return t;
}

void
timesync_free(struct timesync *t)
{
	free(t);
}

static int64_t
own_ms(void)
{
	struct timespec now;

	if (clock_gettime(CLOCK_REALTIME, &now) != 0)
		fatal("clock_gettime");
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void
correct(struct timesync *t, const struct redisReply *reply)
{
	int64_t trip_us = clock_mono_us() - t->asked_us, offset;

	if (trip_us > SLOW_US && t->synced)
		return;
	if (redistime_offset(reply, trip_us, own_ms(), &offset) != 0) {
		log_warnx("clock: Redis does not say its TIME; days and windows are judged by this machine's");
		return;
	}
	if (!t->warned && llabs(offset) > REDISTIME_WARN_MS) {
		log_warnx("clock: this machine's is %lld ms from Redis's, whose is used; keep both by NTP",
		    (long long)-offset);
		t->warned = true;
	}
	clock_set_offset(offset);
	t->synced = true;
}

static void
on_time(void *arg, const struct redisReply *reply)
{
	struct timesync *t = arg;

	t->asked = false;
	if (reply != NULL)
		correct(t, reply);
	t->on_synced(t->arg);
}

void
timesync_ask(struct timesync *t, struct link *l)
{
	struct buf command = { 0 };

	if (t->asked)
		return;
	t->asked = true;
	t->asked_us = clock_mono_us();
	resp_array(&command, 1);
	resp_bulk(&command, STR("TIME"));
	link_send(l, buf_view(&command), on_time, t);
	buf_fini(&command);
}
