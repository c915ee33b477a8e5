/* clock.c - clock_gettime with an offset. */
#include "base/clock.h"

#include <time.h>

#include "base/log.h"

static int64_t offset_ms, frozen_ms;

static struct timespec
read_clock(clockid_t id)
{
	struct timespec t;

	if (clock_gettime(id, &t) != 0)
		fatal("clock_gettime");
	return t;
}

int64_t
clock_wall_ms(void)
{
	struct timespec t;

	if (frozen_ms != 0)
		return frozen_ms;
	t = read_clock(CLOCK_REALTIME);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000 + offset_ms;
}

int64_t
clock_mono_us(void)
{
	struct timespec t = read_clock(CLOCK_MONOTONIC);

	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

void
clock_set_offset(int64_t ms)
{
	offset_ms = ms;
}

int64_t
clock_offset(void)
{
	return offset_ms;
}

void
clock_freeze(int64_t ms)
{
	frozen_ms = ms;
}
