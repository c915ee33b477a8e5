/* store.c - gathers hits while a round is in flight and sends all sites'
 * batches together in the next.
 *
 * The linger: an idle server answers in one round trip; under load the next
 * round waits until three quarters of the hits that were lately on their way
 * at once have gathered, LINGER_US at most, because an fsync for fifty costs
 * what an fsync for one does. */
#include "store/store.h"

#include <event2/event.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "count/site.h"
#include "store/commit.h"
#include "store/daykeys.h"
#include "store/inquiry.h"
#include "store/retention.h"
#include "store/timesync.h"

enum { LINGER_US = 1000, DEADLINE_TICK_US = 20000, READ_CACHE_US = 2000000, UPKEEP_S = 60 };

TAILQ_HEAD(accounts, account);

struct store {
	const struct config *config;
	struct link *link;
	struct commit *commit;
	struct retention *retention;
	struct inquiries *inquiries;
	int64_t up_us, up_since_us; /* how long the link was up, and since when it is; 0: it is not */
	struct daykeys *daykeys;
	struct timesync *timesync;
	size_t keys_due; /* day keys asked for, not answered */
	struct account **accounts; /* by site slot; NULL until the site is first used */
	size_t naccounts;
	struct accounts dirty;
	struct batches waiting; /* that somebody waits for */
	size_t gathered; /* items in open batches */
	size_t answered; /* items answered since the last round began */
	size_t concurrent; /* estimate of the items lately on their way at once */
	size_t pending; /* items in all batches that are not applied */
	struct event *linger, *deadline, *upkeep;
	void (*on_settled)(void *arg);
	void *settled_arg;
	void (*on_drained)(void *arg);
	void *drained_arg;
	uint64_t rejected_hits, failed_hits;
};

static struct account *
account_of(struct store *s, const struct site *site)
{
	struct account **place = &s->accounts[site->slot];

	if (*place == NULL)
		*place = account_new(site);
	return *place;
}

static void
make_room_for_slots(struct store *s, uint32_t slots)
{
	if (slots <= s->naccounts)
		return;
	s->accounts = xrealloc(s->accounts, slots * sizeof(struct account *));
	for (size_t i = s->naccounts; i < slots; i++)
		s->accounts[i] = NULL;
	s->naccounts = slots;
}

static void
arm(struct event *timer, int64_t us)
{
	struct timeval t = { (time_t)(us / 1000000), (suseconds_t)(us % 1000000) };

	if (evtimer_add(timer, &t) != 0)
		fatalx("store: no timer");
}

/* ---- answering ---------------------------------------------------------- */

/* What is still pending was answered 503, and Redis is not there to take it. */
static bool
nobody_waits(const struct store *s)
{
	return link_state(s->link) != LINK_READY && TAILQ_EMPTY(&s->waiting);
}

static void
check_drained(struct store *s)
{
	void (*on_drained)(void *) = s->on_drained;

	if (on_drained == NULL || (s->pending > 0 && !nobody_waits(s)))
		return;
	if (s->pending > 0)
		log_warnx("store: %zu hits that were answered 503 are given up, as Redis is away", s->pending);
	s->on_drained = NULL;
	on_drained(s->drained_arg);
}

static void
answer_until(
    struct store *s, struct batch *b, int64_t until_us, enum store_result result, const struct figures *figures)
{
	size_t waited = b->nwaiters;

	if (waited == 0)
		return;
	batch_answer_until(b, until_us, result, figures);
	if (result == STORE_FAILED)
		s->failed_hits += waited - b->nwaiters;
	if (b->nwaiters == 0)
		TAILQ_REMOVE(&s->waiting, b, waiting);
}

static void
answer(struct store *s, struct batch *b, enum store_result result, const struct figures *figures)
{
	answer_until(s, b, INT64_MAX, result, figures);
}

/* A clock that stands still while the link is down. */
static int64_t
link_age(const struct store *s)
{
	return s->up_us + (s->up_since_us != 0 ? clock_mono_us() - s->up_since_us : 0);
}

static struct retention_limits
retention_limits(const struct store *s)
{
	return (struct retention_limits){ (int64_t)s->config->retention * 1000000, s->config->retention_max };
}

/* Applied and answered. */
static void
retire(struct store *s, struct batch *b)
{
	b->was_applied = true;
	retention_keep(s->retention, b, link_age(s), retention_limits(s));
}

