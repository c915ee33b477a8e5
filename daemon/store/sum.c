/* sum.c - what a batch has left is only written down, and added up when there is
 * some of it: with many sites there are a few batches between two folds, and what
 * would be looked up in a site's tables for each of them is in no cache.
 *
 * One that grows beyond what Redis should be kept for at once is given up. */
#include "store/sum.h"

#include <string.h>

#include "store/recent.h"

enum { TEXT_MOST = 16384 }; /* some 0.1 ms to add up */
enum { NAMES_LARGE = 1024 }; /* some 4 ms of Redis's time */
enum { WORK_MOST = 4096, VIEWERS_A_NAME = 4 }; /* some 16 ms, and viewers that cost as much as a name */
enum { BATCHES_LARGE = 512 }; /* that each has to be looked at if the daemon dies */

/* Before what a batch has left: its pages, details, hosts and viewers. */
struct left {
	uint64_t hosts_max;
	int64_t kept_ms;
	uint32_t hits;
};

void
sum_fini(struct sum *s)
{
	tallies_fini(&s->of);
	buf_fini(&s->text);
	*s = (struct sum){ 0 };
}

void
sum_break(struct sum *s)
{
	sum_fini(s);
	s->is_broken = true;
}

/* That Redis has to look up, as far as they are added up. */
static size_t
names_of(const struct sum *s)
{
	return s->of.pages.n + s->of.details.n + s->of.hosts.n;
}

bool
sum_is_large(const struct sum *s)
{
	return names_of(s) + s->nviewers / VIEWERS_A_NAME >= NAMES_LARGE || s->n >= BATCHES_LARGE;
}

/* From the skip-th on; how many were not known. */
static size_t
write_viewers(const struct buf *viewers, size_t skip, struct recent *known, struct buf *out)
{
	size_t at = out->n, n = 0;

	buf_add(out, &n, sizeof(n));
	for (size_t i = skip * sizeof(uint64_t); i < viewers->n; i += sizeof(uint64_t)) {
		uint64_t name;

		memcpy(&name, viewers->p + i, sizeof(name));
		if (!recent_note(known, name))
			buf_add(out, &name, sizeof(name));
	}
	n = out->n - at - sizeof(n);
	memcpy(out->p + at, &n, sizeof(n));
	return n / sizeof(uint64_t);
}

const struct tallies *
sum_up(struct sum *s)
{
	struct tallies *t = &s->of;
	struct str text = buf_view(&s->text);

	while (text.n > 0) {
		struct left left;
		size_t n;

		memcpy(&left, str_take(&text, sizeof(left)).p, sizeof(left));
		t->hosts_max = left.hosts_max;
		t->kept_ms = left.kept_ms;
		t->hits += left.hits;
		names_add_written(&t->pages, &text);
		names_add_written(&t->details, &text);
		names_add_written(&t->hosts, &text);
		memcpy(&n, str_take(&text, sizeof(n)).p, sizeof(n));
		buf_str(&t->viewers, str_take(&text, n));
	}
	buf_clear(&s->text);
	return t;
}

void
sum_add(struct sum *s, const struct tallies *t, bool has_comers, struct recent *visitors)
{
	struct left left = { t->hosts_max, t->kept_ms, t->hits };

	if (s->is_broken || tallies_are_none(t))
		return;
	if (s->n++ == 0)
		memcpy(s->of.tag, t->tag, TAG_BYTES);
	memcpy(s->last, t->tag, TAG_BYTES);
	buf_add(&s->text, &left, sizeof(left));
	names_write(&t->pages, &s->text);
	names_write(&t->details, &s->text);
	names_write(&t->hosts, &s->text);
	s->nviewers += write_viewers(&t->viewers, has_comers ? t->ncomers : 0, visitors, &s->text);
	if (s->text.n <= TEXT_MOST)
		return;
	(void)sum_up(s);
	if (names_of(s) + s->nviewers / VIEWERS_A_NAME > WORK_MOST)
		sum_break(s);
}
