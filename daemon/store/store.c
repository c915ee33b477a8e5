/* store.c - hits come in, figures go out; the ups and downs of the link. */
#include "store/store.h"

#include <event2/event.h>
#include <stdlib.h>
#include <sys/random.h>

#include "base/clock.h"
#include "base/mem.h"
#include "store/internal.h"
#include "store/risk.h"
#include "store/rollcall.h"

enum { READ_CACHE_US = 2000000, UPKEEP_S = 1, LOOK_UPKEEPS = 60, RENEW_UPKEEPS = 86400 };

struct account *
account_of(struct store *s, const struct site *site)
{
	struct account **place = &s->accounts[site->slot];

	if (*place == NULL)
		*place = account_new(site, s->writer);
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
each_stream(struct store *s, void (*act)(struct commit *c, struct stream *st))
{
	for (size_t i = 0; i < s->naccounts; i++) {
		if (s->accounts[i] != NULL)
			act(s->commit, &s->accounts[i]->stream);
	}
}

void
arm(struct event *timer, int64_t us)
{
	struct timeval t = { (time_t)(us / 1000000), (suseconds_t)(us % 1000000) };

	if (evtimer_add(timer, &t) != 0)
		fatalx("store: no timer");
}

bool
redis_takes(const struct store *s)
{
	return link_state(s->link) == LINK_READY && !s->slow;
}

int64_t
link_age(const struct store *s)
{
	return s->up_us + (s->up_since_us != 0 ? clock_mono_us() - s->up_since_us : 0);
}

struct retention_limits
retention_limits(const struct store *s)
{
	return (struct retention_limits){ (int64_t)s->config->retention * 1000000, s->config->retention_max };
}

/* ---- asking ------------------------------------------------------------- */

/* Nobody is kept waiting for a heartbeat that would only be a late one, nor for
 * what is not counted; of that a flood never takes the place of who is. */
static void
answer_stale(struct store *s, struct account *a, const struct tally *t, store_cb *cb, void *arg)
{
	struct figures last = account_last_on(a, t->day);
	struct page_views page = { t->page, FIGURE_UNKNOWN };
	struct answer answer = { a->name, &last, &page, t->page.n > 0 };

	(void)s;
	cb(arg, STORE_STALE, &answer);
}

int
store_hit(struct store *s, const struct tally *t, store_cb *cb, void *arg)
{
	struct account *a = account_of(s, t->site);

	if (!redis_takes(s) ? t->kind == HIT_BEAT || t->refusal != REFUSAL_NONE
			    : t->refusal != REFUSAL_NONE && s->pending >= s->config->pending_max / 2) {
		answer_stale(s, a, t, cb, arg);
		return 0;
	}
	if (s->pending >= s->config->pending_max) {
		s->failed_hits++;
		return -1;
	}
	gather(s, a, t, cb, arg);
	arm_deadline(s);
	if (redis_takes(s))
		flush_or_linger(s);
	else
		keep_soon(s);
	return 0;
}

static bool
may_ask(void *arg)
{
	return redis_takes(arg);
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
 * says.  Only then are hits taken for the first time.  How old a dead writer's
 * spool is must be judged by that time too. */
static void
on_synced(void *arg)
{
	struct store *s = arg;

	if (link_state(s->link) == LINK_READY) {
		s->keys_due += daykeys_fetch(s->daykeys, s->link, clock_wall_ms());
		if (s->takeovers != NULL)
			takeovers_look(s->takeovers);
	}
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

/* What a daemon that died had not folded yet. */
static void
fold_left(struct store *s)
{
	for (size_t i = 0; i < sites_count(s->sites); i++) {
		struct site *site = sites_at(s->sites, i);
		int32_t today = site_day(site, clock_wall_ms());

		folding_note(s->folding, site->name, today - 1);
		folding_note(s->folding, site->name, today);
	}
}

static void
on_folded(void *arg)
{
	check_drained(arg);
}

static void
on_up(void *arg)
{
	struct store *s = arg;

	s->up_since_us = clock_mono_us();
	s->slow = false;
	timesync_ask(s->timesync, s->link);
	guarantee_ask(s->guarantee, s->link);
	for (size_t i = 0; i < s->naccounts; i++) {
		if (s->accounts[i] != NULL)
			s->accounts[i]->past_known = false; /* it may be another Redis, or an older one */
	}
	each_stream(s, commit_resume);
	if (s->takeovers != NULL)
		takeovers_resume(s->takeovers);
	fold_left(s);
	flush_or_linger(s);
}

static void
on_down(void *arg)
{
	struct store *s = arg;

	if (s->up_since_us != 0)
		s->up_us += clock_mono_us() - s->up_since_us;
	s->up_since_us = 0;
	each_stream(s, commit_pause);
	if (s->takeovers != NULL)
		takeovers_pause(s->takeovers);
	folding_doubt(s->folding);
	seal_all(s);
	keep_exposed(s, true);
	if (!TAILQ_EMPTY(&s->exposed))
		keep_soon(s);
	save_retained(s);
	check_drained(s);
	settled(s);
}

/* A Redis that was slow is there again: what it was spared goes to it now. */
static void
on_heard(void *arg)
{
	struct store *s = arg;

	if (s->slow) {
		s->slow = false;
		each_stream(s, commit_send);
		flush_or_linger(s);
	}
	check_drained(s);
}

static void
renew_marker(struct commit *c, struct stream *st)
{
	commit_expire(c, st, MARKER_TTL_S);
}

static bool
has_log(const struct store *s)
{
	uint32_t risks;

	return guarantee_risks(s->guarantee, &risks) == 0 && (risks & (1U << RISK_APPENDONLY | 1U << RISK_INFO)) == 0;
}

static uint64_t
bytes_of_mirrors(const struct store *s)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < s->naccounts; i++)
		bytes += s->accounts[i] != NULL ? mirror_bytes(&s->accounts[i]->mirror) : 0;
	return bytes;
}

/* All at once: what is worth most is known again first. */
static void
bound_mirrors(struct store *s)
{
	if (bytes_of_mirrors(s) <= s->config->mirror_max)
		return;
	for (size_t i = 0; i < s->naccounts; i++) {
		if (s->accounts[i] != NULL)
			mirror_forget(&s->accounts[i]->mirror);
	}
}

/* Half of what mirrors may take is left to what they learn by themselves. */
static void
call_rolls(void *arg)
{
	struct store *s = arg;
	uint64_t bytes = bytes_of_mirrors(s), bytes_max = s->config->mirror_max / 2;

	if (bytes < bytes_max)
		rollcall_tend(s->rollcall, s->accounts, s->naccounts, bytes_max - bytes);
}

static void
on_upkeep(evutil_socket_t fd, short what, void *arg)
{
	struct store *s = arg;
	bool ready = link_state(s->link) == LINK_READY;

	(void)fd;
	(void)what;
	s->upkeeps++;
	retention_expire(s->retention, link_age(s), retention_limits(s));
	each_stream(s, commit_retry);
	keeping_tend(s);
	if (ready && s->upkeeps % LOOK_UPKEEPS == 0) {
		timesync_ask(s->timesync, s->link);
		guarantee_ask(s->guarantee, s->link);
	}
	if (ready && s->config->rewrite_log == SWITCH_YES && has_log(s))
		rewrite_tend(s->rewrite, s->link, clock_wall_ms());
	if (ready && s->upkeeps % RENEW_UPKEEPS == 0)
		each_stream(s, renew_marker);
	folding_tend(s->folding);
	bound_mirrors(s);
	call_rolls(s);
}

/* ---- beginning and end -------------------------------------------------- */

static void
draw_writer(char writer[WRITER_HEX + 1])
{
	uint8_t bytes[WRITER_HEX / 2];

	if (getrandom(bytes, sizeof(bytes), 0) != sizeof(bytes))
		fatal("getrandom");
	for (size_t i = 0; i < sizeof(bytes); i++)
		(void)snprintf(writer + 2 * i, 3, "%02x", bytes[i]);
}

static void
make_timers(struct store *s, struct event_base *base)
{
	struct timeval tick = { UPKEEP_S, 0 };

	s->linger = evtimer_new(base, on_linger, s);
	s->deadline = evtimer_new(base, on_deadline, s);
	s->upkeep = event_new(base, -1, EV_PERSIST, on_upkeep, s);
	if (s->linger == NULL || s->deadline == NULL || s->upkeep == NULL || event_add(s->upkeep, &tick) != 0)
		fatalx("store: no timers");
}

static struct commit *
make_commit(struct store *s)
{
	return commit_new(&(struct commit_options){
	    .link = s->link,
	    .retention = s->retention,
	    .load = load_payload,
	    .set_aside = set_aside,
	    .on_returned = on_returned,
	    .on_outcome = on_outcome,
	    .on_idle = on_idle,
	    .on_heard = on_heard,
	    .arg = s,
	});
}

struct store *
store_new(struct event_base *base, const struct store_options *o)
{
	struct store *s = xcalloc(1, sizeof(*s));

	draw_writer(s->writer);
	s->on_settled = o->on_settled;
	s->settled_arg = o->arg;
	TAILQ_INIT(&s->dirty);
	TAILQ_INIT(&s->waiting);
	s->gatherings = gatherings_new();
	store_reload(s, o->config, o->sites);
	make_timers(s, base);
	if (keeping_open(s, base) != 0) {
		store_free(s);
		return NULL;
	}
	s->retention = retention_new(s->spool);
	s->daykeys = daykeys_new(on_day_key, s);
	s->timesync = timesync_new(on_synced, s);
	s->guarantee = guarantee_new(s->config->redis);
	s->rewrite = rewrite_new();
	s->link = link_new(base, &(struct link_options){
				     .address = s->config->redis,
				     .dead_ms = s->config->redis_dead,
				     .on_up = on_up,
				     .on_down = on_down,
				     .arg = s,
				 });
	s->inquiries = inquiries_new(
	    &(struct inquiries_options){ .link = s->link, .may_ask = may_ask, .on_past = on_past, .arg = s });
	s->folding = folding_new(s->link, on_folded, s);
	s->rollcall = rollcall_new(s->link, call_rolls, s);
	s->commit = make_commit(s);
	keeping_start(s, base);
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
	s->sites = sites;
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

/* What was acknowledged and then lost by Redis is no more pending, but exposed. */
static bool
has_open_ends(const struct store *s)
{
	return s->pending > 0 || !TAILQ_EMPTY(&s->exposed);
}

/* What is still pending was answered 503, and Redis is not there to take it. */
static bool
nobody_waits(const struct store *s)
{
	return link_state(s->link) != LINK_READY && TAILQ_EMPTY(&s->waiting);
}

static void
end_marker(struct commit *c, struct stream *st)
{
	commit_expire(c, st, MARKER_TTL_ENDED_S);
}

/* What Redis has acknowledged and may still lose is left to the next process,
 * in the spool; where nothing is left there, be it applied already, nobody will
 * ask for our markers. */
static void
see_to_the_end(struct store *s)
{
	s->ended = true;
	seal_all(s);
	s->retry_us = 0; /* there is no later */
	keep_exposed(s, true);
	if (s->pending > 0)
		log_warnx("store: %zu hits that were answered 503 are given up, as Redis is away", s->pending);
	if (!save_all_retained(s))
		log_warnx("store: batches that Redis may still lose cannot be kept; the spool does not take them");
	if (s->spool == NULL || spool_is_gone(s->spool))
		each_stream(s, end_marker);
	folding_finish(s->folding);
}

void
check_drained(struct store *s)
{
	void (*on_drained)(void *) = s->on_drained;

	if (on_drained == NULL || (has_open_ends(s) && !nobody_waits(s)))
		return;
	s->on_drained = NULL; /* till that is seen to */
	if (!s->ended)
		see_to_the_end(s);
	if (commit_expiring(s->commit) > 0 || folding_is_busy(s->folding))
		s->on_drained = on_drained;
	else
		on_drained(s->drained_arg);
}

void
store_drain(struct store *s, void (*on_drained)(void *arg), void *arg)
{
	s->on_drained = on_drained;
	s->drained_arg = arg;
	check_drained(s);
}

void
store_free(struct store *s)
{
	struct batch *b;

	if (s == NULL)
		return;
	s->on_drained = NULL;
	if (s->link != NULL && !s->ended) /* it was not waited for */
		see_to_the_end(s);
	link_free(s->link);
	while ((b = TAILQ_FIRST(&s->waiting)) != NULL)
		answer(s, b, STORE_FAILED, NULL);
	keeping_close(s);
	for (size_t i = 0; i < s->naccounts; i++)
		account_free(s->accounts[i]);
	free(s->accounts);
	gatherings_free(s->gatherings);
	commit_free(s->commit);
	retention_free(s->retention);
	inquiries_free(s->inquiries);
	daykeys_free(s->daykeys);
	timesync_free(s->timesync);
	guarantee_free(s->guarantee);
	rewrite_free(s->rewrite);
	folding_free(s->folding);
	rollcall_free(s->rollcall);
	event_free(s->linger);
	event_free(s->deadline);
	event_free(s->upkeep);
	free(s);
}

/* ---- what there is to tell ---------------------------------------------- */

static void
tell_spool(const struct store *s, struct store_status *status)
{
	struct spool_status spool = { 0 };
	struct takeovers_status taken = { 0 };

	if (s->spool == NULL)
		return;
	spool_status(s->spool, &spool);
	takeovers_status(s->takeovers, &taken);
	status->spool_batches = s->nkept;
	status->spool_bytes = spool.bytes + spool.taken_bytes + spool.left_bytes;
	status->spool_failing = !can_keep(s);
	status->taken_batches = taken.unapplied;
	status->unapplied_batches += taken.unapplied + taken.looking; /* what nobody has looked at may have some */
}

void
store_status(const struct store *s, struct store_status *ret_status)
{
	*ret_status = (struct store_status){
		.link = link_state(s->link),
		.is_ready = (redis_takes(s) || can_keep(s)) && s->pending < s->config->pending_max,
		.has_spool = s->spool != NULL,
		.reconnects = link_reconnects(s->link),
		.pending = s->pending,
		.rejected_hits = s->rejected_hits,
		.failed_hits = s->failed_hits,
		.repeated_hits = s->repeated_hits,
		.spooled_hits = s->spooled_hits,
		.replayed_batches = s->replayed_batches,
		.late_hits = s->late_hits,
		.quarantined_batches = s->quarantined_batches,
		.own_day_keys = daykeys_own(s->daykeys),
		.retained_bytes = retention_bytes(s->retention),
		.commit = commit_status(s->commit),
		.guarantee = s->guarantee,
	};
	for (size_t i = 0; i < s->naccounts; i++) {
		if (s->accounts[i] != NULL)
			ret_status->unapplied_batches += s->accounts[i]->stream.nunapplied;
	}
	tell_spool(s, ret_status);
}

struct store_counts
store_site_counts(const struct store *s, const struct site *site)
{
	const struct account *a = s->accounts[site->slot];

	return a != NULL ? (struct store_counts){ a->hits, a->visits, a->beats, a->last }
			 : (struct store_counts){ .figures = figures_unknown };
}
