/* takeover.c - the records of a folder become batches of streams, a stream a
 * site; commit.c does the rest.  Only places are held in memory. */
#include "store/takeover.h"

#include <event2/event.h>
#include <inttypes.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "store/commit.h"
#include "store/quarantine.h"
#include "store/taken.h"

enum {
	HELD_MAX = 64, /* each holds two descriptors */
	SHUN_S = 600 /* what cannot be read, and may take long to say so */
};

struct one {
	TAILQ_ENTRY(one) next;
	struct taken *taken; /* owned */
	struct stream **streams; /* owned, as is each and its site's name */
	size_t n, cap;
};

struct takeovers {
	struct takeovers_options options;
	TAILQ_HEAD(, one) held;
	size_t nheld;
	struct files_names found; /* writers, of which those from next on are still to be looked at */
	size_t next;
	struct event *turn;
	struct shunned {
		char writer[WRITER_HEX + 1];
		bool too_old; /* for good; else it could not be read */
		int64_t until_us; /* monotonic */
	} * shunned; /* owned */
	size_t nshunned, ntoo_old;
};

static void on_turn(evutil_socket_t fd, short what, void *arg);

struct takeovers *
takeovers_new(const struct takeovers_options *o)
{
	struct takeovers *t = xcalloc(1, sizeof(*t));

	t->options = *o;
	TAILQ_INIT(&t->held);
	t->turn = evtimer_new(o->base, on_turn, t);
	if (t->turn == NULL)
		fatalx("takeovers: no timer");
	return t;
}

static void
free_streams(struct one *one)
{
	for (size_t i = 0; i < one->n; i++) {
		stream_fini(one->streams[i]);
		free((char *)one->streams[i]->site.p);
		free(one->streams[i]);
	}
	free(one->streams);
}

void
takeovers_free(struct takeovers *t)
{
	struct one *one;

	if (t == NULL)
		return;
	while ((one = TAILQ_FIRST(&t->held)) != NULL) {
		TAILQ_REMOVE(&t->held, one, next);
		free_streams(one);
		taken_leave(one->taken);
		free(one);
	}
	event_free(t->turn);
	files_names_fini(&t->found);
	free(t->shunned);
	free(t);
}

/* ---- taking over -------------------------------------------------------- */

static int
by_site(const void *a, const void *b)
{
	const struct stream *left = a, *right = b;

	if (left->site.n != right->site.n)
		return left->site.n < right->site.n ? -1 : 1;
	return memcmp(left->site.p, right->site.p, left->site.n);
}

static struct stream *
new_stream(struct takeovers *t, struct one *one, struct str site)
{
	struct stream *st = xcalloc(1, sizeof(*st));

	if (one->n == one->cap) {
		one->cap = one->cap > 0 ? one->cap * 2 : 16;
		one->streams = xrealloc(one->streams, one->cap * sizeof(struct stream *));
	}
	one->streams[one->n++] = st;
	stream_init(st, (struct str){ xstrndup(site.p, site.n), site.n }, taken_writer(one->taken));
	st->taken = one->taken;
	st->account = t->options.account_of(t->options.arg, st->site);
	return st;
}

static struct stream *
stream_of(struct takeovers *t, struct one *one, void **index, struct str site)
{
	struct stream wanted = { .site = site }, *const *found = tfind(&wanted, index, by_site);
	struct stream *st;

	if (found != NULL)
		return *found;
	st = new_stream(t, one, site);
	if (tsearch(st, index, by_site) == NULL)
		fatalx("out of memory");
	return st;
}

static void
keep_stream(void *stream)
{
	(void)stream; /* the index goes, they stay */
}

/* One that was set aside is passed over again: its marker may be before it
 * still, and past it does not say that it was applied. */
static int
know_if_aside(struct takeovers *t, struct batch *b)
{
	int held = quarantine_holds(spool_dir(t->options.spool), b->stream->writer, b->stream->site, b->sequence);

	b->rejected = b->passed_over = held > 0;
	return held < 0 ? -1 : 0;
}

