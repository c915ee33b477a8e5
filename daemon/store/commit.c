/* commit.c - batches of one site go out in a pipeline.  When Redis answers
 * «gap» (or rejects one, which leaves a gap behind it), the rest of the run
 * in flight is let come back first; then one decision is made for the site:
 * send again from the first unapplied, or move the marker. */
#include "store/commit.h"

#include <hiredis/hiredis.h>
#include <stdlib.h>
#include <sys/random.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "count/calendar.h"
#include "store/keys.h"
#include "store/resp.h"
#include "store/retention.h"

enum { NKEYS = 7, WRITER_BYTES = 16 };
enum { AT_OUTCOME, AT_LAST, AT_GENERATION, AT_NEWEST, AT_TODAY, AT_TOTAL, AT_OPENING, AT_ONLINE, AT_COUNTED, AT_VIEWS };
enum { OUTCOME_GAP = -1 };

struct commit {
	struct commit_options options;
	char writer[WRITER_HEX + 1];
	size_t in_flight;
	struct buf command; /* scratch */
	struct commit_status status;
};

/* One command on its way. */
struct errand {
	struct commit *commit;
	struct account *account;
	struct batch *batch; /* NULL for a skip or a look at the marker */
	uint64_t skip_to, lost; /* of a skip: where to, and over how many that are gone */
};

static void
draw_writer(char writer[WRITER_HEX + 1])
{
	uint8_t bytes[WRITER_BYTES];

	if (getrandom(bytes, sizeof(bytes), 0) != sizeof(bytes))
		fatal("getrandom");
	for (size_t i = 0; i < sizeof(bytes); i++)
		(void)snprintf(writer + 2 * i, 3, "%02x", bytes[i]);
}

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
	draw_writer(c->writer);
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

const struct commit_status *
commit_status(const struct commit *c)
{
	return &c->status;
}

static void recover(struct commit *c, struct account *a);

/* The errand is back: count it in, and decide what was put off till now. */
static void
arrived(struct commit *c, struct account *a)
{
	a->in_flight--;
	c->in_flight--;
	if (a->in_flight == 0 && a->gap)
		recover(c, a);
	if (c->in_flight == 0)
		c->options.on_idle(c->options.arg);
}

static void
send_errand(struct commit *c, const struct errand *what, link_reply *cb)
{
	struct errand *e = xmalloc(sizeof(*e));

	*e = *what;
	e->account->in_flight++;
	c->in_flight++;
	link_send(c->options.link, buf_view(&c->command), cb, e);
}

static void
write_apply(struct commit *c, const struct account *a, const struct batch *b)
{
	struct buf *out = &c->command;
	struct str site = a->name;

	buf_clear(out);
	resp_array(out, 3 + NKEYS + 2);
	resp_bulk(out, STR("EVALSHA"));
	resp_bulk(out, link_script_sha(c->options.link, SCRIPT_APPLY));
	resp_int(out, NKEYS);
	key_marker(&c->command, a->name, c->writer);
	key_totals(out, site);
	key_days(out, site, date_of_day(b->day).year);
	key_pages(out, site);
	key_online(out, site);
	key_ids(out, site, b->ids_window);
	key_ids(out, site, b->ids_window - 1);
	resp_int(out, (int64_t)b->sequence);
	resp_bulk(out, buf_view(&b->payload));
}

static int
parse_applied(const struct redisReply *reply, struct batch *b)
{
	struct applied *applied = &b->applied;

	if (reply->elements != AT_VIEWS + b->npages)
		return -1;
	for (size_t i = 0; i < reply->elements; i++) {
		if (reply->element[i]->type != REDIS_REPLY_INTEGER)
			return -1;
	}
	*applied = (struct applied){
		.generation = reply->element[AT_GENERATION]->integer,
		.newest = reply->element[AT_NEWEST]->integer,
		.today = reply->element[AT_TODAY]->integer,
		.total = reply->element[AT_TOTAL]->integer,
		.opening = reply->element[AT_OPENING]->integer,
		.online = reply->element[AT_ONLINE]->integer,
		.counted = reply->element[AT_COUNTED]->integer,
		.views = xcalloc(b->npages, sizeof(*applied->views)),
	};
	for (size_t i = 0; i < b->npages; i++)
		applied->views[i] = reply->element[AT_VIEWS + i]->integer;
	return 0;
}

static void
finish(struct commit *c, struct batch *b, enum commit_outcome outcome)
{
	struct account *a = b->account;

	TAILQ_REMOVE(&a->unapplied, b, next);
	if (outcome == COMMIT_APPLIED) {
		c->status.applied_batches++;
		a->rejecting = false;
		a->applied = b->sequence;
	} else {
		c->status.rejected_batches++;
	}
	if (!b->was_applied)
		histogram_observe(&c->status.items, b->nitems);
	c->options.on_outcome(c->options.arg, b, outcome);
}

static void
handle_error(struct commit *c, struct batch *b, const char *error)
{
	struct account *a = b->account;

	if (link_error_passes(error)) {
		link_restart(c->options.link, error);
		return;
	}
	if (!a->rejecting)
		log_warnx("site %s: Redis rejects batch %llu of writer %s, and others after it if the cause stays; "
			  "their hits are not counted: %s",
		    a->name.p, (unsigned long long)b->sequence, c->writer, error);
	a->rejecting = b->rejected = a->gap = true;
	if (b == TAILQ_FIRST(&a->unapplied))
		a->marker = b->sequence - 1;
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
	if (reply == NULL) {
		/* Nobody knows; the marker will, when it is sent again. */
	} else if (reply->type == REDIS_REPLY_ERROR) {
		handle_error(e.commit, b, reply->str);
	} else if (reply->type == REDIS_REPLY_ARRAY && reply->elements == 2 &&
		   reply->element[AT_OUTCOME]->integer == OUTCOME_GAP) {
		e.account->gap = true;
		e.account->marker = (uint64_t)reply->element[AT_LAST]->integer;
	} else if (reply->type == REDIS_REPLY_ARRAY && parse_applied(reply, b) == 0) {
		finish(e.commit, b, COMMIT_APPLIED);
	} else {
		handle_error(e.commit, b, "an answer that apply.lua does not give");
	}
	arrived(e.commit, e.account);
}

