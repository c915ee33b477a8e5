/* folding.c - two sets of days of sites: what is noted, and what is being seen
 * to, a few at a time so that hits need not wait for a thousand of them. */
#include "store/folding.h"

#include <hiredis/hiredis.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "store/keys.h"
#include "store/link.h"
#include "store/names.h"
#include "store/resp.h"

enum { IN_FLIGHT_MAX = 8, COMPLAIN_US = 60000000 };

struct folding {
	struct link *link;
	void (*on_idle)(void *arg);
	void *arg;
	struct names noted, current; /* the bytes of a day, and the site's name; counted: how often noted */
	size_t next; /* of current */
	size_t in_flight;
	struct buf text; /* scratch */
	bool finishing;
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
	return f;
}

void
folding_free(struct folding *f)
{
	if (f == NULL)
		return;
	names_fini(&f->noted);
	names_fini(&f->current);
	buf_fini(&f->text);
	free(f);
}

static struct str
site_of(const struct folding *f, size_t which, int32_t *ret_day)
{
	struct str name = names_at(&f->current, which);

	memcpy(ret_day, name.p, sizeof(*ret_day));
	return (struct str){ name.p + sizeof(*ret_day), name.n - sizeof(*ret_day) };
}

void
folding_command(struct buf *out, struct str site, int32_t day, struct str how, struct str script)
{
	resp_array(out, 9);
	resp_bulk(out, how);
	resp_bulk(out, script);
	resp_int(out, 4);
	key_tallies(out, site, day);
	key_day_pages(out, site, day);
	key_details(out, site, day);
	key_referrers(out, site, day);
	resp_int(out, FOLD_MOST);
	resp_int(out, FOLD_BYTES);
}

static void on_folded(void *arg, const struct redisReply *reply);

static void
send_one(struct folding *f, size_t which)
{
	struct errand *e = xmalloc(sizeof(*e));
	int32_t day;
	struct str site = site_of(f, which, &day);

	*e = (struct errand){ f, which };
	f->in_flight++;
	buf_clear(&f->text);
	folding_command(&f->text, site, day, STR("EVALSHA"), link_script_sha(f->link, SCRIPT_FOLD));
	link_send(f->link, buf_view(&f->text), on_folded, e);
}

bool
folding_is_busy(const struct folding *f)
{
	return f->in_flight > 0 ||
	       (link_state(f->link) == LINK_READY && (f->next < f->current.n || (f->finishing && f->noted.n > 0)));
}

static void
send_more(struct folding *f)
{
	while (f->in_flight < IN_FLIGHT_MAX && f->next < f->current.n && link_state(f->link) == LINK_READY)
		send_one(f, f->next++);
}

static bool
is_urgent(const struct folding *f, size_t which)
{
	return f->noted.items[which].count >= FOLD_MOST;
}

void
folding_tend(struct folding *f)
{
	if (f->in_flight > 0 || link_state(f->link) != LINK_READY)
		return;
	/* Of the round before there is a rest when the link broke. */
	if (f->next == f->current.n) {
		names_fini(&f->current);
		f->current = f->noted;
		f->noted = (struct names){ 0 };
		f->next = 0;
	}
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
		log_warnx(
		    "site %.*s: the day's pages, details and referrers fall behind: %s", (int)site.n, site.p, why);
	}
}

static void
on_folded(void *arg, const struct redisReply *reply)
{
	struct errand e = *(struct errand *)arg;
	struct folding *f = e.folding;
	int32_t day;
	struct str site = site_of(f, e.which, &day);

	free(arg);
	f->in_flight--;
	if (reply != NULL && reply->type == REDIS_REPLY_INTEGER) {
		if (reply->integer > 0 && link_state(f->link) == LINK_READY)
			send_one(f, e.which);
		else if (reply->integer > 0)
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
	if (f->finishing && f->noted.n > 0)
		folding_tend(f);
	if (!folding_is_busy(f))
		f->on_idle(f->arg);
}

void
folding_note(struct folding *f, struct str site, int32_t day)
{
	uint32_t which;

	buf_clear(&f->text);
	buf_add(&f->text, &day, sizeof(day));
	buf_str(&f->text, site);
	which = names_add(&f->noted, buf_view(&f->text));
	f->noted.items[which].count++;
	if (is_urgent(f, which))
		folding_tend(f);
}

void
folding_finish(struct folding *f)
{
	f->finishing = true;
	folding_tend(f);
}
