/* box.c - the figures for pages that run no script: GET /tk/box.html and
 * pixel.gif, which count a view, box.svg and views.svg, which do not. */
#include "api/internal.h"
#include "api/query.h"
#include "count/page.h"
#include "count/site.h"

/* Of the page that the frame or the pixel stands in: by its name, else by
 * Referer, which across origins is often cut to the host. */
static struct str
page_seen(struct api *a, const struct request *r, const struct query *q)
{
	struct str referer = r->header[HEADER_REFERER], host = site_host_of_url(referer);

	if (q->npages > 0)
		return q->pages[0];
	buf_clear(&a->page);
	if (host.n > 0 && site_allows_host(q->site, host) && page_name(referer, q->site, &a->page) == 0)
		return referer;
	return STR("/");
}

static void
count_view(struct api *a, struct conn *c, const struct request *r, const struct query *q, enum telling_form form)
{
	struct arrival arrival = {
		.request = r,
		.hit = { .kind = HIT_VIEW, .site = q->site->name, .page = page_seen(a, r, q) },
		.telling = telling_of(form, q),
	};

	hit_arrived(a, c, &arrival);
}

void
api_box(struct api *a, struct conn *c, const struct request *r)
{
	struct query q;
	enum refusal refusal = query_parse(a, r->query, 1, &q);

	if (refusal != REFUSAL_NONE)
		hit_refused(a, c, r, refusal);
	else if (q.counts)
		count_view(a, c, r, &q, TELL_PAGE);
	else
		figures_show(a, c, r, &q, TELL_PAGE);
}

void
api_pixel(struct api *a, struct conn *c, const struct request *r)
{
	struct query q;
	enum refusal refusal = query_parse(a, r->query, 1, &q);

	if (refusal != REFUSAL_NONE)
		hit_refused(a, c, r, refusal);
	else
		count_view(a, c, r, &q, TELL_PIXEL);
}

void
api_box_picture(struct api *a, struct conn *c, const struct request *r)
{
	struct query q;
	enum refusal refusal = query_parse(a, r->query, 1, &q);

	if (refusal != REFUSAL_NONE)
		reply_refusal(a, c, refusal);
	else
		figures_show(a, c, r, &q, TELL_BOX_PICTURE);
}

void
api_views_picture(struct api *a, struct conn *c, const struct request *r)
{
	struct query q;
	enum refusal refusal = query_parse(a, r->query, 1, &q);

	if (refusal == REFUSAL_NONE && q.npages == 0)
		refusal = REFUSAL_PAGE;
	if (refusal != REFUSAL_NONE)
		reply_refusal(a, c, refusal);
	else
		figures_show(a, c, r, &q, TELL_VIEWS_PICTURE);
}
