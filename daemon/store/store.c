/* store.c - gathers hits while a round is in flight and sends all sites'
 * batches together in the next.
 *
 * The linger: an idle server answers in one round trip; under load the next
 * round waits until three quarters of the hits that were lately on their way
 * at once have gathered, LINGER_US at most, because an fsync for fifty costs
 * what an fsync for one does. */
#include "store/store.h"

#include <event2/event.h>
#include <hiredis/hiredis.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "count/site.h"
#include "store/commit.h"
#include "store/daykeys.h"
#include "store/timesync.h"

enum { LINGER_US = 1000, READ_CACHE_US = 2000000, UPKEEP_S = 60 };

TAILQ_HEAD(accounts, account);

struct store {
	struct event_base *base;
	const struct config *config;
	struct link *link;
	struct commit *commit;
	struct daykeys *daykeys;
	struct timesync *timesync;
	size_t keys_due; /* day keys asked for, not answered */
	struct account **accounts; /* by site slot; NULL until the site is first used */
	size_t naccounts;
	struct accounts dirty;
	struct batches waiting; /* who waits longest first */
	size_t gathered; /* items in open batches */
	size_t answered; /* items answered since the last round began */
	size_t concurrent; /* estimate of the items lately on their way at once */
	size_t pending; /* items in all batches that are not applied */
	bool flushing;
	struct event *linger, *deadline, *upkeep;
	void (*on_settled)(void *arg);
	void *settled_arg;
	void (*on_drained)(void *arg);
	void *drained_arg;
	uint64_t rejected_hits, failed_hits;
};

