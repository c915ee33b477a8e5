/* sum.c - what a batch has left is only written down, and added up when it is
 * asked for: with many sites there are a few between two folds, and what would
 * be looked up in a site's tables for each of them is in no cache.
 *
 * One that grows beyond what Redis should be kept for at once is given up. */
#include "store/sum.h"

#include <string.h>

#include "store/recent.h"

enum { LARGE_HITS = 1024, LARGE_BYTES = 1 << 18 };
enum { HITS_MOST = 4096 }; /* some 16 ms, where all are new */

/* Before what a batch has left: its pages, details, hosts and viewers. */
struct left {
	uint64_t hosts_max;
	int64_t kept_ms;
};

void
sum_fini(struct sum *s)
{
	buf_fini(&s->text);
	*s = (struct sum){ 0 };
}

void
sum_break(struct sum *s)
{
	sum_fini(s);
	s->is_broken = true;
}

bool
sum_is_large(const struct sum *s)
{
	return s->hits >= LARGE_HITS || s->text.n >= LARGE_BYTES;
}

static void
write_viewers(const struct buf *viewers, struct recent *known, struct buf *out)
{
	size_t at = out->n, n = 0;

	buf_add(out, &n, sizeof(n));
	for (size_t i = 0; i < viewers->n; i += sizeof(uint64_t)) {
		uint64_t name;

		memcpy(&name, viewers->p + i, sizeof(name));
		if (!recent_note(known, name))
			buf_add(out, &name, sizeof(name));
	}
	n = out->n - at - sizeof(n);
	memcpy(out->p + at, &n, sizeof(n));
}

void
sum_add(struct sum *s, const struct tallies *t, struct recent *visitors)
{
	struct left left = { t->hosts_max, t->kept_ms };

	if (s->is_broken || tallies_are_none(t))
		return;
	if (s->n++ == 0)
		memcpy(s->first, t->tag, TAG_BYTES);
	memcpy(s->last, t->tag, TAG_BYTES);
	s->hits += t->hits;
	buf_add(&s->text, &left, sizeof(left));
	names_write(&t->pages, &s->text);
	names_write(&t->details, &s->text);
	names_write(&t->hosts, &s->text);
	write_viewers(&t->viewers, visitors, &s->text);
	if (s->hits > HITS_MOST)
		sum_break(s);
}

void
sum_up(const struct sum *s, struct tallies *ret_tallies)
{
	struct tallies t = { .hits = s->hits };
	struct str text = buf_view(&s->text);

	memcpy(t.tag, s->first, TAG_BYTES);
	while (text.n > 0) {
		struct left left;
		size_t n;

		memcpy(&left, str_take(&text, sizeof(left)).p, sizeof(left));
		t.hosts_max = left.hosts_max;
		t.kept_ms = left.kept_ms;
		names_add_written(&t.pages, &text);
		names_add_written(&t.details, &text);
		names_add_written(&t.hosts, &text);
		memcpy(&n, str_take(&text, sizeof(n)).p, sizeof(n));
		buf_str(&t.viewers, str_take(&text, n));
	}
	*ret_tallies = t;
}
