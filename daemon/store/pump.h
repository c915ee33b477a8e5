/* pump.h - hiredis's connection in the loop of libevent.  What the callbacks of one
 * turn of the loop send goes out behind them in one write, before the loop waits
 * again or rests, and nobody asks first whether there is room; reading is asked for
 * once.  hiredis's own adapter asks the kernel anew for each, and writes a turn
 * later. */
#ifndef STORE_PUMP_H
#define STORE_PUMP_H

#include <event2/event.h>
#include <hiredis/async.h>

/* Of a connection that was just begun, by redisAsyncConnect() or its like.  It ends with it.  -1: there is no event
 * to be had. */
int pump_attach(redisAsyncContext *redis, struct event_base *base) __attribute__((warn_unused_result));

#endif
