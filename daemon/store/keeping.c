/* keeping.c - what is sealed and nowhere durable is exposed.  While Redis does
 * not take it, it goes into the spool: all that came in one turn of the loop
 * with one fsync.  Only then is it acknowledged, with the figures last known. */
#include <errno.h>
#include <event2/event.h>

#include "base/clock.h"
#include "store/internal.h"
#include "store/quarantine.h"

enum {
	SEGMENT_BYTES = 16 << 20,
	SAVE_BYTES = 256 << 10, /* of retained batches, between two turns of the loop */
	RETRY_US = 500000,
	FORGIVE_US = 5000000, /* a spool that failed so long ago may be well again */
	LEAST_ROOM = 64 << 10
};

bool
can_keep(const struct store *s)
{
	return s->spool != NULL && s->retry_us == 0;
}

/* ---- exposed batches ---------------------------------------------------- */

void
expose(struct store *s, struct batch *b)
{
	TAILQ_INSERT_TAIL(&s->exposed, b, safety);
	b->is_exposed = true;
}

void
cover(struct store *s, struct batch *b)
{
	TAILQ_REMOVE(&s->exposed, b, safety);
	b->is_exposed = false;
	if (!b->was_applied)
		s->pending -= b->nitems;
}

static void
try_later(struct store *s)
{
	s->retry_us = clock_mono_us() + RETRY_US;
}

/* Move to appended what the spool has room for.  The rest waits. */
static void
append_exposed(struct store *s, bool in_flight_too, struct batches *appended)
{
	struct batch *b, *next;

	for (b = TAILQ_FIRST(&s->exposed); b != NULL; b = next) {
		struct spool_record record = batch_record(b);

		next = TAILQ_NEXT(b, safety);
		if (b->in_flight && !in_flight_too)
			continue;
		if (!spool_has_room(s->spool, record_size(&record))) {
			if (!s->full)
				log_warnx("spool %s: full; see spool_max", s->config->spool_dir);
			s->full = true;
			try_later(s);
			return;
		}
		if (spool_append(s->spool, &record, &b->place) != 0)
			continue; /* too large for any spool: it waits for Redis */
		TAILQ_REMOVE(&s->exposed, b, safety);
		TAILQ_INSERT_TAIL(appended, b, safety);
	}
}

static void
put_back(struct store *s, struct batches *appended)
{
	struct batch *b;

	while ((b = TAILQ_LAST(appended, batches)) != NULL) {
		TAILQ_REMOVE(appended, b, safety);
		TAILQ_INSERT_HEAD(&s->exposed, b, safety);
	}
}

static void
count_kept(struct store *s)
{
	if (s->nkept++ > 0)
		return;
	log_warnx("spool %s: Redis does not take hits, so they are kept here", s->config->spool_dir);
}

static void
kept(struct store *s, struct batch *b)
{
	struct figures last;

	b->is_exposed = false;
	b->in_spool = true;
	if (!b->was_applied)
		s->pending -= b->nitems;
	count_kept(s);
	if (batch_waiters(b) > 0) {
		s->spooled_hits += b->nviews;
		last = account_last_on(b->stream->account, b->day);
		answer(s, b, STORE_STALE, &last);
	}
	batch_strip(b);
	buf_fini(&b->payload);
	if (redis_takes(s))
		commit_send(s->commit, b->stream);
}

void
keep_exposed(struct store *s, bool in_flight_too)
{
	struct batches appended = TAILQ_HEAD_INITIALIZER(appended);
	struct batch *b;

	if (s->spool == NULL || clock_mono_us() < s->retry_us)
		return;
	s->retry_us = 0;
	append_exposed(s, in_flight_too, &appended);
	if (TAILQ_EMPTY(&appended))
		return;
	if (spool_commit(s->spool) != 0) {
		put_back(s, &appended);
		try_later(s);
		return;
	}
	if (s->retry_us == 0)
		s->full = false;
	while ((b = TAILQ_FIRST(&appended)) != NULL) {
		TAILQ_REMOVE(&appended, b, safety);
		kept(s, b);
	}
	check_drained(s);
}

void
keep_soon(struct store *s)
{
	int64_t wait = s->retry_us - clock_mono_us();

	if (s->spool != NULL && !evtimer_pending(s->keeper, NULL))
		arm(s->keeper, wait > 0 ? wait : 0);
}

static void
on_keeper(evutil_socket_t fd, short what, void *arg)
{
	struct store *s = arg;
	bool takes = redis_takes(s);

	(void)fd;
	(void)what;
	if (!takes)
		seal_all(s);
	keep_exposed(s, !takes);
	if (!takes && !TAILQ_EMPTY(&s->exposed))
		keep_soon(s);
}

/* ---- what lies in the spool --------------------------------------------- */

static void
count_replayed(struct store *s, const struct batch *b)
{
	int64_t late_ms = clock_wall_ms() - b->accepted_ms - (int64_t)s->config->dedupe_window * 1000;

	s->replayed_batches++;
	if (late_ms > 0)
		s->late_hits += b->nviews;
}

void
kept_settled(struct store *s, const struct batch *b, const struct applied *said)
{
	if (said != NULL && !b->was_applied)
		count_replayed(s, b);
	if (b->stream->taken == NULL && --s->nkept == 0)
		log_info("spool %s: all hits that were kept here are counted", s->config->spool_dir);
}

void
on_returned(void *arg, struct batch *b)
{
	struct store *s = arg;

	if (!b->in_spool)
		expose(s, b);
	else if (b->stream->taken == NULL)
		count_kept(s);
}

