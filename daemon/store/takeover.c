/* takeover.c - the records of a folder become batches of streams, a stream a
 * site; commit.c does the rest.  Only places are held in memory. */
#include "store/takeover.h"

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

/* Each holds two descriptors. */
enum { HELD_MAX = 64 };

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
	char (*too_old)[WRITER_HEX + 1]; /* owned; said once each */
	size_t ntoo_old;
};

struct takeovers *
takeovers_new(const struct takeovers_options *o)
{
	struct takeovers *t = xcalloc(1, sizeof(*t));

	t->options = *o;
	TAILQ_INIT(&t->held);
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
	free(t->too_old);
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

static bool
was_said(const struct takeovers *t, const char *writer)
{
	for (size_t i = 0; i < t->ntoo_old; i++) {
		if (strcmp(t->too_old[i], writer) == 0)
			return true;
	}
	return false;
}

static void
say_too_old(struct takeovers *t, const struct taken *taken)
{
	const struct survey *survey = taken_survey(taken);

	if (was_said(t, taken_writer(taken)))
		return;
	log_warnx("spool %s: %" PRIu64 " hits in it are older than 80 days, so that Redis may have forgotten which of "
		  "them are counted; it is left alone: «thongke spool replay» counts them",
	    taken_writer(taken), survey->hits);
	t->too_old = xrealloc(t->too_old, (t->ntoo_old + 1) * sizeof(*t->too_old));
	memcpy(t->too_old[t->ntoo_old++], taken_writer(taken), sizeof(*t->too_old));
}

static void
take(struct takeovers *t, struct taken *taken)
{
	const struct survey *survey = taken_survey(taken);
	struct one *one;

	if (!t->options.any_age && survey->oldest_ms < clock_wall_ms() - TAKEOVER_OLD_MS) {
		say_too_old(t, taken);
		taken_leave(taken);
		return;
	}
	one = xcalloc(1, sizeof(*one));
	one->taken = taken;
	if (gather_batches(t, one) != 0) {
		free_streams(one);
		free(one);
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

void
takeovers_look(struct takeovers *t)
{
	char after[WRITER_HEX + 1] = "";
	struct taken *taken;

	while (t->nheld < HELD_MAX && (taken = spool_take_over(t->options.spool, after)) != NULL) {
		memcpy(after, taken_writer(taken), sizeof(after));
		take(t, taken);
	}
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
	struct takeovers_status status = { .writers = t->nheld, .too_old = t->ntoo_old };
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
