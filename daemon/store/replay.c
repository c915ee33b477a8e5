/* replay.c - takeover.c and commit.c without a daemon around them.
 *
 * A quarantined batch can not go under its own writer, whose marker is past
 * it.  It gets a writer that follows from its name, and sequence 1: asked
 * again after a death in the middle, the marker tells that it was applied. */
#include "store/replay.h"

#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/siphash.h"
#include "store/commit.h"
#include "store/link.h"
#include "store/passed.h"
#include "store/quarantine.h"
#include "store/retention.h"
#include "store/takeover.h"

enum {
	TICK_US = 100000,
	PATIENCE_US = 10000000, /* for Redis to be reached */
	SAFE_US = 2000000, /* after so long an everysec Redis has it on disk */
	SEGMENT_BYTES = 1 << 20
};

/* A batch from quarantine, a stream of its own. */
struct single {
	TAILQ_ENTRY(single) next;
	struct stream stream;
	char writer[WRITER_HEX + 1]; /* derived */
	char *site, *name; /* owned; of its file */
	bool applied, settled; /* applied, and its file was renamed, or that was tried */
	bool refused; /* by Redis, for good */
};

struct replay {
	struct replay_options options;
	struct event_base *base;
	struct spool *spool;
	struct link *link;
	struct commit *commit;
	struct retention *retention;
	struct takeovers *takeovers;
	struct passed *passed;
	TAILQ_HEAD(, single) singles;
	struct event *tick;
	int64_t begun_us;
	size_t damaged_files; /* in quarantine */
	struct replay_status status;
};

/* ---- what commit.c asks -------------------------------------------------- */

static int
load(void *arg, struct batch *b)
{
	(void)arg;
	return takeover_load(b);
}

static struct single *
single_of(struct replay *r, const struct stream *st)
{
	struct single *one;

	TAILQ_FOREACH(one, &r->singles, next)
	{
		if (&one->stream == st)
			return one;
	}
	return NULL;
}

/* As the daemon does.  What comes from quarantine stays there, and its marker
 * must not pass it: that would say that it was applied. */
static int
set_aside(void *arg, struct batch *b)
{
	struct replay *r = arg;
	struct single *one = single_of(r, b->stream);
	struct spool_record record;

	if (one != NULL) {
		one->refused = true;
		return -1;
	}
	if (b->payload.n == 0 && takeover_load(b) != 0) {
		if (errno != EBADMSG)
			return -1;
		log_warnx("site %s: batch %llu of writer %s with %u hits is damaged, and lost", b->stream->site.p,
		    (unsigned long long)b->sequence, b->stream->writer, (unsigned)b->nviews);
		r->status.damaged++;
		return 0;
	}
	record = batch_record(b);
	return quarantine_put(spool_dir(r->spool), b->stream->writer, &record) < 0 ? -1 : 0;
}

static void
on_outcome(void *arg, struct batch *b, enum commit_outcome outcome, const struct applied *said)
{
	struct replay *r = arg;
	struct single *one = single_of(r, b->stream);

	if (said != NULL)
		free(said->views);
	if (outcome == COMMIT_REJECTED) {
		batch_free(b);
		return;
	}
	if (!b->was_applied) {
		r->status.batches++;
		r->status.hits += b->nviews;
	}
	if (one != NULL)
		one->applied = true;
	b->was_applied = true;
	retention_keep(r->retention, b, clock_mono_us(), (struct retention_limits){ SAFE_US, SIZE_MAX });
}

static void
nothing(void *arg)
{
	(void)arg;
}

static void
nothing_of(void *arg, struct batch *b)
{
	(void)arg;
	(void)b;
}

static struct account *
no_account(void *arg, struct str site)
{
	(void)arg;
	(void)site;
	return NULL;
}

/* ---- quarantine ---------------------------------------------------------- */

