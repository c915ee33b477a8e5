/* pump.c - the hooks of hiredis 0.14: a write is over when it says delWrite, and
 * has left something when it says addWrite.  What the kernel refuses to watch is
 * tried again with the next command; until then it is as if Redis did not answer. */
#include "store/pump.h"

#include <stdbool.h>
#include <stdlib.h>

#include "base/mem.h"

struct pump {
	redisAsyncContext *redis;
	struct event *readable, *writable; /* owned */
	bool is_reading;
	bool is_writing; /* since a write was begun that has not taken all */
};

/* hiredis may free its context in these two, and with it all of this. */
static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct pump *p = arg;

	(void)fd;
	(void)what;
	redisAsyncHandleRead(p->redis);
}

static void
on_writable(evutil_socket_t fd, short what, void *arg)
{
	struct pump *p = arg;

	(void)fd;
	(void)what;
	p->is_writing = true;
	redisAsyncHandleWrite(p->redis);
}

static void
add_read(void *arg)
{
	struct pump *p = arg;

	if (!p->is_reading)
		p->is_reading = event_add(p->readable, NULL) == 0;
}

static void
del_read(void *arg)
{
	struct pump *p = arg;

	(void)event_del(p->readable);
	p->is_reading = false;
}

/* Behind the callbacks of this turn; when there is room, of what had none, and of a connection that is not made yet. */
static void
add_write(void *arg)
{
	struct pump *p = arg;

	if (p->is_writing || (p->redis->c.flags & REDIS_CONNECTED) == 0)
		(void)event_add(p->writable, NULL);
	else
		event_active(p->writable, EV_WRITE, 0);
}

static void
del_write(void *arg)
{
	struct pump *p = arg;

	if (event_pending(p->writable, EV_WRITE, NULL))
		(void)event_del(p->writable);
	p->is_writing = false;
}

static void
cleanup(void *arg)
{
	struct pump *p = arg;

	if (p->readable != NULL)
		event_free(p->readable);
	if (p->writable != NULL)
		event_free(p->writable);
	free(p);
}

int
pump_attach(redisAsyncContext *redis, struct event_base *base)
{
	struct pump *p = xcalloc(1, sizeof(*p));

	p->redis = redis;
	p->readable = event_new(base, redis->c.fd, EV_READ | EV_PERSIST, on_readable, p);
	p->writable = event_new(base, redis->c.fd, EV_WRITE, on_writable, p);
	if (p->readable == NULL || p->writable == NULL) {
		cleanup(p);
		return -1;
	}
	redis->ev.addRead = add_read;
	redis->ev.delRead = del_read;
	redis->ev.addWrite = add_write;
	redis->ev.delWrite = del_write;
	redis->ev.cleanup = cleanup;
	redis->ev.data = p;
	return 0;
}