/* Mostly nothing is, and then nobody need ask of each. */
static bool
may_be_aside(const struct takeovers *t)
{
	struct files_names names;
	bool any = quarantine_names(spool_dir(t->options.spool), &names) != 0 || names.n > 0;

	files_names_fini(&names);
	return any;
}

/* -1 when a part of it cannot be read just now. */
static int
gather_batches(struct takeovers *t, struct one *one)
{
	bool ask = may_be_aside(t);
	struct spool_record r;
	struct spool_place place;
	struct batch *before = NULL;
	void *index = NULL;
	int got;

	while ((got = taken_next(one->taken, &r, &place)) == 1) {
		struct stream *st = stream_of(t, one, &index, r.site);
		struct batch *b = batch_of_record(st, &r, place);

		if (before != NULL && before->stream != st)
			before = NULL;
		if (stream_insert(st, b, before) != 0) {
			batch_free(b); /* written again after a commit that had failed */
			continue;
		}
		before = b;
		if (ask && know_if_aside(t, b) != 0) {
			got = -1;
			break;
		}
	}
	tdestroy(index, keep_stream);
	taken_rest(one->taken);
	return got;
}

static struct shunned *
shunned(const struct takeovers *t, const char *writer)
{
	for (size_t i = 0; i < t->nshunned; i++) {
		if (strcmp(t->shunned[i].writer, writer) == 0)
			return &t->shunned[i];
	}
	return NULL;
}

static void
shun(struct takeovers *t, const char *writer, bool too_old)
{
	struct shunned *one = shunned(t, writer);

	if (one == NULL) {
		t->shunned = xrealloc(t->shunned, (t->nshunned + 1) * sizeof(*t->shunned));
		one = &t->shunned[t->nshunned++];
		*one = (struct shunned){ .too_old = false };
		(void)snprintf(one->writer, sizeof(one->writer), "%s", writer);
	}
	t->ntoo_old += too_old && !one->too_old;
	one->too_old = too_old;
	one->until_us = too_old ? INT64_MAX : clock_mono_us() + SHUN_S * 1000000LL;
}

static void
leave_too_old(struct takeovers *t, struct taken *taken)
{
	log_warnx("spool %s: %" PRIu64 " hits in it are older than 80 days, so that Redis may have forgotten which of "
		  "them are counted; it is left alone: «thongke spool replay» counts them",
	    taken_writer(taken), taken_survey(taken)->hits);
	shun(t, taken_writer(taken), true);
	taken_leave(taken);
}

static void
take(struct takeovers *t, struct taken *taken)
{
	const struct survey *survey = taken_survey(taken);
	struct one *one;

	if (!t->options.any_age && survey->oldest_ms < clock_wall_ms() - TAKEOVER_OLD_MS) {
		leave_too_old(t, taken);
		return;
	}
	one = xcalloc(1, sizeof(*one));
	one->taken = taken;
	if (gather_batches(t, one) != 0) {
		free_streams(one);
		free(one);
		shun(t, taken_writer(taken), false);
		taken_leave(taken);
		return;
	}
	log_info("spool %s: taken over, %zu batches with %" PRIu64 " hits", taken_writer(taken), survey->records,
	    survey->hits);
	TAILQ_INSERT_TAIL(&t->held, one, next);
	t->nheld++;
	for (size_t i = 0; i < one->n; i++)
		commit_resume(t->options.commit, one->streams[i]);
}

static bool
holds(const struct takeovers *t, const char *writer)
{
	const struct one *one;

	TAILQ_FOREACH(one, &t->held, next)
	{
		if (strcmp(taken_writer(one->taken), writer) == 0)
			return true;
	}
	return false;
}

static void
try_to_take(struct takeovers *t, const char *writer)
{
	struct taken *taken;
	int got = spool_take_over(t->options.spool, writer, &taken);

	if (got > 0)
		take(t, taken);
	else if (got < 0)
		shun(t, writer, false);
}

static void
arm_turn(struct takeovers *t)
{
	static const struct timeval at_once = { 0, 0 };

	if (evtimer_add(t->turn, &at_once) != 0)
		fatalx("takeovers: no timer");
}

