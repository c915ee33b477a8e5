/* answers.c - what becomes of a batch, and who waits for it: figures as Redis
 * has them, the last known ones when the spool has it, 503 when its time is up. */
#include <event2/event.h>
#include <stdlib.h>

#include "base/clock.h"
#include "store/internal.h"

enum { DEADLINE_TICK_US = 10000 };

static void
answer_until(
    struct store *s, struct batch *b, int64_t until_us, enum store_result result, const struct figures *figures)
{
	size_t waited = batch_waiters(b);

	if (waited == 0)
		return;
	batch_answer_until(b, until_us, result, figures);
	if (result == STORE_FAILED)
		s->failed_hits += waited - batch_waiters(b);
	if (batch_waiters(b) == 0)
		TAILQ_REMOVE(&s->waiting, b, waiting);
}

void
answer(struct store *s, struct batch *b, enum store_result result, const struct figures *figures)
{
	answer_until(s, b, INT64_MAX, result, figures);
}

/* ---- outcomes ----------------------------------------------------------- */

/* Applied and answered. */
static void
retire(struct store *s, struct batch *b)
{
	b->was_applied = true;
	retention_keep(s->retention, b, link_age(s), retention_limits(s));
}

struct inquiry_when
when_now(const struct store *s, int32_t day)
{
	return (struct inquiry_when){ day, clock_wall_ms(), (int64_t)s->config->online_window * 1000 };
}

/* past serves all that settle: it is at least as new as their own was. */
void
on_past(void *arg, struct account *a, const struct past *past)
{
	struct store *s = arg;
	struct batch *b;

	while ((b = TAILQ_FIRST(&a->settling)) != NULL) {
		struct figures figures;

		account_figures_of_batch(a, b, past, &figures);
		TAILQ_REMOVE(&a->settling, b, next);
		a->stream.nsettling--;
		answer(s, b, STORE_DONE, &figures);
		retire(s, b);
	}
	if (a->stream.gap)
		commit_retry(s->commit, &a->stream);
}

/* Answered at once if the sums of the days before are known, else when they
 * have been read; one reading serves all that come meanwhile. */
static void
settle(struct store *s, struct batch *b)
{
	struct account *a = b->stream->account;
	bool first = TAILQ_EMPTY(&a->settling);

	TAILQ_INSERT_TAIL(&a->settling, b, next);
	a->stream.nsettling++;
	if (first && account_knows_past(a, b->day, batch_applied(b)->generation)) {
		on_past(s, a, &a->past);
	} else if (first) {
		struct inquiry_when when = when_now(s, b->day);
		inquiry_past(s->inquiries, a, &when);
	}
}

static void
count(struct store *s, const struct batch *b, const struct applied *said)
{
	struct account *a = b->stream->account;

	if (said == NULL || a == NULL)
		return;
	s->repeated_hits += (uint64_t)said->repeated;
	a->hits += (uint64_t)said->counted;
	a->visits += (uint64_t)said->visits;
	a->beats += b->nbeats;
}

void
on_outcome(void *arg, struct batch *b, enum commit_outcome outcome, const struct applied *said)
{
	struct store *s = arg;

	if (b->is_exposed)
		cover(s, b);
	if (b->in_spool)
		kept_settled(s, b, said);
	if (outcome == COMMIT_REJECTED) {
		s->rejected_hits += b->nviews;
		answer(s, b, STORE_FAILED, NULL);
		release(s, b);
		return;
	}
	if (said != NULL)
		folding_note_batch(s->folding, b, said);
	else
		folding_note(s->folding, b->stream->site, b->day);
	if (!b->was_applied) /* else it was counted and answered then */
		count(s, b, said);
	if (said != NULL && batch_waiters(b) > 0) {
		batch_set_applied(b, said);
		settle(s, b);
		return;
	}
	if (said != NULL)
		free(said->views);
	retire(s, b);
}

/* ---- deadlines ---------------------------------------------------------- */

/* While somebody waits, a look every now and then; cheaper than a timer each. */
void
arm_deadline(struct store *s)
{
	if (!TAILQ_EMPTY(&s->waiting) && !evtimer_pending(s->deadline, NULL))
		arm(s->deadline, DEADLINE_TICK_US);
}

/* Whether Redis has let somebody wait too long, so that all goes to the spool. */
static bool
is_overdue(const struct store *s, int64_t now_us)
{
	int64_t until = now_us - (int64_t)s->config->redis_timeout * 1000;
	const struct batch *b;

	TAILQ_FOREACH(b, &s->waiting, waiting)
	{
		if (batch_applied(b) == NULL && batch_waits_since(b) <= until)
			return true;
	}
	return false;
}

/* Whose time is up gets what is known: a batch that only waits for the past
 * is counted, so that is no failure. */
static void
give_up(struct store *s, int64_t until)
{
	struct batch *b, *next;

	for (b = TAILQ_FIRST(&s->waiting); b != NULL; b = next) {
		struct figures figures;

		next = TAILQ_NEXT(b, waiting);
		if (batch_applied(b) == NULL) {
			answer_until(s, b, until, STORE_FAILED, NULL);
			continue;
		}
		account_figures_of_batch(b->stream->account, b, NULL, &figures);
		answer_until(s, b, until, STORE_DONE, &figures);
	}
}

void
on_deadline(evutil_socket_t fd, short what, void *arg)
{
	struct store *s = arg;
	int64_t now_us = clock_mono_us();

	(void)fd;
	(void)what;
	if (s->spool != NULL && now_us >= s->retry_us && is_overdue(s, now_us)) {
		/* Its first answer ends that; without anything to answer, nothing would. */
		s->slow = link_state(s->link) == LINK_READY && commit_in_flight(s->commit) > 0;
		seal_all(s);
		keep_exposed(s, true);
	}
	give_up(s, now_us - (int64_t)s->config->commit_timeout * 1000);
	arm_deadline(s);
	check_drained(s);
}
