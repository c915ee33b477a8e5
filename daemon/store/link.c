/* link.c - a state machine around hiredis 0.14, which has no time-outs of its
 * own and must not be freed within its connect callback.
 *
 *   DOWN → CONNECTING → PREPARING → READY
 *     ↖________________CLOSING_______↙       (from any state)
 */
#include "store/link.h"

#include <event2/event.h>
#include <hiredis/async.h>
#include <hiredis/hiredis.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/assets.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "store/keys.h"
#include "store/pump.h"
#include "store/resp.h"
#include "store/target.h"

enum { BACKOFF_FIRST_MS = 50, BACKOFF_MAX_MS = 1000, WATCH_MS = 100, STABLE_US = 1000000, SHA1_HEX = 40 };

/* One command on its way. */
struct errand {
	struct link *link;
	link_reply *cb;
	void *arg;
};

struct link {
	struct event_base *base;
	struct link_options options;
	struct target target;
	enum link_state state;
	redisAsyncContext *redis; /* NULL when DOWN */
	struct event *timer; /* back-off when DOWN, else the watch */
	uint64_t backoff_ms;
	int64_t ready_us; /* monotonic: since when it is READY, or was last */
	int64_t heard_us; /* monotonic: last answer, or when the first unanswered command was sent */
	size_t unanswered;
	size_t prepared; /* answers still due while PREPARING */
	char sha[SCRIPT_COUNT][SHA1_HEX + 1];
	uint64_t times_ready;
	bool said_down; /* one log line a change of state */
};

static const char *const state_names[] = {
	[LINK_DOWN] = "down",
	[LINK_CONNECTING] = "connecting",
	[LINK_PREPARING] = "preparing",
	[LINK_READY] = "ready",
	[LINK_CLOSING] = "closing",
};

static void connect_now(struct link *l);

static void
set_state(struct link *l, enum link_state state)
{
	log_debug("redis %s: %s → %s", l->options.address, state_names[l->state], state_names[state]);
	l->state = state;
}

static void
arm(struct link *l, uint64_t ms)
{
	struct timeval t = { (time_t)(ms / 1000), (suseconds_t)(ms % 1000 * 1000) };

	if (evtimer_add(l->timer, &t) != 0)
		fatalx("redis %s: no timer", l->options.address);
}

/* Half of the back-off is jitter, so that many daemons do not come at once. */
static uint64_t
jittered(uint64_t ms)
{
	uint32_t random;

	if (getrandom(&random, sizeof(random), 0) != sizeof(random))
		fatal("getrandom");
	return ms / 2 + random % (ms / 2 + 1);
}

/* The connection is gone and every answer was given. */
static void
went_down(struct link *l, const char *why)
{
	if (!l->said_down)
		log_warnx("redis %s: %s; trying again until it is back", l->options.address, why);
	l->said_down = true;
	l->redis = NULL;
	l->unanswered = 0;
	/* A link that breaks as soon as it is made waits longer each time. */
	if (l->ready_us != 0 && clock_mono_us() - l->ready_us > STABLE_US)
		l->backoff_ms = BACKOFF_FIRST_MS;
	l->ready_us = 0;
	set_state(l, LINK_DOWN);
	arm(l, jittered(l->backoff_ms));
	l->backoff_ms = l->backoff_ms * 2 < BACKOFF_MAX_MS ? l->backoff_ms * 2 : BACKOFF_MAX_MS;
	l->options.on_down(l->options.arg);
}

void
link_restart(struct link *l, const char *why)
{
	bool connected;

	if (l->redis == NULL || l->state == LINK_CLOSING)
		return;
	connected = l->state != LINK_CONNECTING;
	if (!l->said_down)
		log_warnx("redis %s: %s; connecting anew", l->options.address, why);
	l->said_down = true;
	set_state(l, LINK_CLOSING);
	redisAsyncFree(l->redis);
	/* hiredis calls on_disconnect only for what was connected. */
	if (!connected)
		went_down(l, why);
}

static void
on_disconnect(const redisAsyncContext *redis, int status)
{
	struct link *l = redis->data;

	if (l == NULL)
		return;
	went_down(l, status == REDIS_OK ? "connection closed" : redis->errstr);
}

static void on_connect(const redisAsyncContext *redis, int status);

static void
on_reply(redisAsyncContext *redis, void *reply, void *arg)
{
	struct errand *e = arg;
	struct link *l = e->link;
	link_reply *cb = e->cb;
	void *cb_arg = e->arg;

	(void)redis;
	free(e);
	if (reply != NULL) {
		l->unanswered--;
		l->heard_us = clock_mono_us();
	} else if (l->state != LINK_CLOSING) {
		/* hiredis has begun to let go and takes nothing more; whoever
		 * hears of it now is not to send again. */
		set_state(l, LINK_CLOSING);
	}
	cb(cb_arg, reply);
}

