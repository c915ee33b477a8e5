/* folding.c - two sets of days of sites: what is noted, and what is being seen
 * to, a few at a time so that hits need not wait for a thousand of them.
 *
 * Replies come in the order in which Redis ran things.  So when a fold has left
 * nothing, it has folded all that was noted when its reply comes; and as long
 * as it leaves something that no sum could be used for, sums are of no use. */
#include "store/folding.h"

#include <hiredis/hiredis.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "store/batch.h"
#include "store/keys.h"
#include "store/link.h"
#include "store/names.h"
#include "store/recent.h"
#include "store/resp.h"
#include "store/stream.h"
#include "store/sum.h"

enum { IN_FLIGHT_MAX = 8, COMPLAIN_US = 60000000, EVERY_US = 5000000 };
enum { RECENT_VISITORS = 1 << 18 };

/* Days of sites, each once. */
struct days {
	struct names names; /* the bytes of a day, and the site's name; counted: how often noted */
	struct sum *sums; /* owned; likewise */
	size_t cap;
};

struct folding {
	struct link *link;
	void (*on_idle)(void *arg);
	void *arg;
	struct days noted, current;
	struct recent *visitors; /* in sums of their day; of a name that is of one site and day */
	size_t next; /* of current */
	size_t in_flight;
	struct buf text; /* scratch */
	bool finishing;
	int64_t swept_us; /* monotonic: when all that was noted was last begun */
	int64_t complained_us; /* monotonic: when; 0: never */
};

/* One command on its way. */
struct errand {
	struct folding *folding;
	size_t which; /* of current */
};

struct folding *
folding_new(struct link *l, void (*on_idle)(void *arg), void *arg)
{
	struct folding *f = xcalloc(1, sizeof(*f));

	f->link = l;
	f->on_idle = on_idle;
	f->arg = arg;
	f->visitors = recent_new(RECENT_VISITORS);
	return f;
}

static void
days_fini(struct days *d)
{
	for (size_t i = 0; i < d->names.n; i++)
		sum_fini(&d->sums[i]);
	free(d->sums);
	names_fini(&d->names);
	*d = (struct days){ 0 };
}

void
folding_free(struct folding *f)
{
	if (f == NULL)
		return;
	days_fini(&f->noted);
	days_fini(&f->current);
	recent_free(f->visitors);
	buf_fini(&f->text);
	free(f);
}

/* Its number. */
static uint32_t
days_add(struct days *d, struct str name)
{
	size_t n = d->names.n;
	uint32_t which = names_add(&d->names, name);

	if (d->names.n > n) {
		d->sums = grown(d->sums, n, &d->cap, sizeof(*d->sums));
		d->sums[n] = (struct sum){ 0 };
	}
	return which;
}

static struct str
site_of(const struct folding *f, size_t which, int32_t *ret_day)
{
	struct str name = names_at(&f->current.names, which);

	memcpy(ret_day, name.p, sizeof(*ret_day));
	return (struct str){ name.p + sizeof(*ret_day), name.n - sizeof(*ret_day) };
}

void
folding_command(struct buf *out, struct str site, int32_t day, const struct fold_script *script, struct sum *sum)
{
	bool has_sum = sum != NULL && !sum->is_broken && sum->n > 0;
	struct buf text = { 0 };

	resp_array(out, has_sum ? 13 : 11);
	resp_bulk(out, script->how);
	resp_bulk(out, script->which);
	resp_int(out, 5);
	key_tallies(out, site, day);
	key_day_pages(out, site, day);
	key_details(out, site, day);
	key_referrers(out, site, day);
	key_visitors(out, site, day);
	resp_int(out, FOLD_MOST);
	resp_int(out, FOLD_BYTES);
	resp_int(out, has_sum ? (int64_t)sum->n : 0);
	if (!has_sum)
		return;
	resp_bulk(out, (struct str){ sum->last, TAG_BYTES });
	tallies_pack(sum_up(sum), &text);
	resp_bulk(out, buf_view(&text));
	buf_fini(&text);
}

int
folding_parse(const struct redisReply *reply, struct folded *ret_folded)
{
	if (reply->type != REDIS_REPLY_ARRAY || reply->elements != 3)
		return -1;
	for (size_t i = 0; i < reply->elements; i++) {
		if (reply->element[i]->type != REDIS_REPLY_INTEGER)
			return -1;
	}
	*ret_folded = (struct folded){ reply->element[0]->integer, reply->element[1]->integer != 0,
		reply->element[2]->integer != 0 };
	return 0;
}

static void on_folded(void *arg, const struct redisReply *reply);

static void
send_one(struct folding *f, size_t which)
{
	struct fold_script script = { STR("EVALSHA"), link_script_sha(f->link, SCRIPT_FOLD) };
	struct errand *e = xmalloc(sizeof(*e));
	int32_t day;
	struct str site = site_of(f, which, &day);

	*e = (struct errand){ f, which };
	f->in_flight++;
	buf_clear(&f->text);
	folding_command(&f->text, site, day, &script, &f->current.sums[which]);
	sum_fini(&f->current.sums[which]);
	link_send(f->link, buf_view(&f->text), on_folded, e);
}

bool
folding_is_busy(const struct folding *f)
{
	return f->in_flight > 0 || (link_state(f->link) == LINK_READY &&
				       (f->next < f->current.names.n || (f->finishing && f->noted.names.n > 0)));
}