static struct inquiry_when
when_now(const struct store *s, int32_t day)
{
	return (struct inquiry_when){ day, clock_wall_ms(), (int64_t)s->config->online_window * 1000 };
}

/* past serves all that settle: it is at least as new as their own was. */
static void
on_past(void *arg, struct account *a, const struct past *past)
{
	struct store *s = arg;
	struct batch *b;

	while ((b = TAILQ_FIRST(&a->settling)) != NULL) {
		struct figures figures;

		account_figures_of_batch(a, b, past, &figures);
		TAILQ_REMOVE(&a->settling, b, next);
		answer(s, b, STORE_DONE, &figures);
		retire(s, b);
	}
}

/* Answered at once if the sums of the days before are known, else when they
 * have been read; one reading serves all that come meanwhile. */
static void
settle(struct store *s, struct batch *b)
{
	struct account *a = b->account;
	bool first = TAILQ_EMPTY(&a->settling);

	TAILQ_INSERT_TAIL(&a->settling, b, next);
	if (first && account_knows_past(a, b->day, b->applied.generation)) {
		on_past(s, a, &a->past);
	} else if (first) {
		struct inquiry_when when = when_now(s, b->day);
		inquiry_past(s->inquiries, a, &when);
	}
}

static void
on_outcome(void *arg, struct batch *b, enum commit_outcome outcome)
{
	struct store *s = arg;
	struct account *a = b->account;
	size_t items = b->nitems;

	if (b->was_applied) { /* counted and answered then */
		if (outcome == COMMIT_APPLIED)
			retire(s, b);
		else
			batch_free(b);
		return;
	}
	s->pending -= items;
	s->answered += items;
	if (outcome == COMMIT_REJECTED) {
		s->rejected_hits += b->nviews;
		answer(s, b, STORE_FAILED, NULL);
		batch_free(b);
		return;
	}
	a->hits += (uint64_t)b->applied.counted;
	a->beats += items - b->nviews;
	settle(s, b);
}

/* ---- gathering ---------------------------------------------------------- */

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
	struct batch_times times = {
		.now_ms = clock_wall_ms(),
		.online_window_ms = (int64_t)s->config->online_window * 1000,
		.dedupe_window_ms = (int64_t)s->config->dedupe_window * 1000,
	};

	a->open = NULL;
	s->gathered -= b->nitems;
	batch_seal(b, ++a->sequence, &times);
	TAILQ_INSERT_TAIL(&a->unapplied, b, next);
}

static void
flush(struct store *s)
{
	struct account *a;

	(void)evtimer_del(s->linger);
	s->answered = 0;
	while ((a = TAILQ_FIRST(&s->dirty)) != NULL) {
		TAILQ_REMOVE(&s->dirty, a, dirty);
		a->is_dirty = false;
		if (a->open != NULL)
			seal(s, a);
		commit_send(s->commit, a);
	}
}

static void
flush_or_linger(struct store *s)
{
	if (link_state(s->link) != LINK_READY || commit_in_flight(s->commit) > 0 || TAILQ_EMPTY(&s->dirty))
		return;
	if (s->gathered * 4 >= s->concurrent * 3)
		flush(s);
	else if (!evtimer_pending(s->linger, NULL))
		arm(s->linger, LINGER_US);
}

static void
on_linger(evutil_socket_t fd, short what, void *arg)
{
	struct store *s = arg;

	(void)fd;
	(void)what;
	if (link_state(s->link) == LINK_READY && commit_in_flight(s->commit) == 0)
		flush(s);
}

/* A round is over.  What it answered and what came meanwhile were on their
 * way at once; an estimate that was too high halves with each round. */
static void
on_idle(void *arg)
{
	struct store *s = arg;
	size_t seen = s->answered + s->gathered;

	s->concurrent = seen > s->concurrent / 2 ? seen : s->concurrent / 2;
	flush_or_linger(s);
	check_drained(s);
}

/* While somebody waits, a look every now and then; cheaper than a timer each. */
static void
arm_deadline(struct store *s)
{
	if (!TAILQ_EMPTY(&s->waiting) && !evtimer_pending(s->deadline, NULL))
		arm(s->deadline, DEADLINE_TICK_US);
}

/* Whose time is up gets what is known: a batch that only waits for the past
 * is counted, so that is no failure. */