static void
send_command(struct link *l, struct str command, link_reply *cb, void *arg)
{
	struct errand *e = xmalloc(sizeof(*e));

	*e = (struct errand){ l, cb, arg };
	if (l->unanswered++ == 0)
		l->heard_us = clock_mono_us();
	/* It refuses only while it disconnects, and then this is LINK_CLOSING. */
	if (redisAsyncFormattedCommand(l->redis, on_reply, e, command.p, command.n) != REDIS_OK)
		fatalx("redis %s: hiredis took no command in state %s", l->options.address, state_names[l->state]);
}

void
link_send(struct link *l, struct str command, link_reply *cb, void *arg)
{
	if (l->state != LINK_READY)
		fatalx("redis %s: command sent in state %s", l->options.address, state_names[l->state]);
	send_command(l, command, cb, arg);
}

/* One answer of the preparation is good; after the last the link is ready. */
static void
prepared_one(struct link *l)
{
	if (--l->prepared > 0)
		return;
	set_state(l, LINK_READY);
	l->ready_us = clock_mono_us();
	l->times_ready++;
	if (l->said_down)
		log_info("redis %s: back", l->options.address);
	l->said_down = false;
	l->options.on_up(l->options.arg);
}

static bool
refused(struct link *l, const struct redisReply *reply)
{
	if (reply == NULL)
		return true;
	if (l->state != LINK_PREPARING)
		return true;
	if (reply->type != REDIS_REPLY_ERROR)
		return false;
	link_restart(l, reply->str);
	return true;
}

static void
on_plain_prepared(void *arg, const struct redisReply *reply)
{
	struct link *l = arg;

	if (!refused(l, reply))
		prepared_one(l);
}

static void
on_schema(void *arg, const struct redisReply *reply)
{
	struct link *l = arg;

	if (refused(l, reply))
		return;
	if (reply->type != REDIS_REPLY_STRING || strcmp(reply->str, SCHEMA) != 0) {
		link_restart(l, "tk:schema is of another Thongke; this one reads layout " SCHEMA);
		return;
	}
	prepared_one(l);
}

static void
on_loaded(struct link *l, enum link_script script, const struct redisReply *reply)
{
	if (refused(l, reply))
		return;
	if (reply->type != REDIS_REPLY_STRING || reply->len != SHA1_HEX) {
		link_restart(l, "SCRIPT LOAD answered no SHA-1");
		return;
	}
	memcpy(l->sha[script], reply->str, SHA1_HEX);
	prepared_one(l);
}

static void
on_apply_loaded(void *arg, const struct redisReply *reply)
{
	on_loaded(arg, SCRIPT_APPLY, reply);
}

static void
on_forecast_loaded(void *arg, const struct redisReply *reply)
{
	on_loaded(arg, SCRIPT_FORECAST, reply);
}

static void
on_read_loaded(void *arg, const struct redisReply *reply)
{
	on_loaded(arg, SCRIPT_READ, reply);
}

static void
on_skip_loaded(void *arg, const struct redisReply *reply)
{
	on_loaded(arg, SCRIPT_SKIP, reply);
}

static void
on_fold_loaded(void *arg, const struct redisReply *reply)
{
	on_loaded(arg, SCRIPT_FOLD, reply);
}

static void
prepare(struct link *l, struct buf *command, link_reply *cb)
{
	l->prepared++;
	send_command(l, buf_view(command), cb, l);
	buf_clear(command);
}

static void
prepare_all(struct link *l)
{
	const struct {
		struct str text;
		link_reply *cb;
	} scripts[SCRIPT_COUNT] = {
		[SCRIPT_APPLY] = { ASSET(apply), on_apply_loaded },
		[SCRIPT_FORECAST] = { ASSET(forecast), on_forecast_loaded },
		[SCRIPT_READ] = { ASSET(read), on_read_loaded },
		[SCRIPT_SKIP] = { ASSET(skip), on_skip_loaded },
		[SCRIPT_FOLD] = { ASSET(fold), on_fold_loaded },
	};
	struct buf command = { 0 };

	l->prepared = 0;
	if (l->target.db > 0) {
		resp_array(&command, 2);
		resp_bulk(&command, STR("SELECT"));
		resp_int(&command, l->target.db);
		prepare(l, &command, on_plain_prepared);
	}
	/* Whoever comes first writes the layout's version; then read whose it is. */
	resp_array(&command, 4);
	resp_bulk(&command, STR("SET"));
	key_schema(&command);
	resp_bulk(&command, STR(SCHEMA));
	resp_bulk(&command, STR("NX"));
	prepare(l, &command, on_plain_prepared);
	resp_array(&command, 2);
	resp_bulk(&command, STR("GET"));
	key_schema(&command);
	prepare(l, &command, on_schema);
	resp_array(&command, 4);
	resp_bulk(&command, STR("EVAL"));
	resp_bulk(&command, ASSET(rights));
	resp_int(&command, 0);
	key_counts(&command, STR("rights"));
	prepare(l, &command, on_plain_prepared);
	for (size_t i = 0; i < NITEMS(scripts); i++) {
		resp_array(&command, 3);
		resp_bulk(&command, STR("SCRIPT"));
		resp_bulk(&command, STR("LOAD"));
		resp_bulk(&command, scripts[i].text);
		prepare(l, &command, scripts[i].cb);
	}
	buf_fini(&command);
}

