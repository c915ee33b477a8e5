/* commit.c - batches of one stream go out in a pipeline.  When Redis answers
 * «gap» (or rejects one, which leaves a gap behind it, or is to look at one that
 * was not as forecast), the rest of the run in flight is let come back first; then
 * one decision is made for the stream: send again from the first unapplied, or move
 * the marker. */
#include "store/commit.h"

#include <errno.h>
#include <hiredis/hiredis.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "store/account.h"
#include "store/apply.h"
#include "store/keys.h"
#include "store/mirror.h"
#include "store/resp.h"
#include "store/retention.h"

/* What of a backlog is in flight at once: some milliseconds of Redis's time,
 * so that whoever comes meanwhile is not kept waiting. */
enum { BACKLOG_BYTES = 65536, BACKLOG_BATCHES = 64 };

struct commit {
	struct commit_options options;
	size_t in_flight, live, expiring;
	size_t backlog_bytes, backlog_batches; /* in flight */
	struct streams backlogged; /* with more to send than there was room for */
	struct buf command; /* scratch */
	struct commit_status status;
};

/* One command on its way. */
struct errand {
	struct commit *commit;
	struct stream *stream;
	struct batch *batch; /* NULL for a skip or a look at the marker */
	size_t backlog_bytes; /* of a batch from the spool; 0: it is live */
	uint64_t skip_to, lost; /* of a skip: where to, and over how many that are gone */
	bool has_forecast;
	struct applied forecast; /* its views are owned until it came true */
};

struct commit *
commit_new(const struct commit_options *o)
{
	static const uint32_t latencies[] = { 100, 250, 500, 1000, 2500, 5000, 10000, 25000, 50000, 100000, 250000,
		500000, 1000000, 2500000 };
	static const uint32_t sizes[] = { 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000 };
	struct commit *c = xcalloc(1, sizeof(*c));

	c->options = *o;
	c->status.latency = (struct histogram)HISTOGRAM(latencies);
	c->status.items = (struct histogram)HISTOGRAM(sizes);
	TAILQ_INIT(&c->backlogged);
	return c;
}

void
commit_free(struct commit *c)
{
	if (c == NULL)
		return;
	buf_fini(&c->command);
	free(c);
}

size_t
commit_in_flight(const struct commit *c)
{
	return c->in_flight;
}

size_t
commit_expiring(const struct commit *c)
{
	return c->expiring;
}

size_t
commit_live(const struct commit *c)
{
	return c->live;
}

const struct commit_status *
commit_status(const struct commit *c)
{
	return &c->status;
}

/* ---- errands ------------------------------------------------------------ */

static void recover(struct commit *c, struct stream *st);
static void send_backlogs(struct commit *c);

/* The errand is back: count it in, and decide what was put off till now. */
static void
arrived(const struct errand *e, bool heard)
{
	struct commit *c = e->commit;
	struct stream *st = e->stream;
	bool live = e->batch != NULL && e->backlog_bytes == 0;

	st->in_flight--;
	c->in_flight--;
	c->live -= live;
	c->backlog_bytes -= e->backlog_bytes;
	c->backlog_batches -= e->backlog_bytes > 0;
	if (st->in_flight == 0 && st->gap)
		recover(c, st);
	if (heard) {
		send_backlogs(c);
		c->options.on_heard(c->options.arg);
	}
	if (live && c->live == 0)
		c->options.on_idle(c->options.arg);
}

static void
send_errand(struct commit *c, const struct errand *what, link_reply *cb)
{
	struct errand *e = xmalloc(sizeof(*e));

	*e = *what;
	e->commit = c;
	e->stream->in_flight++;
	c->in_flight++;
	c->live += e->batch != NULL && e->backlog_bytes == 0;
	c->backlog_bytes += e->backlog_bytes;
	c->backlog_batches += e->backlog_bytes > 0;
	link_send(c->options.link, buf_view(&c->command), cb, e);
}

/* ---- batches ------------------------------------------------------------ */

static void
finish(struct commit *c, struct batch *b, enum commit_outcome outcome, const struct applied *said)
{
	struct stream *st = b->stream;

	stream_remove(st, b);
	if (outcome == COMMIT_APPLIED) {
		c->status.applied_batches++;
		st->rejecting = false;
		st->marker = b->sequence > st->marker ? b->sequence : st->marker;
	} else {
		c->status.rejected_batches++;
	}
	if (!b->was_applied)
		histogram_observe(&c->status.items, b->nitems);
	c->options.on_outcome(c->options.arg, b, outcome, said);
}

