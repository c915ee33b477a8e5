/* counts.c - GET /tk/counts: the figures, without counting; and what other
 * answers that do not count have of it. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "api/internal.h"
#include "api/query.h"
#include "base/clock.h"
#include "base/mem.h"
#include "count/page.h"
#include "count/site.h"
#include "http/accept.h"
#include "store/store.h"

/* Who waits for the figures, and how they are told. */
struct question {
	struct api *api;
	struct conn *conn;
	struct telling telling;
	char if_none_match[256];
};

static void
figures_read(void *arg, enum store_result result, const struct answer *answer)
{
	struct question *q = arg;
	struct api *a = q->api;
	const struct telling_head *head = telling_head(q->telling.form);
	uint64_t etag;
	bool same;

	telling_write(a, &q->telling, answer, result == STORE_STALE);
	etag = etag_of(buf_view(&a->body));
	same = etag_matches(str_of(q->if_none_match), etag);
	buf_clear(&a->headers);
	buf_printf(&a->headers, "%sCache-Control: public, max-age=%d\r\nETag: \"%016" PRIx64 "\"\r\n", head->headers,
	    result == STORE_STALE ? 0 : 2, etag);
	buf_putc(&a->headers, '\0');
	api_reply(a, q->conn,
	    &(struct response){ .status = same ? 304 : 200,
		.type = head->type,
		.headers = a->headers.p,
		.body = same ? (struct str){ NULL, 0 } : buf_view(&a->body) });
	free(q);
}

void
figures_show(struct api *a, struct conn *c, const struct request *r, const struct query *q, enum telling_form form)
{
	struct str tags = r->header[HEADER_IF_NONE_MATCH];
	struct page_views pages[QUERY_PAGES_MAX];
	size_t ends[QUERY_PAGES_MAX], start = 0;
	struct question *question;

	buf_clear(&a->page);
	for (size_t i = 0; i < q->npages; i++) {
		if (page_name(q->pages[i], q->site, &a->page) != 0) {
			reply_refusal(a, c, REFUSAL_PAGE);
			return;
		}
		ends[i] = a->page.n;
	}
	for (size_t i = 0; i < q->npages; start = ends[i++])
		pages[i] = (struct page_views){ { a->page.p + start, ends[i] - start }, FIGURE_UNKNOWN };
	question = xcalloc(1, sizeof(*question));
	question->api = a;
	question->conn = c;
	question->telling = telling_of(form, q);
	question->telling.terms = terms_of(a, q->site, site_day(q->site, clock_wall_ms()));
	if (tags.n > 0 && tags.n < sizeof(question->if_none_match))
		memcpy(question->if_none_match, tags.p, tags.n);
	store_read(a->store, q->site, pages, q->npages, figures_read, question);
}

void
api_counts(struct api *a, struct conn *c, const struct request *r)
{
	struct query q;
	enum refusal refusal = query_parse(a, r->query, QUERY_PAGES_MAX, &q);

	if (refusal != REFUSAL_NONE)
		reply_refusal(a, c, refusal);
	else
		figures_show(a, c, r, &q, TELL_JSON);
}
