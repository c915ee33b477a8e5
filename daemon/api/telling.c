/* telling.c - a form, its headers and its writer, a row each. */
#include "api/telling.h"

#include "api/internal.h"
#include "api/query.h"
#include "base/mem.h"
#include "count/site.h"

static void
write_json(struct api *a, const struct telling *t, const struct answer *answer, bool stale)
{
	struct counts_form form = { .several = t->several, .stale = stale };

	if (t->has_list)
		form.list = list_of(a, t->language, &t->terms);
	write_counts(a, answer, form);
}

static struct box
box_of(const struct telling *t, const struct answer *answer)
{
	struct box box = {
		.language = t->language,
		.look = t->look,
		.terms = &t->terms,
		.figures = &figures_unknown,
		.has_views = t->has_views,
		.views = FIGURE_UNKNOWN,
	};

	if (answer != NULL)
		box.figures = answer->figures;
	if (answer != NULL && answer->npages > 0)
		box.views = answer->pages[0].views;
	return box;
}

static void
write_page(struct api *a, const struct telling *t, const struct answer *answer, bool stale)
{
	struct box box = box_of(t, answer);

	(void)stale; /* what was last known is shown as it is, as by the script */
	buf_clear(&a->body);
	box_html(&a->body, &box);
}

static void
write_picture(struct api *a, const struct telling *t, const struct answer *answer, bool stale)
{
	struct box box = box_of(t, answer);

	(void)stale;
	if (!t->has_list)
		box.figures = NULL;
	buf_clear(&a->body);
	box_svg(&a->body, &box);
}

/* GIF89a, one transparent point. */
static void
write_pixel(struct api *a, const struct telling *t, const struct answer *answer, bool stale)
{
	static const char gif[] = "GIF89a\1\0\1\0\x80\0\0\0\0\0\xff\xff\xff"
				  "!\xf9\4\1\0\0\0\0"
				  ",\0\0\0\0\1\0\1\0\0"
				  "\2\2D\1\0;";

	(void)t;
	(void)answer;
	(void)stale;
	buf_clear(&a->body);
	buf_add(&a->body, gif, sizeof(gif) - 1);
}

static const struct form {
	struct telling_head head;
	void (*write)(struct api *a, const struct telling *t, const struct answer *answer, bool stale);
} forms[TELL_FORMS] = {
	[TELL_JSON] = { { TYPE_JSON, HEADERS_PUBLIC, HEADERS_NO_STORE, NULL }, write_json },
	[TELL_PAGE] = { { "text/html; charset=utf-8", HEADERS_PAGE, HEADERS_PAGE NO_STORE,
			    HEADERS_PAGE NO_STORE RETRY_LATER },
	    write_page },
	[TELL_BOX_PICTURE] = { { "image/svg+xml", HEADERS_PUBLIC, HEADERS_NO_STORE, NULL }, write_picture },
	[TELL_VIEWS_PICTURE] = { { "image/svg+xml", HEADERS_PUBLIC, HEADERS_NO_STORE, NULL }, write_picture },
	[TELL_PIXEL] = { { "image/gif", HEADERS_PUBLIC, HEADERS_NO_STORE, NULL }, write_pixel },
};

const struct telling_head *
telling_head(enum telling_form form)
{
	return &forms[form].head;
}

void
telling_write(struct api *a, const struct telling *t, const struct answer *answer, bool stale)
{
	forms[t->form].write(a, t, answer, stale);
}

struct label_terms
terms_of(const struct api *a, const struct site *site, int32_t day)
{
	return (struct label_terms){ day, site->config->week_start, site->config->figure, a->config->online_window };
}

struct telling
telling_of(enum telling_form form, const struct query *q)
{
	return (struct telling){
		.form = form,
		.language = q->language,
		.look = q->look,
		.has_list = form == TELL_BOX_PICTURE,
		.has_views = q->npages > 0,
		.several = q->npages > 1,
	};
}