static void
reject(struct commit *c, struct batch *b, const char *why)
{
	struct stream *st = b->stream;

	if (!st->rejecting)
		log_warnx("site %s: batch %llu of writer %s is rejected, and others after it if the cause stays; "
			  "their hits are not counted: %s",
		    st->site.p, (unsigned long long)b->sequence, st->writer, why);
	st->rejecting = b->rejected = st->gap = true;
	if (b == TAILQ_FIRST(&st->unapplied))
		st->marker = b->sequence - 1;
	(void)c;
}

static void
handle_error(struct commit *c, struct batch *b, const char *error)
{
	if (link_error_passes(error))
		link_restart(c->options.link, error);
	else
		reject(c, b, error);
}

/* What is known of the site, if its batches are of this process. */
static struct mirror *
mirror_of(const struct stream *st)
{
	return st->account != NULL && st->taken == NULL ? &st->account->mirror : NULL;
}

static void
doubt(const struct stream *st)
{
	struct mirror *m = mirror_of(st);

	if (m != NULL)
		mirror_forget(m);
}

/* Whether the answer is that the batch is applied. */
static bool
take_answer(struct errand *e, const struct redisReply *reply)
{
	struct mirror *m = mirror_of(e->stream);
	struct applied applied;

	if (e->has_forecast && apply_was_forecast(reply, &e->forecast.has_comers)) {
		e->commit->status.forecast_batches++;
		finish(e->commit, e->batch, COMMIT_APPLIED, &e->forecast);
		e->has_forecast = false;
		return true;
	}
	if (apply_parse(reply, e->batch, &applied) != 0)
		return false;
	if (m != NULL)
		mirror_learn(m, e->batch, &applied);
	finish(e->commit, e->batch, COMMIT_APPLIED, &applied);
	return true;
}

/* It may be sent to more keys than apply.lua is. */
static bool
forecast_was_forbidden(const struct errand *e, const struct redisReply *reply)
{
	return e->has_forecast && reply->type == REDIS_REPLY_ERROR && str_starts(str_of(reply->str), STR("NOPERM"));
}

/* What nobody knows the marker will tell, when it is sent again. */
static void
take_refusal(const struct errand *e, const struct redisReply *reply)
{
	struct stream *st = e->stream;

	doubt(st);
	if (reply == NULL)
		return;
	/* One that was misjudged is looked at then, as nothing is known any more. */
	if (apply_was_misjudged(reply) || forecast_was_forbidden(e, reply) || apply_found_gap(reply, &st->marker))
		st->gap = true;
	else
		handle_error(e->commit, e->batch,
		    reply->type == REDIS_REPLY_ERROR ? reply->str : "an answer that no script gives");
}

static void
on_applied(void *arg, const struct redisReply *reply)
{
	struct errand e = *(struct errand *)arg;
	struct batch *b = e.batch;

	free(arg);
	b->in_flight = false;
	if (reply != NULL)
		histogram_observe(&e.commit->status.latency, (uint64_t)(clock_mono_us() - b->sent_us));
	if (reply == NULL || !take_answer(&e, reply))
		take_refusal(&e, reply);
	if (e.has_forecast)
		free(e.forecast.views);
	arrived(&e, reply != NULL);
}

static bool
backlog_has_room(const struct commit *c)
{
	return c->backlog_bytes < BACKLOG_BYTES && c->backlog_batches < BACKLOG_BATCHES;
}

static void
put_off(struct commit *c, struct stream *st)
{
	st->is_backlogged = true;
	TAILQ_INSERT_TAIL(&c->backlogged, st, backlog);
}

static int
bring_back(struct commit *c, struct batch *b)
{
	if (b->payload.n > 0 || c->options.load(c->options.arg, b) == 0)
		return 0;
	if (errno == EBADMSG) {
		reject(c, b, "it is damaged in the spool");
		if (b->stream->in_flight == 0)
			recover(c, b->stream);
	}
	return -1;
}

/* False when it is not known what it will come to. */
static bool
write_forecast(struct commit *c, struct errand *e)
{
	struct stream *st = e->stream;
	struct mirror *m = mirror_of(st);
	struct forecast f;

	if (m == NULL || !mirror_forecast(m, e->batch, e->batch->sent_us, &f))
		return false;
	apply_forecast_command(&c->command, link_script_sha(c->options.link, SCRIPT_FORECAST), e->batch, &f);
	e->has_forecast = true;
	e->forecast = f.applied;
	return true;
}