static void
on_deadline(evutil_socket_t fd, short what, void *arg)
{
	struct store *s = arg;
	int64_t until = clock_mono_us() - (int64_t)s->config->commit_timeout * 1000;
	struct batch *b, *next;

	(void)fd;
	(void)what;
	for (b = TAILQ_FIRST(&s->waiting); b != NULL; b = next) {
		struct figures figures;

		next = TAILQ_NEXT(b, waiting);
		if (b->applied.views == NULL) {
			answer_until(s, b, until, STORE_FAILED, NULL);
			continue;
		}
		account_figures_of_batch(b->account, b, NULL, &figures);
		answer_until(s, b, until, STORE_DONE, &figures);
	}
	arm_deadline(s);
	check_drained(s);
}

int
store_hit(struct store *s, const struct tally *t, store_cb *cb, void *arg)
{
	struct account *a = account_of(s, t->site);
	struct batch *b;
	struct waiter w = { cb, arg, -1, clock_mono_us() };
	int64_t ids_window = t->at_ms / ((int64_t)s->config->dedupe_window * 1000);

	if (s->pending >= s->config->pending_max) {
		s->failed_hits++;
		return -1;
	}
	/* A retry that waits out an outage must still find the id of its first try. */
	if (a->open != NULL &&
	    (a->open->day != t->day || a->open->ids_window != ids_window || a->open->nitems == BATCH_MAX))
		seal(s, a);
	if (a->open == NULL)
		a->open = batch_new(a, t->day, ids_window);
	b = a->open;
	w.page = batch_add(b, t);
	if (b->nwaiters == 0)
		TAILQ_INSERT_TAIL(&s->waiting, b, waiting);
	batch_wait(b, &w);
	s->gathered++;
	s->pending++;
	mark_dirty(s, a);
	arm_deadline(s);
	flush_or_linger(s);
	return 0;
}

void
store_read(struct store *s, struct site *site, const struct page_views *pages, size_t npages, store_cb *cb, void *arg)
{
	struct account *a = account_of(s, site);
	struct inquiry_when when = when_now(s, site_day(site, clock_wall_ms()));

	if (npages == 0 && a->last_us != 0 && clock_mono_us() - a->last_us < READ_CACHE_US &&
	    a->last.week != FIGURE_UNKNOWN && a->last_day == when.day) {
		struct answer answer = { a->name, &a->last, NULL, 0 };
		cb(arg, STORE_DONE, &answer);
		return;
	}
	inquiry_figures(s->inquiries, a, &when, &(struct inquiry_for){ pages, npages, cb, arg });
}

const uint8_t *
store_day_key(struct store *s, int32_t day)
{
	return daykeys_get(s->daykeys, day);
}

/* ---- the link's ups and downs ------------------------------------------- */

static void
settled(struct store *s)
{
	void (*on_settled)(void *) = s->on_settled;

	s->on_settled = NULL;
	if (on_settled != NULL)
		on_settled(s->settled_arg);
}

/* What all daemons share: first the time, then the keys of the dates that it
 * says.  Only then are hits taken for the first time. */
static void
on_synced(void *arg)
{
	struct store *s = arg;

	if (link_state(s->link) == LINK_READY)
		s->keys_due += daykeys_fetch(s->daykeys, s->link, clock_wall_ms());
	if (s->keys_due == 0)
		settled(s);
}

static void
on_day_key(void *arg)
{
	struct store *s = arg;

	if (--s->keys_due == 0)
		settled(s);
}

static void
on_up(void *arg)
{
	struct store *s = arg;

	s->up_since_us = clock_mono_us();
	timesync_ask(s->timesync, s->link);
	for (size_t i = 0; i < s->naccounts; i++) {
		if (s->accounts[i] == NULL)
			continue;
		s->accounts[i]->past_known = false; /* it may be another Redis, or an older one */
		commit_resume(s->commit, s->accounts[i]);
	}
	flush_or_linger(s);
}

static void
on_down(void *arg)
{
	struct store *s = arg;

	if (s->up_since_us != 0)
		s->up_us += clock_mono_us() - s->up_since_us;
	s->up_since_us = 0;
	for (size_t i = 0; i < s->naccounts; i++) {
		if (s->accounts[i] != NULL)
			commit_pause(s->accounts[i]);
	}
	check_drained(s);
	settled(s);
}