static void
on_connect(const redisAsyncContext *redis, int status)
{
	struct link *l = redis->data;

	if (l == NULL)
		return;
	if (status != REDIS_OK) {
		went_down(l, redis->errstr); /* hiredis frees the context itself */
		return;
	}
	set_state(l, LINK_PREPARING);
	prepare_all(l);
}

static void
connect_now(struct link *l)
{
	const struct target *t = &l->target;
	redisAsyncContext *redis =
	    t->path != NULL ? redisAsyncConnectUnix(t->path) : redisAsyncConnect(t->host, t->port);

	if (redis == NULL)
		fatalx("out of memory");
	set_state(l, LINK_CONNECTING);
	l->heard_us = clock_mono_us();
	if (redis->err != 0) {
		char why[sizeof(redis->c.err) + 128];
		(void)snprintf(why, sizeof(why), "%s", redis->errstr);
		redisAsyncFree(redis);
		went_down(l, why);
		return;
	}
	l->redis = redis;
	redis->data = l;
	if (pump_attach(redis, l->base) != 0 || redisAsyncSetConnectCallback(redis, on_connect) != REDIS_OK ||
	    redisAsyncSetDisconnectCallback(redis, on_disconnect) != REDIS_OK)
		fatalx("redis %s: hiredis can not be attached to the event loop", l->options.address);
	arm(l, WATCH_MS);
}

/* The end of a back-off, or a look whether Redis still answers. */
static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct link *l = arg;
	int64_t silence_us = clock_mono_us() - l->heard_us;

	(void)fd;
	(void)what;
	if (l->state == LINK_DOWN) {
		connect_now(l);
		return;
	}
	arm(l, WATCH_MS);
	if (silence_us > (int64_t)l->options.dead_ms * 1000 && (l->unanswered > 0 || l->state == LINK_CONNECTING))
		link_restart(l, "no answer");
}

struct link *
link_new(struct event_base *base, const struct link_options *o)
{
	struct link *l = xcalloc(1, sizeof(*l));

	l->base = base;
	l->options = *o;
	l->options.address = xstrdup(o->address);
	l->backoff_ms = BACKOFF_FIRST_MS;
	if (target_parse(o->address, &l->target) != 0)
		fatalx("redis %s: the configuration let pass what is no address", o->address);
	l->timer = evtimer_new(base, on_timer, l);
	if (l->timer == NULL)
		fatalx("out of memory");
	arm(l, 0);
	return l;
}

void
link_free(struct link *l)
{
	if (l == NULL)
		return;
	if (l->redis != NULL) {
		l->state = LINK_CLOSING;
		l->redis->data = NULL; /* nobody is to hear of it any more */
		redisAsyncFree(l->redis);
	}
	event_free(l->timer);
	target_fini(&l->target);
	free((char *)l->options.address);
	free(l);
}

enum link_state
link_state(const struct link *l)
{
	return l->state;
}

uint64_t
link_reconnects(const struct link *l)
{
	return l->times_ready > 0 ? l->times_ready - 1 : 0;
}

struct str
link_script_sha(const struct link *l, enum link_script script)
{
	return (struct str){ l->sha[script], SHA1_HEX };
}

bool
link_error_passes(const char *error)
{
	static const char *const passing[] = { "OOM", "MISCONF", "READONLY", "LOADING", "MASTERDOWN", "BUSY",
		"NOREPLICAS", "TRYAGAIN", "CLUSTERDOWN", "MOVED", "ASK", "NOSCRIPT", "NOAUTH", "NOPERM" };

	for (size_t i = 0; i < NITEMS(passing); i++) {
		size_t n = strlen(passing[i]);
		if (strncmp(error, passing[i], n) == 0 && (error[n] == ' ' || error[n] == '\0'))
			return true;
	}
	return strstr(error, "Script killed") != NULL;
}