/* One reading on its way, for one who asked or for batches that settle. */
struct errand {
	struct store *store;
	struct account *account;
	struct reading_query query;
	struct page_views *pages; /* owned; names into names */
	struct buf names;
	store_cb *cb; /* NULL: for the account's settling batches */
	void *arg;
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

static void
check_drained(struct store *s)
{
	void (*on_drained)(void *) = s->on_drained;

	if (on_drained == NULL || s->pending > 0)
		return;
	s->on_drained = NULL;
	on_drained(s->drained_arg);
}

static void
answer(struct store *s, struct batch *b, enum store_result result, const struct figures *figures)
{
	if (b->nwaiters == 0)
		return;
	TAILQ_REMOVE(&s->waiting, b, waiting);
	if (result == STORE_FAILED)
		s->failed_hits += b->nwaiters;
	batch_answer(b, result, figures);
}

static void
answer_settling(struct store *s, struct account *a)
{
	struct batch *b;

	while ((b = TAILQ_FIRST(&a->settling)) != NULL) {
		struct figures figures;

		account_figures_of_batch(a, b, &figures);
		TAILQ_REMOVE(&a->settling, b, next);
		answer(s, b, STORE_DONE, &figures);
		batch_free(b);
	}
}

static void
answer_last_known(const struct errand *e)
{
	struct answer answer = { e->account->name, &e->account->last, e->pages, e->query.npages };

	for (size_t i = 0; i < e->query.npages; i++)
		e->pages[i].views = FIGURE_UNKNOWN;
	e->cb(e->arg, STORE_STALE, &answer);
}

static void
free_errand(struct errand *e)
{
	buf_fini(&e->names);
	free(e->pages);
	free(e);
}

static void
on_read(void *arg, const struct redisReply *reply)
{
	struct errand *e = arg;
	struct account *a = e->account;
	int64_t *views = xcalloc(e->query.npages, sizeof(*views));
	struct reading reading;
	struct figures figures;
	bool good = reply != NULL && reading_parse(reply, &e->query, &reading, views) == 0;

	if (reply != NULL && !good)
		log_warnx("site %s: reading its figures: %s", a->name.p,
		    reply->type == REDIS_REPLY_ERROR ? reply->str : "an answer that read.lua does not give");
	if (good)
		account_figures_of_reading(a, &reading, &figures);
	if (e->cb == NULL) {
		answer_settling(e->store, a);
	} else if (!good) {
		answer_last_known(e);
	} else {
		struct answer answer = { a->name, &figures, e->pages, e->query.npages };
		for (size_t i = 0; i < e->query.npages; i++)
			e->pages[i].views = views[i];
		e->cb(e->arg, STORE_DONE, &answer);
	}
	free(views);
	free_errand(e);
}

static void
send_reading(struct store *s, struct errand *e)
{
	struct buf command = { 0 };

	if (link_state(s->link) != LINK_READY) {
		on_read(e, NULL);
		return;
	}
	reading_command(&command, &e->query, link_script_sha(s->link, SCRIPT_READ));
	link_send(s->link, buf_view(&command), on_read, e);
	buf_fini(&command);
}

static struct errand *
new_errand(struct store *s, struct account *a, int32_t today)
{
	struct errand *e = xcalloc(1, sizeof(*e));

	e->store = s;
	e->account = a;
	e->query = (struct reading_query){
		.site = a->name,
		.week_start = a->week_start,
		.today = today,
		.now_ms = clock_wall_ms(),
		.online_window_ms = (int64_t)s->config->online_window * 1000,
		.known_generation = a->past_known && a->past.today == today ? a->past.generation : -1,
	};
	return e;
}

static void
on_outcome(void *arg, struct batch *b, enum commit_outcome outcome)
{
	struct store *s = arg;
	struct account *a = b->account;
	size_t items = b->nitems;

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
	TAILQ_INSERT_TAIL(&a->settling, b, next);
	if (account_knows_past(a, b->day, b->applied.generation))
		answer_settling(s, a);
	else if (TAILQ_FIRST(&a->settling) == b)
		send_reading(s, new_errand(s, a, b->day));
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

	if (s->flushing)
		return;
	s->flushing = true;
	(void)evtimer_del(s->linger);
	s->answered = 0;
	while ((a = TAILQ_FIRST(&s->dirty)) != NULL) {
		TAILQ_REMOVE(&s->dirty, a, dirty);
		a->is_dirty = false;
		if (a->open != NULL)
			seal(s, a);
		commit_send(s->commit, a);
	}
	s->flushing = false;
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

static void
arm_deadline(struct store *s)
{
	const struct batch *b = TAILQ_FIRST(&s->waiting);
	int64_t left;

	if (b == NULL || evtimer_pending(s->deadline, NULL))
		return;
	left = b->waiting_since_us + (int64_t)s->config->commit_timeout * 1000 - clock_mono_us();
	arm(s->deadline, left > 0 ? left : 0);
}

/* Whose time is up gets what is known: a batch that only waits for the past
 * is counted, so that is no failure. */
static void
on_deadline(evutil_socket_t fd, short what, void *arg)
{
	struct store *s = arg;
	int64_t since = clock_mono_us() - (int64_t)s->config->commit_timeout * 1000;
	struct batch *b;

	(void)fd;
	(void)what;
	while ((b = TAILQ_FIRST(&s->waiting)) != NULL && b->waiting_since_us <= since) {
		struct figures figures;

		if (b->applied.views == NULL) {
			answer(s, b, STORE_FAILED, NULL);
			continue;
		}
		account_figures_of_batch(b->account, b, &figures);
		answer(s, b, STORE_DONE, &figures);
	}
	arm_deadline(s);
}

int
store_hit(struct store *s, const struct tally *t, store_cb *cb, void *arg)
{
	struct account *a = account_of(s, t->site);
	struct batch *b;
	struct waiter w = { cb, arg, -1 };

	if (s->pending >= s->config->pending_max)
		return -1;
	if (a->open != NULL && (a->open->day != t->day || a->open->nitems == BATCH_MAX))
		seal(s, a);
	if (a->open == NULL)
		a->open = batch_new(a, t->day);
	b = a->open;
	w.page = batch_add(b, t);
	if (b->nwaiters == 0)
		TAILQ_INSERT_TAIL(&s->waiting, b, waiting);
	batch_wait(b, &w, clock_mono_us());
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
	struct errand *e;
	size_t bytes = 0;

	if (npages == 0 && a->last_us != 0 && clock_mono_us() - a->last_us < READ_CACHE_US &&
	    a->last.week != FIGURE_UNKNOWN && a->past.today == site_day(site, clock_wall_ms())) {
		struct answer answer = { a->name, &a->last, NULL, 0 };
		cb(arg, STORE_DONE, &answer);
		return;
	}
	e = new_errand(s, a, site_day(site, clock_wall_ms()));
	e->cb = cb;
	e->arg = arg;
	e->pages = xcalloc(npages, sizeof(*e->pages));
	for (size_t i = 0; i < npages; i++)
		bytes += pages[i].page.n;
	(void)buf_reserve(&e->names, bytes); /* so that no name moves */
	for (size_t i = 0; i < npages; i++) {
		e->pages[i].page = (struct str){ e->names.p + e->names.n, pages[i].page.n };
		buf_str(&e->names, pages[i].page);
	}
	e->query.pages = e->pages;
	e->query.npages = npages;
	send_reading(s, e);
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

	timesync_ask(s->timesync, s->link);
	for (size_t i = 0; i < s->naccounts; i++) {
		if (s->accounts[i] != NULL)
			commit_send(s->commit, s->accounts[i]);
	}
	flush_or_linger(s);
}

static void
on_down(void *arg)
{
	struct store *s = arg;

	for (size_t i = 0; i < s->naccounts; i++) {
		if (s->accounts[i] != NULL)
			commit_forget_flight(s->accounts[i]);
	}
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
}

struct store *
store_new(struct event_base *base, const struct store_options *o)
{
	struct store *s = xcalloc(1, sizeof(*s));
	struct timeval tick = { UPKEEP_S, 0 };

	s->base = base;
	s->on_settled = o->on_settled;
	s->settled_arg = o->arg;
	TAILQ_INIT(&s->dirty);
	TAILQ_INIT(&s->waiting);
	store_reload(s, o->config, o->sites);
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
	s->commit = commit_new(&(struct commit_options){
	    .link = s->link,
	    .on_outcome = on_outcome,
	    .on_idle = on_idle,
	    .arg = s,
	});
	return s;
}

void
store_reload(struct store *s, const struct config *c, const struct sites *sites)
{
	s->config = c;
	make_room_for_slots(s, sites_slots(sites));
	for (size_t i = 0; i < sites_count(sites); i++) {
		const struct site *site = sites_at(sites, i);
		if (s->accounts[site->slot] != NULL)
			account_reload(s->accounts[site->slot], site);
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
