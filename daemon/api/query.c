/* query.c - one function a parameter, found in a table by its name. */
#include "api/query.h"

#include "api/internal.h"
#include "base/mem.h"
#include "count/form.h"
#include "count/site.h"

static enum refusal
take_site(struct api *a, struct str value, struct query *q)
{
	if (value.n == 0)
		return REFUSAL_SITE_MISSING;
	q->site = sites_find(a->sites, value);
	return q->site != NULL ? REFUSAL_NONE : REFUSAL_SITE_UNKNOWN;
}

static enum refusal
take_page(struct api *a, struct str value, struct query *q)
{
	size_t at = a->form.n;

	if (form_decode(value, FORM_PLUS_IS_BLANK, &a->form) != 0)
		return REFUSAL_BAD_REQUEST;
	q->pages[q->npages++] = (struct str){ a->form.p + at, a->form.n - at };
	return REFUSAL_NONE;
}

/* A slip of a page's in these costs it neither figures nor view. */
static enum refusal
take_language(struct api *a, struct str value, struct query *q)
{
	(void)a;
	if (language_parse(value, &q->language) != 0)
		q->language = VIETNAMESE;
	return REFUSAL_NONE;
}

static enum refusal
take_look(struct api *a, struct str value, struct query *q)
{
	(void)a;
	if (box_look_parse(value, &q->look) != 0)
		q->look = LOOK_PLAIN;
	return REFUSAL_NONE;
}

static enum refusal
take_count(struct api *a, struct str value, struct query *q)
{
	(void)a;
	q->counts = !str_eq(value, STR("0"));
	return REFUSAL_NONE;
}

static const struct parameter {
	struct str name;
	enum refusal (*take)(struct api *a, struct str value, struct query *q);
} parameters[] = {
	{ { "site", 4 }, take_site },
	{ { "page", 4 }, take_page },
	{ { "lang", 4 }, take_language },
	{ { "look", 4 }, take_look },
	{ { "count", 5 }, take_count },
};

enum refusal
query_parse(struct api *a, struct str text, size_t pages_max, struct query *ret_query)
{
	size_t left[NITEMS(parameters)] = { 1, pages_max, 1, 1, 1 };
	struct str name, value;

	ret_query->site = NULL;
	ret_query->npages = 0;
	ret_query->language = VIETNAMESE;
	ret_query->look = LOOK_PLAIN;
	ret_query->counts = true;
	buf_clear(&a->form);
	form_reserve(&a->form, text);
	while (form_next(&text, &name, &value)) {
		for (size_t i = 0; i < NITEMS(parameters); i++) {
			enum refusal refusal;

			if (!str_eq(name, parameters[i].name))
				continue;
			refusal = left[i]-- > 0 ? parameters[i].take(a, value, ret_query) : REFUSAL_BAD_REQUEST;
			if (refusal != REFUSAL_NONE)
				return refusal;
			break;
		}
	}
	return ret_query->site != NULL ? REFUSAL_NONE : REFUSAL_SITE_MISSING;
}