static void
send_more(struct folding *f)
{
	while (f->in_flight < IN_FLIGHT_MAX && f->next < f->current.names.n && link_state(f->link) == LINK_READY)
		send_one(f, f->next++);
}

/* All that was noted is current. */
static void
sweep(struct folding *f)
{
	days_fini(&f->current);
	f->current = f->noted;
	f->noted = (struct days){ 0 };
	f->next = 0;
	f->swept_us = clock_mono_us();
}

void
folding_tend(struct folding *f)
{
	if (f->in_flight > 0 || link_state(f->link) != LINK_READY)
		return;
	/* Of the round before there is a rest when the link broke. */
	if (f->next == f->current.names.n && (f->finishing || clock_mono_us() - f->swept_us >= EVERY_US))
		sweep(f);
	send_more(f);
}

/* One day of a site has left many, and no round is on its way: see to it alone. */
static void
hurry(struct folding *f, uint32_t which)
{
	struct sum *sum = &f->noted.sums[which];
	bool has_many = sum->is_broken ? f->noted.names.items[which].count >= FOLD_MOST : sum_is_large(sum);

	if (!has_many || f->in_flight > 0 || f->next < f->current.names.n || link_state(f->link) != LINK_READY)
		return;
	days_fini(&f->current);
	(void)days_add(&f->current, names_at(&f->noted.names, which));
	f->current.sums[0] = *sum;
	*sum = (struct sum){ 0 };
	f->noted.names.items[which].count = 0;
	f->next = 0;
	send_more(f);
}

static void
complain(struct folding *f, size_t which, const char *why)
{
	int32_t day;
	struct str site = site_of(f, which, &day);
	int64_t now_us = clock_mono_us();

	if (f->complained_us == 0 || now_us - f->complained_us > COMPLAIN_US) {
		f->complained_us = now_us;
		log_warnx("site %.*s: the day's pages, details, referrers and visitors fall behind: %s", (int)site.n,
		    site.p, why);
	}
}

/* What was noted of it meanwhile; NULL when nothing was. */
static struct sum *
noted_sum(struct folding *f, size_t which)
{
	uint32_t again;

	return names_find(&f->noted.names, names_at(&f->current.names, which), &again) == 0 ? &f->noted.sums[again]
											    : NULL;
}

static void
go_on(struct folding *f, size_t which, const struct folded *folded)
{
	struct sum *noted = noted_sum(f, which);

	/* A day's first ones, or they were lost: who was left out of a sum is in one again when he comes again. */
	if (folded->has_begun)
		recent_forget(f->visitors);
	if (folded->left == 0 && noted != NULL)
		sum_fini(noted);
	if (folded->left == 0 || (folded->by_sum && noted != NULL))
		return;
	if (noted != NULL)
		sum_break(noted);
	send_one(f, which);
}

static void
on_folded(void *arg, const struct redisReply *reply)
{
	struct errand e = *(struct errand *)arg;
	struct folding *f = e.folding;
	int32_t day;
	struct str site = site_of(f, e.which, &day);
	struct folded folded;

	free(arg);
	f->in_flight--;
	if (reply != NULL && folding_parse(reply, &folded) == 0) {
		if (link_state(f->link) == LINK_READY)
			go_on(f, e.which, &folded);
		else
			folding_note(f, site, day);
	} else if (reply == NULL || reply->type != REDIS_REPLY_ERROR) {
		folding_note(f, site, day);
	} else {
		complain(f, e.which, reply->str);
		/* What lasts is tried again with the site's next batch. */
		if (link_error_passes(reply->str) && !f->finishing)
			folding_note(f, site, day);
	}
	send_more(f);
	if (f->in_flight > 0)
		return;
	if (f->finishing && f->noted.names.n > 0)
		folding_tend(f);
	if (!folding_is_busy(f))
		f->on_idle(f->arg);
}

/* Its number among those noted. */
static uint32_t
note(struct folding *f, struct str site, int32_t day)
{
	uint32_t which;

	buf_clear(&f->text);
	buf_add(&f->text, &day, sizeof(day));
	buf_str(&f->text, site);
	which = days_add(&f->noted, buf_view(&f->text));
	f->noted.names.items[which].count++;
	return which;
}

void
folding_note(struct folding *f, struct str site, int32_t day)
{
	uint32_t which = note(f, site, day);

	sum_break(&f->noted.sums[which]);
	hurry(f, which);
}

void
folding_note_batch(struct folding *f, const struct batch *b, const struct applied *said)
{
	uint32_t which = note(f, b->stream->site, b->day);

	if (batch_was_changed(b, said))
		sum_break(&f->noted.sums[which]);
	else
		sum_add(&f->noted.sums[which], batch_tallies(b), said->has_comers, f->visitors);
	hurry(f, which);
}

void
folding_doubt(struct folding *f)
{
	for (size_t i = 0; i < f->noted.names.n; i++)
		sum_break(&f->noted.sums[i]);
	for (size_t i = 0; i < f->current.names.n; i++)
		sum_break(&f->current.sums[i]);
	recent_forget(f->visitors);
}

void
folding_finish(struct folding *f)
{
	f->finishing = true;
	folding_tend(f);
}