void
release(struct store *s, struct batch *b)
{
	if (b->in_spool && b->stream->taken == NULL)
		spool_release(s->spool, b->place);
	batch_free(b);
}

int
load_payload(void *arg, struct batch *b)
{
	struct store *s = arg;
	struct buf bytes = { 0 };
	struct spool_record r;
	int result;

	if (b->stream->taken != NULL)
		return takeover_load(b);
	result = spool_read(s->spool, b->place, &bytes, &r);
	if (result == 0) {
		buf_clear(&b->payload);
		buf_str(&b->payload, r.payload);
	}
	buf_fini(&bytes);
	return result;
}

/* One that nobody has acknowledged needs no keeping: its hits get 503, now, so
 * that it is not kept and acknowledged while the marker moves past it. */
int
set_aside(void *arg, struct batch *b)
{
	struct store *s = arg;
	const struct stream *st = b->stream;
	struct spool_record record;
	int put = -1;

	if (!b->in_spool && !b->was_applied) {
		if (b->is_exposed)
			cover(s, b);
		answer(s, b, STORE_FAILED, NULL);
		return 0;
	}
	if (s->spool == NULL || (b->payload.n == 0 && load_payload(s, b) != 0 && errno == EBADMSG)) {
		log_warnx("site %s: batch %llu of writer %s with %u hits is lost", st->site.p,
		    (unsigned long long)b->sequence, st->writer, (unsigned)b->nviews);
		return 0;
	}
	record = batch_record(b);
	if (b->payload.n > 0)
		put = quarantine_put(spool_dir(s->spool), st->writer, &record);
	if (put < 0) {
		log_warn("site %s: batch %llu of writer %s cannot be set aside yet", st->site.p,
		    (unsigned long long)b->sequence, st->writer);
		return -1;
	}
	if (put > 0) {
		log_info("site %s: batch %llu of writer %s was set aside, and is counted by now", st->site.p,
		    (unsigned long long)b->sequence, st->writer);
		return 0;
	}
	log_warnx("site %s: batch %llu of writer %s is set aside in %s/" QUARANTINE
		  "; once the cause is mended, «thongke spool replay» counts it",
	    st->site.p, (unsigned long long)b->sequence, st->writer, s->config->spool_dir);
	s->quarantined_batches++;
	return 0;
}

/* ---- retained batches --------------------------------------------------- */

static void
on_saver(evutil_socket_t fd, short what, void *arg)
{
	struct store *s = arg;
	int more;

	(void)fd;
	(void)what;
	if (link_state(s->link) == LINK_READY)
		return;
	more = retention_save(s->retention, SAVE_BYTES);
	if (more != 0)
		arm(s->saver, more > 0 ? 0 : RETRY_US);
}

void
save_retained(struct store *s)
{
	if (s->spool != NULL && !evtimer_pending(s->saver, NULL))
		arm(s->saver, 0);
}

bool
save_all_retained(struct store *s)
{
	int more = 0;

	while (s->spool != NULL && (more = retention_save(s->retention, SAVE_BYTES)) > 0) {
	}
	return more == 0;
}

/* ---- opening and closing ------------------------------------------------ */

static struct account *
account_of_name(void *arg, struct str site)
{
	struct store *s = arg;
	const struct site *known = sites_find(s->sites, site);

	return known != NULL ? account_of(s, known) : NULL;
}

static void
say_quarantined(struct store *s)
{
	long n = quarantine_list(spool_dir(s->spool), NULL, NULL);

	if (n > 0)
		log_warnx(
		    "spool %s/" QUARANTINE ": %ld batches wait for «thongke spool replay»", s->config->spool_dir, n);
}

int
keeping_open(struct store *s, struct event_base *base)
{
	TAILQ_INIT(&s->exposed);
	s->keeper = evtimer_new(base, on_keeper, s);
	s->saver = evtimer_new(base, on_saver, s);
	if (s->keeper == NULL || s->saver == NULL)
		fatalx("store: no timers");
	if (s->config->spool_dir[0] == '\0')
		return 0;
	s->spool = spool_open(&(struct spool_options){
	    .dir = s->config->spool_dir,
	    .writer = s->writer,
	    .max = s->config->spool_max,
	    .segment_max = SEGMENT_BYTES,
	});
	if (s->spool == NULL)
		return -1;
	quarantine_clear(spool_dir(s->spool), clock_wall_ms() - TAKEOVER_OLD_MS, NULL, NULL);
	say_quarantined(s);
	return 0;
}

void
keeping_start(struct store *s, struct event_base *base)
{
	if (s->spool == NULL)
		return;
	s->takeovers = takeovers_new(&(struct takeovers_options){
	    .spool = s->spool, .commit = s->commit, .account_of = account_of_name, .arg = s, .base = base });
}

void
keeping_tend(struct store *s)
{
	if (s->retry_us != 0 && TAILQ_EMPTY(&s->exposed) && clock_mono_us() - s->retry_us > FORGIVE_US &&
	    spool_has_room(s->spool, LEAST_ROOM))
		s->retry_us = 0;
	if (s->takeovers != NULL)
		takeovers_tend(s->takeovers);
}

void
keeping_close(struct store *s)
{
	takeovers_free(s->takeovers);
	spool_close(s->spool);
	if (s->keeper != NULL)
		event_free(s->keeper);
	if (s->saver != NULL)
		event_free(s->saver);
}
