/* counts.c - GET /tk/counts: the figures, without counting. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/internal.h"
#include "base/mem.h"
#include "count/form.h"
#include "count/page.h"
#include "count/site.h"
#include "http/accept.h"
#include "store/store.h"

enum { PAGES_MAX = 500 };

/* What was asked for, and who waits for it. */
struct question {
	struct api *api;
	struct conn *conn;
	struct site *site;
	struct str pages[PAGES_MAX]; /* as sent, decoded once; into names */
	size_t npages;
	struct buf names;
	char if_none_match[256];
};

static void
question_free(struct question *q)
{
	buf_fini(&q->names);
	free(q);
}

static enum refusal
parse(struct question *q, struct str query)
{
	struct str name, value;

	(void)buf_reserve(&q->names, query.n); /* so that no name moves */
	while (form_next(&query, &name, &value)) {
		size_t at = q->names.n;

		if (str_eq(name, STR("site"))) {
			if (q->site != NULL)
				return REFUSAL_BAD_REQUEST;
			q->site = sites_find(q->api->sites, value);
			if (q->site == NULL)
				return REFUSAL_SITE_UNKNOWN;
		} else if (str_eq(name, STR("page"))) {
			if (q->npages == PAGES_MAX || form_decode(value, FORM_PLUS_IS_BLANK, &q->names) != 0)
				return REFUSAL_BAD_REQUEST;
			q->pages[q->npages++] = (struct str){ q->names.p + at, q->names.n - at };
		}
	}
	return q->site != NULL ? REFUSAL_NONE : REFUSAL_SITE_MISSING;
}

static void
counts_read(void *arg, enum store_result result, const struct answer *answer)
{
	struct question *q = arg;
	struct api *a = q->api;
	char headers[sizeof(HEADERS_PUBLIC) + 96];
	uint64_t etag;
	bool same;

	write_counts(a, answer, (struct counts_form){ .several = q->npages > 1, .stale = result == STORE_STALE });
	etag = etag_of(buf_view(&a->body));
	same = etag_matches(str_of(q->if_none_match), etag);
	(void)snprintf(headers, sizeof(headers),
	    HEADERS_PUBLIC "Cache-Control: public, max-age=%d\r\nETag: \"%016" PRIx64 "\"\r\n",
	    result == STORE_STALE ? 0 : 2, etag);
	api_reply(a, q->conn,
	    &(struct response){ .status = same ? 304 : 200,
		.type = TYPE_JSON,
		.headers = headers,
		.body = same ? (struct str){ NULL, 0 } : buf_view(&a->body) });
	question_free(q);
}

void
api_counts(struct api *a, struct conn *c, const struct request *r)
{
	struct question *q = xcalloc(1, sizeof(*q));
	struct str tags = r->header[HEADER_IF_NONE_MATCH];
	struct page_views pages[PAGES_MAX];
	size_t offsets[PAGES_MAX + 1] = { 0 };
	enum refusal refusal;

	q->api = a;
	q->conn = c;
	if (tags.n > 0 && tags.n < sizeof(q->if_none_match))
		memcpy(q->if_none_match, tags.p, tags.n);
	refusal = parse(q, r->query);
	buf_clear(&a->page);
	for (size_t i = 0; refusal == REFUSAL_NONE && i < q->npages; i++) {
		if (page_name(q->pages[i], q->site, &a->page) != 0)
			refusal = REFUSAL_PAGE;
		offsets[i + 1] = a->page.n;
	}
	if (refusal != REFUSAL_NONE) {
		reply_refusal(a, c, refusal);
		question_free(q);
		return;
	}
	for (size_t i = 0; i < q->npages; i++)
		pages[i] =
		    (struct page_views){ { a->page.p + offsets[i], offsets[i + 1] - offsets[i] }, FIGURE_UNKNOWN };
	store_read(a->store, q->site, pages, q->npages, counts_read, q);
}