static void
send_batch(struct commit *c, struct batch *b)
{
	struct errand e = { .stream = b->stream, .batch = b };

	b->in_flight = true;
	b->sent_us = clock_mono_us();
	buf_clear(&c->command);
	if (!write_forecast(c, &e))
		apply_command(&c->command, link_script_sha(c->options.link, SCRIPT_APPLY), b);
	e.backlog_bytes = b->in_spool ? c->command.n : 0;
	send_errand(c, &e, on_applied);
	if (b->in_spool)
		buf_fini(&b->payload);
}

void
commit_send(struct commit *c, struct stream *st)
{
	struct batch *b;

	if (st->gap || st->is_backlogged || link_state(c->options.link) != LINK_READY)
		return;
	TAILQ_FOREACH(b, &st->unapplied, next)
	{
		if (b->in_flight)
			continue;
		if (b->passed_over) {
			st->gap = true;
			if (st->in_flight == 0)
				recover(c, st);
			return;
		}
		if (b->in_spool && !backlog_has_room(c)) {
			put_off(c, st);
			return;
		}
		if (b->in_spool && bring_back(c, b) != 0)
			return;
		send_batch(c, b);
	}
}

static void
send_backlogs(struct commit *c)
{
	struct stream *st;

	while (backlog_has_room(c) && (st = TAILQ_FIRST(&c->backlogged)) != NULL) {
		TAILQ_REMOVE(&c->backlogged, st, backlog);
		st->is_backlogged = false;
		commit_send(c, st);
	}
}

/* ---- holes -------------------------------------------------------------- */

/* The marker is past the batches that nobody has any more. */
static void
say_lost(struct commit *c, struct stream *st, uint64_t gone)
{
	log_warnx("site %s: Redis has lost what it had acknowledged: %llu batches before %llu are gone "
		  "(was it emptied, or an old backup restored?); counting on from here",
	    st->site.p, (unsigned long long)gone, (unsigned long long)st->marker + 1);
	c->status.lost_batches += gone;
}

static void
on_skipped(void *arg, const struct redisReply *reply)
{
	struct errand e = *(struct errand *)arg;
	struct stream *st = e.stream;
	struct batch *first = TAILQ_FIRST(&st->unapplied);

	free(arg);
	if (reply != NULL && reply->type == REDIS_REPLY_INTEGER) {
		st->marker = (uint64_t)reply->integer;
		if (e.lost > 0 && st->marker == e.skip_to)
			say_lost(e.commit, st, e.lost);
		if (first != NULL && first->rejected && first->sequence <= st->marker)
			finish(e.commit, first, COMMIT_REJECTED, NULL);
	} else if (reply != NULL) {
		link_restart(e.commit->options.link,
		    reply->type == REDIS_REPLY_ERROR ? reply->str : "an answer that skip.lua does not give");
	}
	arrived(&e, reply != NULL);
}

static void
skip_to(struct commit *c, struct stream *st, uint64_t sequence, uint64_t lost)
{
	struct buf *out = &c->command;

	buf_clear(out);
	resp_array(out, 3 + 1 + 2);
	resp_bulk(out, STR("EVALSHA"));
	resp_bulk(out, link_script_sha(c->options.link, SCRIPT_SKIP));
	resp_int(out, 1);
	key_marker(out, st->site, st->writer);
	resp_int(out, (int64_t)st->marker);
	resp_int(out, (int64_t)sequence);
	send_errand(c, &(struct errand){ .stream = st, .skip_to = sequence, .lost = lost }, on_skipped);
}

/* A marker that is damaged says nothing: what was heard last is taken for it,
 * and skip.lua writes it anew. */
static void
on_marker(void *arg, const struct redisReply *reply)
{
	struct errand e = *(struct errand *)arg;
	struct stream *st = e.stream;
	uint64_t marker;

	free(arg);
	if (reply != NULL && reply->type == REDIS_REPLY_NIL) {
		st->marker = 0;
	} else if (reply != NULL && reply->type == REDIS_REPLY_ERROR && link_error_passes(reply->str)) {
		link_restart(e.commit->options.link, reply->str);
	} else if (reply != NULL &&
		   (reply->type != REDIS_REPLY_STRING ||
		       str_to_uint((struct str){ reply->str, reply->len }, 0, INT64_MAX, &marker) != 0)) {
		log_warnx("site %s: the marker of writer %s is damaged; it is set to %llu", st->site.p, st->writer,
		    (unsigned long long)st->marker);
		skip_to(e.commit, st, st->marker, 0);
	} else if (reply != NULL) {
		st->marker = marker;
	}
	arrived(&e, reply != NULL);
}