static void
derive_writer(char writer[WRITER_HEX + 1], const char *name)
{
	static const uint8_t keys[2][SIPHASH_KEY_BYTES] = { "quarantined: 1", "quarantined: 2" };

	(void)snprintf(writer, WRITER_HEX + 1, "%016llx%016llx",
	    (unsigned long long)siphash(keys[0], name, strlen(name)),
	    (unsigned long long)siphash(keys[1], name, strlen(name)));
}

static void
add_single(void *arg, const char *name, const char *writer, const struct spool_record *record)
{
	struct replay *r = arg;
	struct single *one;
	struct batch *b;

	(void)writer;
	if (record == NULL) {
		log_warnx("spool %s/" QUARANTINE "/%s: is damaged", r->options.dir, name);
		r->status.damaged++;
		r->damaged_files++;
		return;
	}
	one = xcalloc(1, sizeof(*one));
	derive_writer(one->writer, name);
	one->site = xstrndup(record->site.p, record->site.n);
	one->name = xstrdup(name);
	stream_init(&one->stream, (struct str){ one->site, record->site.n }, one->writer);
	b = batch_of_record(&one->stream, record, (struct spool_place){ 0, 0 });
	b->in_spool = false; /* in memory, rather */
	b->sequence = 1;
	buf_str(&b->payload, record->payload);
	stream_append(&one->stream, b);
	TAILQ_INSERT_TAIL(&r->singles, one, next);
}

/* ---- the link ------------------------------------------------------------ */

static void
on_up(void *arg)
{
	struct replay *r = arg;
	struct single *one;
	bool first = !r->status.reached;

	r->status.reached = true;
	if (first && quarantine_list(spool_dir(r->spool), add_single, r) < 0)
		log_warn("spool %s/" QUARANTINE ": cannot be read", r->options.dir);
	passed_ask(r->passed);
	TAILQ_FOREACH(one, &r->singles, next)
	commit_resume(r->commit, &one->stream);
	takeovers_resume(r->takeovers);
	takeovers_look(r->takeovers);
}

static void
on_down(void *arg)
{
	struct replay *r = arg;
	struct single *one;

	TAILQ_FOREACH(one, &r->singles, next)
	commit_pause(r->commit, &one->stream);
	takeovers_pause(r->takeovers);
	passed_forget(r->passed);
}

/* What Redis can not lose any more.  One whose file may be found again, be it
 * after a power cut, is asked for again, and so its marker must live. */
static void
settle_singles(struct replay *r)
{
	struct single *one;

	TAILQ_FOREACH(one, &r->singles, next)
	{
		struct stream *st = &one->stream;

		if (!one->applied || one->settled || st->nunapplied > 0 || !TAILQ_EMPTY(&st->retained))
			continue;
		one->settled = true;
		if (quarantine_done(spool_dir(r->spool), one->name) == 0)
			commit_expire(r->commit, st, MARKER_TTL_ENDED_S);
	}
}

/* ---- progress ------------------------------------------------------------ */

static bool
is_done(struct replay *r)
{
	struct takeovers_status taken;
	const struct single *one;
	bool kept = false;

	takeovers_status(r->takeovers, &taken);
	r->status.unapplied = taken.unapplied;
	r->status.too_old = taken.too_old;
	TAILQ_FOREACH(one, &r->singles, next)
	{
		r->status.unapplied += one->refused ? 0 : one->stream.nunapplied;
		kept = kept || !TAILQ_EMPTY(&one->stream.retained);
	}
	if (!r->status.reached)
		return clock_mono_us() - r->begun_us > PATIENCE_US;
	return r->status.unapplied == 0 && !kept && taken.writers == 0 && !taken.looking &&
	       commit_in_flight(r->commit) == 0 && commit_expiring(r->commit) == 0 && passed_is_known(r->passed);
}

/* What stays in quarantine is what could not be counted. */
static void
conclude(struct replay *r)
{
	long left = quarantine_list(spool_dir(r->spool), NULL, NULL);

	passed_clear(r->passed);
	if (r->status.reached && left > (long)r->damaged_files)
		r->status.rejected = (uint64_t)left - r->damaged_files;
}

