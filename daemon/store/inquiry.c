/* inquiry.c - each takes along the past that was known when it was sent: its
 * answer may say no more than that this is still good. */
#include "store/inquiry.h"

#include <hiredis/hiredis.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/mem.h"
#include "store/reading.h"

struct inquiries {
	struct inquiries_options options;
};

/* One on its way. */
struct inquiry {
	struct inquiries *all;
	struct account *account;
	struct reading_query query;
	bool past_known;
	struct past past;
	struct page_views *pages; /* owned; their names are in names */
	struct buf names;
	store_cb *cb; /* NULL: for on_past */
	void *arg;
};

struct inquiries *
inquiries_new(const struct inquiries_options *o)
{
	struct inquiries *q = xcalloc(1, sizeof(*q));

	q->options = *o;
	return q;
}

void
inquiries_free(struct inquiries *q)
{
	free(q);
}

static void
inquiry_free(struct inquiry *i)
{
	buf_fini(&i->names);
	free(i->pages);
	free(i);
}

static void
answer_last_known(const struct inquiry *i)
{
	struct figures last = account_last_on(i->account, i->query.today);
	struct answer answer = { i->account->name, &last, i->pages, i->query.npages };

	for (size_t page = 0; page < i->query.npages; page++)
		i->pages[page].views = FIGURE_UNKNOWN;
	i->cb(i->arg, STORE_STALE, &answer);
}

static void
answer_reading(struct inquiry *i, const struct reading *r, const int64_t *views)
{
	struct account *a = i->account;
	/* A reload may have come between: then these are sums of something else. */
	bool fits = i->query.figure == a->figure && i->query.week_start == a->week_start;
	const struct past *past = !fits ? NULL : r->has_past ? &r->past : i->past_known ? &i->past : NULL;
	struct figures figures;
	struct answer answer = { a->name, &figures, i->pages, i->query.npages };

	if (r->has_past)
		account_keep_past(a, past, r->newest, &i->query);
	if (i->cb == NULL) {
		i->all->options.on_past(i->all->options.arg, a, past);
		return;
	}
	account_figures_of_reading(a, r, past, &figures);
	for (size_t page = 0; page < i->query.npages; page++)
		i->pages[page].views = views[page];
	i->cb(i->arg, STORE_DONE, &answer);
}

static void
say_unread(const struct inquiry *i, const struct redisReply *reply)
{
	const char *why = reply->type == REDIS_REPLY_ERROR ? reply->str : "an answer that read.lua does not give";

	if (reply->type == REDIS_REPLY_ERROR && link_error_passes(why))
		link_restart(i->all->options.link, why);
	else
		log_warnx("site %s: its figures can not be read: %s", i->account->name.p, why);
}

static void
on_read(void *arg, const struct redisReply *reply)
{
	struct inquiry *i = arg;
	int64_t *views = xcalloc(i->query.npages, sizeof(*views));
	struct reading reading;

	if (reply != NULL && reading_parse(reply, &i->query, &reading, views) == 0) {
		answer_reading(i, &reading, views);
	} else {
		if (reply != NULL)
			say_unread(i, reply);
		if (i->cb == NULL)
			i->all->options.on_past(i->all->options.arg, i->account, NULL);
		else
			answer_last_known(i);
	}
	free(views);
	inquiry_free(i);
}

static struct inquiry *
inquiry_new(struct inquiries *q, struct account *a, const struct inquiry_when *when)
{
	struct inquiry *i = xcalloc(1, sizeof(*i));

	i->all = q;
	i->account = a;
	i->past_known = a->past_known && a->past.today == when->day;
	i->past = a->past;
	i->query = (struct reading_query){
		.site = a->name,
		.week_start = a->week_start,
		.figure = a->figure,
		.pages_max = a->pages_max,
		.today = when->day,
		.now_ms = when->now_ms,
		.online_window_ms = when->online_window_ms,
		.known_generation = i->past_known ? i->past.generation : -1,
	};
	return i;
}

static void
send(struct inquiry *i)
{
	struct link *link = i->all->options.link;
	struct buf command = { 0 };

	if (!i->all->options.may_ask(i->all->options.arg)) {
		on_read(i, NULL);
		return;
	}
	reading_command(&command, &i->query, link_script_sha(link, SCRIPT_READ));
	link_send(link, buf_view(&command), on_read, i);
	buf_fini(&command);
}

void
inquiry_past(struct inquiries *q, struct account *a, const struct inquiry_when *when)
{
	send(inquiry_new(q, a, when));
}

void
inquiry_figures(struct inquiries *q, struct account *a, const struct inquiry_when *when, const struct inquiry_for *what)
{
	struct inquiry *i = inquiry_new(q, a, when);
	size_t bytes = 0;

	i->cb = what->cb;
	i->arg = what->arg;
	i->pages = xcalloc(what->npages, sizeof(*i->pages));
	for (size_t page = 0; page < what->npages; page++)
		bytes += what->pages[page].page.n;
	(void)buf_reserve(&i->names, bytes); /* so that no name moves */
	for (size_t page = 0; page < what->npages; page++) {
		struct str name = what->pages[page].page;

		i->pages[page].page = (struct str){ i->names.p + i->names.n, name.n };
		buf_str(&i->names, name);
	}
	i->query.pages = i->pages;
	i->query.npages = what->npages;
	send(i);
}
