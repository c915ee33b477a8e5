/* rounds.c - gathers hits while a round is in flight and sends all sites'
 * batches together in the next.
 *
 * The linger: an idle server answers in one round trip; under load the next
 * round waits until as many hits have gathered as were lately on their way at
 * once, because an fsync for fifty costs what an fsync for one does, and a hit
 * that misses its round waits for all of the next.  So it waits twice as long as
 * the last round took, LINGER_US at most.  How many take part is the most that
 * were pending at once since it was last waited for them in vain: of two rounds by
 * turns, as after a stall, both are pending, and the next waits for both. */
#include <event2/event.h>

#include "base/clock.h"
#include "store/internal.h"
#include "store/payload.h"

enum { LINGER_US = 2000, LATE_US = 4000, DAY_MS = 86400000 };

/* The loop rests where so many are on their way at once, and so few came since it last looked; but
 * not once three quarters of a round have gathered, as all of them wait for the last. */
enum { REST_US = 100, RESTING_FROM = 16, MANY_AT_ONCE = 8 };

static void
mark_dirty(struct store *s, struct account *a)
{
	if (a->is_dirty)
		return;
	a->is_dirty = true;
	TAILQ_INSERT_TAIL(&s->dirty, a, dirty);
}

static void
seal(struct store *s, struct account *a)
{
	struct batch *b = a->open;
	struct payload_head head = {
		.now_ms = clock_wall_ms(),
		.online_window_ms = (int64_t)s->config->online_window * 1000,
		.dedupe_window_ms = (int64_t)s->config->dedupe_window * 1000,
		.repeat_window_ms = a->repeat_window_ms,
		.kept_ms = (int64_t)s->config->details_kept * DAY_MS,
		.pages_max = a->pages_max,
		.hosts_max = a->referrers_max,
	};

	a->open = NULL;
	s->gathered -= b->nitems;
	batch_seal(b, a->stream.sequence + 1, &head);
	stream_append(&a->stream, b);
	expose(s, b);
}

void
gather(struct store *s, struct account *a, const struct tally *t, store_cb *cb, void *arg)
{
	struct waiter w = { cb, arg, -1, clock_mono_us() };
	int64_t ids_window = t->at_ms / ((int64_t)s->config->dedupe_window * 1000);
	struct batch *b = a->open;

	/* A retry that waits out an outage must still find the id of its first try. */
	if (b != NULL && (b->day != t->day || b->ids_window != ids_window || b->nitems == BATCH_MAX))
		seal(s, a);
	if (a->open == NULL)
		a->open = batch_new(s->gatherings, &a->stream, t->day, ids_window);
	b = a->open;
	w.page = batch_add(b, t);
	if (batch_waiters(b) == 0)
		TAILQ_INSERT_TAIL(&s->waiting, b, waiting);
	batch_wait(b, &w);
	s->gathered++;
	s->came++;
	s->pending++;
	if (s->pending > s->concurrent)
		s->concurrent = s->pending;
	mark_dirty(s, a);
}

static struct account *
take_dirty(struct store *s)
{
	struct account *a = TAILQ_FIRST(&s->dirty);

	if (a == NULL)
		return NULL;
	TAILQ_REMOVE(&s->dirty, a, dirty);
	a->is_dirty = false;
	if (a->open != NULL)
		seal(s, a);
	return a;
}

void
seal_all(struct store *s)
{
	while (take_dirty(s) != NULL) {
	}
}

static void
flush(struct store *s)
{
	struct account *a;

	(void)evtimer_del(s->linger);
	s->began_us = clock_mono_us();
	while ((a = take_dirty(s)) != NULL) {
		commit_send(s->commit, &a->stream);
		/* It has joined the tail of a backlog, which may be long. */
		if (a->stream.is_backlogged)
			keep_soon(s);
	}
}

static size_t
half_of_them(const struct store *s)
{
	return (s->concurrent + 1) / 2;
}

/* Of those who take part in rounds that are late, half go at a time: Redis has work while they are answered. */
static bool
is_due(const struct store *s)
{
	return s->gathered >= (s->took_us < LATE_US ? s->concurrent : half_of_them(s));
}

static bool
is_due_behind_another(const struct store *s)
{
	return s->gathered >= half_of_them(s) && clock_mono_us() - s->began_us >= LATE_US;
}

void
flush_or_linger(struct store *s)
{
	bool is_idle = commit_live(s->commit) == 0;

	if (!redis_takes(s) || TAILQ_EMPTY(&s->dirty))
		return;
	if (is_idle ? is_due(s) : is_due_behind_another(s))
		flush(s);
	else if (is_idle && !evtimer_pending(s->linger, NULL))
		arm(s->linger, 2 * s->took_us < LINGER_US ? 2 * s->took_us : LINGER_US);
}

void
on_linger(evutil_socket_t fd, short what, void *arg)
{
	struct store *s = arg;

	(void)fd;
	(void)what;
	s->concurrent = s->pending;
	if (redis_takes(s) && commit_live(s->commit) == 0)
		flush(s);
}

int64_t
store_rest_us(struct store *s)
{
	bool waits = commit_live(s->commit) > 0 || evtimer_pending(s->linger, NULL);
	bool most_are_here = s->gathered >= s->concurrent - s->concurrent / 4;
	size_t came = s->came;

	s->came = 0;
	return waits && !most_are_here && s->concurrent >= RESTING_FROM && came < MANY_AT_ONCE ? REST_US : 0;
}

/* A round is over, and so is all that went behind it. */
void
on_idle(void *arg)
{
	struct store *s = arg;

	s->took_us = clock_mono_us() - s->began_us;
	flush_or_linger(s);
	check_drained(s);
}