static void
on_tick(evutil_socket_t fd, short what, void *arg)
{
	struct replay *r = arg;
	struct single *one;

	(void)fd;
	(void)what;
	if (link_state(r->link) == LINK_READY) {
		retention_expire(r->retention, clock_mono_us(), (struct retention_limits){ SAFE_US, SIZE_MAX });
		TAILQ_FOREACH(one, &r->singles, next)
		{
			if (!one->refused)
				commit_retry(r->commit, &one->stream);
		}
		settle_singles(r);
		takeovers_tend(r->takeovers);
	}
	if (is_done(r)) {
		conclude(r);
		(void)event_base_loopbreak(r->base);
	} else if (link_state(r->link) == LINK_READY) {
		takeovers_look(r->takeovers); /* it holds only so many at once */
	}
	r->options.on_progress(r->options.arg, &r->status);
}

/* ---- beginning and end --------------------------------------------------- */

static struct spool *
open_spool(const char *dir)
{
	char writer[WRITER_HEX + 1];
	uint64_t half[2];

	if (getrandom(half, sizeof(half), 0) != sizeof(half))
		fatal("getrandom");
	(void)snprintf(
	    writer, sizeof(writer), "%016llx%016llx", (unsigned long long)half[0], (unsigned long long)half[1]);
	return spool_open(
	    &(struct spool_options){ .dir = dir, .writer = writer, .max = UINT64_MAX, .segment_max = SEGMENT_BYTES });
}

static void
begin(struct replay *r)
{
	const struct replay_options *o = &r->options;
	struct timeval tick = { 0, TICK_US };

	r->begun_us = clock_mono_us();
	TAILQ_INIT(&r->singles);
	r->base = event_base_new();
	if (r->base == NULL)
		fatalx("no event loop");
	r->retention = retention_new(NULL);
	r->link = link_new(r->base, &(struct link_options){
					.address = o->config->redis,
					.dead_ms = o->config->redis_dead,
					.on_up = on_up,
					.on_down = on_down,
					.arg = r,
				    });
	r->commit = commit_new(&(struct commit_options){
	    .link = r->link,
	    .retention = r->retention,
	    .load = load,
	    .set_aside = set_aside,
	    .on_returned = nothing_of,
	    .on_outcome = on_outcome,
	    .on_idle = nothing,
	    .on_heard = nothing,
	    .arg = r,
	});
	r->takeovers = takeovers_new(&(struct takeovers_options){
	    .spool = r->spool, .commit = r->commit, .account_of = no_account, .base = r->base, .any_age = o->any_age });
	r->passed = passed_new(r->link, spool_dir(r->spool));
	r->tick = event_new(r->base, -1, EV_PERSIST, on_tick, r);
	if (r->tick == NULL || event_add(r->tick, &tick) != 0)
		fatalx("no timer");
}

static void
end(struct replay *r)
{
	struct single *one;

	link_free(r->link);
	takeovers_free(r->takeovers);
	passed_free(r->passed);
	while ((one = TAILQ_FIRST(&r->singles)) != NULL) {
		TAILQ_REMOVE(&r->singles, one, next);
		stream_fini(&one->stream);
		free(one->site);
		free(one->name);
		free(one);
	}
	spool_close(r->spool);
	commit_free(r->commit);
	retention_free(r->retention);
	event_free(r->tick);
	event_base_free(r->base);
	libevent_global_shutdown();
}

int
replay_run(const struct replay_options *o, struct replay_status *ret_status)
{
	struct replay r = { .options = *o, .spool = open_spool(o->dir) };

	if (r.spool == NULL)
		return -1;
	begin(&r);
	if (event_base_dispatch(r.base) == -1)
		fatalx("the event loop failed");
	*ret_status = r.status;
	end(&r);
	return 0;
}