void
commit_resume(struct commit *c, struct stream *st)
{
	if (st->sequence == 0)
		return;
	buf_clear(&c->command);
	resp_array(&c->command, 2);
	resp_bulk(&c->command, STR("GET"));
	key_marker(&c->command, st->site, st->writer);
	st->gap = true; /* so that nothing goes out before the marker is known */
	send_errand(c, &(struct errand){ .stream = st }, on_marker);
}

/* What Redis has lost is sent again where it was kept, and said. */
static void
return_retained(struct commit *c, struct stream *st)
{
	size_t n = retention_return(c->options.retention, st, st->marker + 1);
	struct batch *b = TAILQ_FIRST(&st->unapplied);

	if (n == 0)
		return;
	for (size_t i = 0; i < n; i++, b = TAILQ_NEXT(b, next))
		c->options.on_returned(c->options.arg, b);
	if (st->account != NULL)
		st->account->past_known = false;
	log_warnx("site %s: Redis has lost %zu batches that it had acknowledged; they are sent again", st->site.p, n);
	c->status.returned_batches += n;
}

/* What the marker says to be applied, or to have been passed over, need not be
 * sent again where nobody waits for its figures. */
static void
finish_known(struct commit *c, struct stream *st)
{
	struct batch *b;

	while ((b = TAILQ_FIRST(&st->unapplied)) != NULL && b->sequence <= st->marker && batch_waiters(b) == 0)
		finish(c, b, b->passed_over ? COMMIT_REJECTED : COMMIT_APPLIED, NULL);
}

/* Nothing of this stream is in flight, and its marker was heard. */
static void
recover(struct commit *c, struct stream *st)
{
	struct batch *first;
	uint64_t next;

	if (link_state(c->options.link) != LINK_READY || st->nsettling > 0)
		return;
	finish_known(c, st);
	return_retained(c, st);
	first = TAILQ_FIRST(&st->unapplied);
	next = first != NULL ? first->sequence : st->sequence + 1;
	if (next > st->marker + 1) {
		if (st->account != NULL)
			st->account->past_known = false; /* the days before today may be gone too */
		skip_to(c, st, next - 1, next - 1 - st->marker);
	} else if (first != NULL && first->rejected && next == st->marker + 1) {
		/* Whatever happens now: sent again it might be counted, and in
		 * quarantine too; and a marker past it does not say that it was
		 * applied. */
		first->passed_over = true;
		if (c->options.set_aside(c->options.arg, first) == 0)
			skip_to(c, st, next, 0);
	} else {
		st->gap = false;
		commit_send(c, st);
	}
}

void
commit_pause(struct commit *c, struct stream *st)
{
	struct batch *b;

	st->gap = false;
	doubt(st);
	TAILQ_FOREACH(b, &st->unapplied, next)
	b->rejected = b->passed_over;
	if (!st->is_backlogged)
		return;
	TAILQ_REMOVE(&c->backlogged, st, backlog);
	st->is_backlogged = false;
}

void
commit_retry(struct commit *c, struct stream *st)
{
	if (st->in_flight > 0 || link_state(c->options.link) != LINK_READY)
		return;
	if (st->gap)
		recover(c, st);
	else
		commit_send(c, st);
}

static void
on_expire_set(void *arg, const struct redisReply *reply)
{
	struct commit *c = arg;

	c->expiring--;
	if (reply != NULL)
		c->options.on_heard(c->options.arg);
}

void
commit_expire(struct commit *c, struct stream *st, int64_t seconds)
{
	if (st->sequence == 0 || link_state(c->options.link) != LINK_READY)
		return;
	buf_clear(&c->command);
	resp_array(&c->command, 3);
	resp_bulk(&c->command, STR("EXPIRE"));
	key_marker(&c->command, st->site, st->writer);
	resp_int(&c->command, seconds);
	c->expiring++;
	link_send(c->options.link, buf_view(&c->command), on_expire_set, c); /* st may be gone by then */
}
