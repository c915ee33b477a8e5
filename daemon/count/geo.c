/* geo.c - the tree made flat: where a country begins, in order.  The upper 16
 * bits of an address tell between which few of these it lies, so that a
 * lookup touches three places of memory and not eighteen. */
#include "count/geo.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "count/address.h"
#include "count/mmdb.h"

enum { CODE = 2, TOP_BITS = 16, TOPS = 1 << TOP_BITS };

/* Neighbours differ in their country; the first starts at 0. */
struct ranges {
	uint64_t *starts; /* owned, as are the codes and tops; sorted */
	char (*codes)[CODE]; /* '\0': no country */
	size_t n, cap;
	uint32_t *tops; /* in which of them the first address of each top lies, and the last of all */
	unsigned shift; /* from an address to its top */
};

struct geo {
	struct ranges v4, v6; /* by the whole address, and by its upper half */
	int64_t built;
};

static void
range_found(void *arg, uint64_t start, const char *code)
{
	static const char none[CODE] = { '\0' };
	struct ranges *r = arg;

	if (code == NULL)
		code = none;
	if (r->n > 0 && memcmp(r->codes[r->n - 1], code, CODE) == 0)
		return;
	if (r->n == r->cap) {
		r->cap = r->cap > 0 ? 2 * r->cap : 1024;
		r->starts = xrealloc(r->starts, r->cap * sizeof(*r->starts));
		r->codes = xrealloc(r->codes, r->cap * sizeof(*r->codes));
	}
	r->starts[r->n] = start;
	memcpy(r->codes[r->n++], code, CODE);
}

/* All are there, of addresses of so many bits: give back what growing took too
 * much, and note the tops. */
static void
ranges_end(struct ranges *r, unsigned bits)
{
	size_t at = 0;

	if (r->n == 0)
		return;
	r->cap = r->n;
	r->starts = xrealloc(r->starts, r->n * sizeof(*r->starts));
	r->codes = xrealloc(r->codes, r->n * sizeof(*r->codes));
	r->shift = bits - TOP_BITS;
	r->tops = xcalloc(TOPS + 1, sizeof(*r->tops));
	for (uint64_t top = 0; top < TOPS; top++) {
		while (at + 1 < r->n && r->starts[at + 1] <= top << r->shift)
			at++;
		r->tops[top] = (uint32_t)at;
	}
	r->tops[TOPS] = (uint32_t)r->n - 1;
}

static bool
ranges_know_any(const struct ranges *r)
{
	return r->n > 1 || (r->n == 1 && r->codes[0][0] != '\0');
}

static struct str
ranges_find(const struct ranges *r, uint64_t address)
{
	uint64_t top = address >> r->shift;
	size_t low, high;

	if (r->n == 0)
		return (struct str){ NULL, 0 };
	low = r->tops[top];
	high = r->tops[top + 1] + 1;
	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (r->starts[middle] <= address)
			low = middle;
		else
			high = middle;
	}
	if (r->codes[low][0] == '\0')
		return (struct str){ NULL, 0 };
	return (struct str){ r->codes[low], CODE };
}

struct geo *
geo_load(const char *path, struct buf *why)
{
	struct mmdb *m = mmdb_open(path, why);
	struct geo *g;

	if (m == NULL)
		return NULL;
	g = xcalloc(1, sizeof(*g));
	if (mmdb_each_v4(m, range_found, &g->v4, why) != 0 || mmdb_each_v6(m, range_found, &g->v6, why) != 0)
		goto fail;
	if (!ranges_know_any(&g->v4) && !ranges_know_any(&g->v6)) {
		buf_puts(why, "knows no country");
		goto fail;
	}
	ranges_end(&g->v4, 32);
	ranges_end(&g->v6, 64);
	g->built = mmdb_built(m);
	mmdb_close(m);
	return g;
fail:
	mmdb_close(m);
	geo_free(g);
	return NULL;
}

void
geo_free(struct geo *g)
{
	if (g == NULL)
		return;
	free(g->v4.starts);
	free(g->v4.codes);
	free(g->v4.tops);
	free(g->v6.starts);
	free(g->v6.codes);
	free(g->v6.tops);
	free(g);
}

/* n bytes as a number. */
static uint64_t
number_of(const uint8_t *p, size_t n)
{
	uint64_t number = 0;

	while (n-- > 0)
		number = number << 8 | *p++;
	return number;
}

struct str
geo_country(const struct geo *g, const struct address *a)
{
	if (address_is_v4(a))
		return ranges_find(&g->v4, number_of(a->bytes + 12, 4));
	return ranges_find(&g->v6, number_of(a->bytes, 8));
}

int64_t
geo_built(const struct geo *g)
{
	return g->built;
}
