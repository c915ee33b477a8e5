/* commit.c - batches of one site go out in a pipeline.  When Redis answers
 * «gap» (or rejects one, which leaves a gap behind it), the rest of the run
 * in flight is let come back first; then one decision is made for the site:
 * send again from the first unapplied, or move the marker. */
#include "store/commit.h"

#include <hiredis/hiredis.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "count/calendar.h"
#include "store/keys.h"
#include "store/resp.h"

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

/* One batch, or one skip, on its way. */
struct errand {
	struct commit *commit;
	struct account *account;
	struct batch *batch; /* NULL for a skip */
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
write_marker_key(struct commit *c, const struct account *a)
{
	size_t at = c->command.n;

	key_marker(&c->command, a->name, c->writer);
	resp_frame(&c->command, at);
}

static void
write_apply(struct commit *c, const struct account *a, const struct batch *b)
{
	static void (*const keys[])(struct buf *, struct str) = { key_pages, key_online };
	struct buf *out = &c->command;
	struct str site = a->name;
	size_t at;

	buf_clear(out);
	resp_array(out, 3 + NKEYS + 2);
	resp_bulk(out, STR("EVALSHA"));
	resp_bulk(out, link_script_sha(c->options.link, SCRIPT_APPLY));
	resp_int(out, NKEYS);
	write_marker_key(c, a);
	at = out->n;
	key_totals(out, site);
	resp_frame(out, at);
	at = out->n;
	key_days(out, site, date_of_day(b->day).year);
	resp_frame(out, at);
	for (size_t i = 0; i < NITEMS(keys); i++) {
		at = out->n;
		keys[i](out, site);
		resp_frame(out, at);
	}
	for (int64_t window = b->ids_window; window >= b->ids_window - 1; window--) {
		at = out->n;
		key_ids(out, site, window);
		resp_frame(out, at);
	}
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
	TAILQ_REMOVE(&b->account->unapplied, b, next);
	if (outcome == COMMIT_APPLIED)
		c->status.applied_batches++;
	else
		c->status.rejected_batches++;
	histogram_observe(&c->status.items, b->nitems);
	c->options.on_outcome(c->options.arg, b, outcome);
}

/* Errors that pass: the batch is as good as before and is sent again. */
static bool
passes(const char *error)
{
	static const char *const passing[] = { "OOM", "MISCONF", "READONLY", "LOADING", "MASTERDOWN", "BUSY",
		"NOREPLICAS", "TRYAGAIN", "CLUSTERDOWN", "NOSCRIPT", "UNKILLABLE", "NOAUTH" };

	for (size_t i = 0; i < NITEMS(passing); i++) {
		size_t n = strlen(passing[i]);
		if (strncmp(error, passing[i], n) == 0 && (error[n] == ' ' || error[n] == '\0'))
			return true;
	}
	return false;
}

static void
handle_error(struct commit *c, struct batch *b, const char *error)
{
	if (passes(error)) {
		link_restart(c->options.link, error);
		return;
	}
	log_warnx("site %s: Redis rejects batch %llu of writer %s, %zu hits are not counted: %s", b->account->name.p,
	    (unsigned long long)b->sequence, c->writer, b->nviews, error);
	b->rejected = true;
	b->account->gap = true;
	if (b == TAILQ_FIRST(&b->account->unapplied))
		b->account->marker = b->sequence - 1;
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
		send_errand(c, &(struct errand){ c, a, b }, on_applied);
	}
}

static void
on_skipped(void *arg, const struct redisReply *reply)
{
	struct errand e = *(struct errand *)arg;
	struct batch *first = TAILQ_FIRST(&e.account->unapplied);

	free(arg);
	if (reply != NULL && reply->type == REDIS_REPLY_INTEGER) {
		e.account->marker = (uint64_t)reply->integer;
		if (first != NULL && first->rejected && first->sequence <= e.account->marker)
			finish(e.commit, first, COMMIT_REJECTED);
	} else if (reply != NULL && reply->type == REDIS_REPLY_ERROR) {
		link_restart(e.commit->options.link, reply->str);
	}
	arrived(e.commit, e.account);
}

static void
skip_to(struct commit *c, struct account *a, uint64_t sequence)
{
	struct buf *out = &c->command;

	buf_clear(out);
	resp_array(out, 3 + 1 + 2);
	resp_bulk(out, STR("EVALSHA"));
	resp_bulk(out, link_script_sha(c->options.link, SCRIPT_SKIP));
	resp_int(out, 1);
	write_marker_key(c, a);
	resp_int(out, (int64_t)a->marker);
	resp_int(out, (int64_t)sequence);
	send_errand(c, &(struct errand){ c, a, NULL }, on_skipped);
}

/* Nothing of this account is in flight, and its marker was heard. */
static void
recover(struct commit *c, struct account *a)
{
	const struct batch *first = TAILQ_FIRST(&a->unapplied);

	if (link_state(c->options.link) != LINK_READY)
		return;
	if (first != NULL && first->rejected && first->sequence == a->marker + 1) {
		skip_to(c, a, first->sequence);
	} else if (first != NULL && first->sequence > a->marker + 1) {
		uint64_t gone = first->sequence - 1 - a->marker;
		log_warnx("site %s: Redis has lost what it had acknowledged: %llu batches before %llu are gone "
			  "(was it emptied, or an old backup restored?); counting on from here",
		    a->name.p, (unsigned long long)gone, (unsigned long long)first->sequence);
		c->status.lost_batches += gone;
		skip_to(c, a, first->sequence - 1);
	} else {
		a->gap = false;
		commit_send(c, a);
	}
}

void
commit_forget_flight(struct account *a)
{
	struct batch *b;

	a->gap = false;
	TAILQ_FOREACH(b, &a->unapplied, next)
	b->rejected = false;
}