static bool
is_looking(const struct takeovers *t)
{
	return t->found.n > 0;
}

static void
look_no_more(struct takeovers *t)
{
	files_names_fini(&t->found);
	t->next = 0;
}

/* The next that is worth it, and then the others of the loop have their turn.
 * When enough are held the rest waits for the next look. */
static void
on_turn(evutil_socket_t fd, short what, void *arg)
{
	struct takeovers *t = arg;

	(void)fd;
	(void)what;
	while (t->next < t->found.n && t->nheld < HELD_MAX) {
		const char *writer = t->found.names[t->next++];
		const struct shunned *known = shunned(t, writer);

		if (holds(t, writer) || (known != NULL && clock_mono_us() < known->until_us))
			continue;
		try_to_take(t, writer);
		arm_turn(t);
		return;
	}
	if (t->next == t->found.n)
		look_no_more(t);
}

void
takeovers_look(struct takeovers *t)
{
	if (!is_looking(t)) {
		if (files_list(spool_dir(t->options.spool), folder_is_writer, &t->found) != 0) {
			log_warn("spool: the folder cannot be listed");
			return;
		}
		spool_left_of(t->options.spool, &t->found);
	}
	if (is_looking(t))
		arm_turn(t);
}

/* ---- replaying ---------------------------------------------------------- */

static void
each_stream(struct takeovers *t, void (*act)(struct commit *c, struct stream *st))
{
	struct one *one;

	TAILQ_FOREACH(one, &t->held, next)
	{
		for (size_t i = 0; i < one->n; i++)
			act(t->options.commit, one->streams[i]);
	}
}

void
takeovers_resume(struct takeovers *t)
{
	each_stream(t, commit_resume);
}

void
takeovers_pause(struct takeovers *t)
{
	each_stream(t, commit_pause);
	(void)event_del(t->turn);
	look_no_more(t);
}

static bool
is_done(const struct one *one)
{
	for (size_t i = 0; i < one->n; i++) {
		const struct stream *st = one->streams[i];

		if (st->nunapplied > 0 || st->in_flight > 0 || st->is_backlogged || !TAILQ_EMPTY(&st->retained))
			return false;
	}
	return true;
}

static void
finish(struct takeovers *t, struct one *one)
{
	char writer[WRITER_HEX + 1];
	bool gone;

	memcpy(writer, taken_writer(one->taken), sizeof(writer));
	log_info("spool %s: all of it is counted", writer);
	TAILQ_REMOVE(&t->held, one, next);
	t->nheld--;
	gone = taken_finish(one->taken) == 0;
	/* What could not be removed for good will be taken over again, and then
	 * its markers must still be there. */
	for (size_t i = 0; i < one->n && gone; i++) {
		one->streams[i]->writer = writer;
		commit_expire(t->options.commit, one->streams[i], MARKER_TTL_ENDED_S);
	}
	free_streams(one);
	free(one);
}

void
takeovers_tend(struct takeovers *t)
{
	struct one *one, *next;

	each_stream(t, commit_retry);
	for (one = TAILQ_FIRST(&t->held); one != NULL; one = next) {
		next = TAILQ_NEXT(one, next);
		if (is_done(one))
			finish(t, one);
	}
}

void
takeovers_status(const struct takeovers *t, struct takeovers_status *ret_status)
{
	struct takeovers_status status = { .writers = t->nheld, .too_old = t->ntoo_old, .looking = is_looking(t) };
	const struct one *one;

	TAILQ_FOREACH(one, &t->held, next)
	{
		for (size_t i = 0; i < one->n; i++)
			status.unapplied += one->streams[i]->nunapplied;
	}
	*ret_status = status;
}

int
takeover_load(struct batch *b)
{
	struct buf bytes = { 0 };
	struct spool_record r;
	int result = taken_read(b->stream->taken, b->place, &bytes, &r);

	if (result == 0) {
		buf_clear(&b->payload);
		buf_str(&b->payload, r.payload);
	}
	buf_fini(&bytes);
	return result;
}