void
commit_send(struct commit *c, struct account *a)
{
	struct batch *b;

	if (a->gap || link_state(c->options.link) != LINK_READY)
		return;
	TAILQ_FOREACH(b, &a->unapplied, next)
	{
		if (b->in_flight)
			continue;
		write_apply(c, a, b);
		b->in_flight = true;
		b->sent_us = clock_mono_us();
		send_errand(c, &(struct errand){ .commit = c, .account = a, .batch = b }, on_applied);
	}
}

/* The marker is past the batches that nobody has any more. */
static void
say_lost(struct commit *c, struct account *a, uint64_t gone)
{
	log_warnx("site %s: Redis has lost what it had acknowledged: %llu batches before %llu are gone "
		  "(was it emptied, or an old backup restored?); counting on from here",
	    a->name.p, (unsigned long long)gone, (unsigned long long)a->marker + 1);
	c->status.lost_batches += gone;
}

static void
on_skipped(void *arg, const struct redisReply *reply)
{
	struct errand e = *(struct errand *)arg;
	struct account *a = e.account;
	struct batch *first = TAILQ_FIRST(&a->unapplied);

	free(arg);
	if (reply != NULL && reply->type == REDIS_REPLY_INTEGER) {
		a->marker = (uint64_t)reply->integer;
		if (e.lost > 0 && a->marker == e.skip_to)
			say_lost(e.commit, a, e.lost);
		if (first != NULL && first->rejected && first->sequence <= a->marker)
			finish(e.commit, first, COMMIT_REJECTED);
	} else if (reply != NULL) {
		link_restart(e.commit->options.link,
		    reply->type == REDIS_REPLY_ERROR ? reply->str : "an answer that skip.lua does not give");
	}
	arrived(e.commit, a);
}

static void
skip_to(struct commit *c, struct account *a, uint64_t sequence, uint64_t lost)
{
	struct buf *out = &c->command;

	buf_clear(out);
	resp_array(out, 3 + 1 + 2);
	resp_bulk(out, STR("EVALSHA"));
	resp_bulk(out, link_script_sha(c->options.link, SCRIPT_SKIP));
	resp_int(out, 1);
	key_marker(&c->command, a->name, c->writer);
	resp_int(out, (int64_t)a->marker);
	resp_int(out, (int64_t)sequence);
	send_errand(c, &(struct errand){ .commit = c, .account = a, .skip_to = sequence, .lost = lost }, on_skipped);
}

/* A marker that is damaged says nothing: what was heard last is taken for it,
 * and skip.lua writes it anew. */
static void
on_marker(void *arg, const struct redisReply *reply)
{
	struct errand e = *(struct errand *)arg;
	struct account *a = e.account;

	free(arg);
	if (reply != NULL && reply->type == REDIS_REPLY_NIL) {
		a->marker = 0;
	} else if (reply != NULL && reply->type == REDIS_REPLY_ERROR && link_error_passes(reply->str)) {
		link_restart(e.commit->options.link, reply->str);
	} else if (reply != NULL &&
		   (reply->type != REDIS_REPLY_STRING ||
		       str_to_uint((struct str){ reply->str, reply->len }, 0, INT64_MAX, &a->marker) != 0)) {
		log_warnx("site %s: the marker of writer %s is damaged; it is set to %llu", a->name.p, e.commit->writer,
		    (unsigned long long)a->applied);
		a->marker = a->applied;
		skip_to(e.commit, a, a->applied, 0);
	}
	arrived(e.commit, a);
}

void
commit_resume(struct commit *c, struct account *a)
{
	if (a->sequence == 0)
		return;
	buf_clear(&c->command);
	resp_array(&c->command, 2);
	resp_bulk(&c->command, STR("GET"));
	key_marker(&c->command, a->name, c->writer);
	a->gap = true; /* so that nothing goes out before the marker is known */
	send_errand(c, &(struct errand){ .commit = c, .account = a }, on_marker);
}

/* What Redis has lost is sent again where it was kept, and said. */
static void
return_retained(struct commit *c, struct account *a)
{
	size_t n = retention_return(c->options.retention, a, a->marker + 1);

	if (n == 0)
		return;
	a->past_known = false;
	log_warnx("site %s: Redis has lost %zu batches that it had acknowledged; they are sent again", a->name.p, n);
	c->status.returned_batches += n;
}

/* Nothing of this account is in flight, and its marker was heard. */
static void
recover(struct commit *c, struct account *a)
{
	const struct batch *first;
	uint64_t next;

	if (link_state(c->options.link) != LINK_READY)
		return;
	return_retained(c, a);
	first = TAILQ_FIRST(&a->unapplied);
	next = first != NULL ? first->sequence : a->sequence + 1;
	if (next > a->marker + 1) {
		a->past_known = false; /* the days before today may be gone too */
		skip_to(c, a, next - 1, next - 1 - a->marker);
	} else if (first != NULL && first->rejected && next == a->marker + 1) {
		skip_to(c, a, next, 0);
	} else {
		a->gap = false;
		commit_send(c, a);
	}
}

void
commit_pause(struct account *a)
{
	struct batch *b;

	a->gap = false;
	TAILQ_FOREACH(b, &a->unapplied, next)
	b->rejected = false;
}