static void
on_upkeep(evutil_socket_t fd, short what, void *arg)
{
	struct store *s = arg;

	(void)fd;
	(void)what;
	if (link_state(s->link) == LINK_READY)
		timesync_ask(s->timesync, s->link);
	retention_expire(s->retention, link_age(s), retention_limits(s));
}

struct store *
store_new(struct event_base *base, const struct store_options *o)
{
	struct store *s = xcalloc(1, sizeof(*s));
	struct timeval tick = { UPKEEP_S, 0 };

	s->on_settled = o->on_settled;
	s->settled_arg = o->arg;
	TAILQ_INIT(&s->dirty);
	TAILQ_INIT(&s->waiting);
	store_reload(s, o->config, o->sites);
	s->retention = retention_new();
	s->daykeys = daykeys_new(on_day_key, s);
	s->timesync = timesync_new(on_synced, s);
	s->linger = evtimer_new(base, on_linger, s);
	s->deadline = evtimer_new(base, on_deadline, s);
	s->upkeep = event_new(base, -1, EV_PERSIST, on_upkeep, s);
	if (s->linger == NULL || s->deadline == NULL || s->upkeep == NULL || event_add(s->upkeep, &tick) != 0)
		fatalx("store: no timers");
	s->link = link_new(base, &(struct link_options){
				     .address = s->config->redis,
				     .dead_ms = s->config->redis_dead,
				     .on_up = on_up,
				     .on_down = on_down,
				     .arg = s,
				 });
	s->inquiries = inquiries_new(&(struct inquiries_options){ .link = s->link, .on_past = on_past, .arg = s });
	s->commit = commit_new(&(struct commit_options){
	    .link = s->link,
	    .retention = s->retention,
	    .on_outcome = on_outcome,
	    .on_idle = on_idle,
	    .arg = s,
	});
	return s;
}

/* The account of a site that was taken away by one reload and put back by
 * another: its sequence must go on, as our writer's marker does. */
static struct account *
find_orphan(struct store *s, struct str name)
{
	for (size_t i = 0; i < s->naccounts; i++) {
		struct account *a = s->accounts[i];

		if (a != NULL && str_eq(a->name, name)) {
			s->accounts[i] = NULL;
			return a;
		}
	}
	return NULL;
}

void
store_reload(struct store *s, const struct config *c, const struct sites *sites)
{
	s->config = c;
	make_room_for_slots(s, sites_slots(sites));
	for (size_t i = 0; i < sites_count(sites); i++) {
		const struct site *site = sites_at(sites, i);
		struct account **place = &s->accounts[site->slot];

		if (*place == NULL)
			*place = find_orphan(s, site->name);
		if (*place != NULL)
			account_reload(*place, site);
	}
}

void
store_free(struct store *s)
{
	struct batch *b;

	if (s == NULL)
		return;
	link_free(s->link);
	while ((b = TAILQ_FIRST(&s->waiting)) != NULL)
		answer(s, b, STORE_FAILED, NULL);
	for (size_t i = 0; i < s->naccounts; i++)
		account_free(s->accounts[i]);
	free(s->accounts);
	commit_free(s->commit);
	retention_free(s->retention);
	inquiries_free(s->inquiries);
	daykeys_free(s->daykeys);
	timesync_free(s->timesync);
	event_free(s->linger);
	event_free(s->deadline);
	event_free(s->upkeep);
	free(s);
}

void
store_drain(struct store *s, void (*on_drained)(void *arg), void *arg)
{
	s->on_drained = on_drained;
	s->drained_arg = arg;
	check_drained(s);
}

void
store_status(const struct store *s, struct store_status *ret_status)
{
	*ret_status = (struct store_status){
		.link = link_state(s->link),
		.reconnects = link_reconnects(s->link),
		.pending = s->pending,
		.rejected_hits = s->rejected_hits,
		.failed_hits = s->failed_hits,
		.own_day_keys = daykeys_own(s->daykeys),
		.retained_bytes = retention_bytes(s->retention),
		.commit = commit_status(s->commit),
	};
}

struct store_counts
store_site_counts(const struct store *s, const struct site *site)
{
	const struct account *a = s->accounts[site->slot];

	return a != NULL ? (struct store_counts){ a->hits, a->beats, a->last }
			 : (struct store_counts){ 0, 0, figures_unknown };
}
