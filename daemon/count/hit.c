/* hit.c - one function a parameter, found in a table by its name. */
#include "count/hit.h"

#include "base/mem.h"
#include "count/form.h"

static const struct refusal_text texts[REFUSAL_COUNT] = {
	[REFUSAL_NONE] = { 200, "none", "counted" },
	[REFUSAL_BAD_REQUEST] = { 400, "bad_request",
	    "each parameter once, percent-encoded UTF-8 without control characters" },
	[REFUSAL_SITE_MISSING] = { 400, "site_missing",
	    "send site=NAME, the section [site NAME] of the configuration" },
	[REFUSAL_SITE_UNKNOWN] = { 404, "unknown_site", "no [site NAME] of that name is configured" },
	[REFUSAL_HOST] = { 403, "host_not_allowed", "the page's host is not among the site's hosts" },
	[REFUSAL_ORIGIN] = { 403, "origin_missing", "the site insists on an Origin or Referer header of its pages" },
	[REFUSAL_PAGE] = { 400, "bad_page", "send page=PATH, a path that begins with a slash, or a URL of the site" },
	[REFUSAL_ID] = { 400, "bad_id", "id is 1 to 16 hexadecimal digits" },
	[REFUSAL_VISITOR] = { 400, "bad_visitor", "visitor is 1 to 16 hexadecimal digits" },
	[REFUSAL_TYPE] = { 400, "bad_type", "type is view or beat" },
	[REFUSAL_BOT] = { 200, "bot", "a robot" },
	[REFUSAL_AGENT] = { 200, "agent", "no User-Agent of a browser" },
	[REFUSAL_PREFETCH] = { 200, "prefetch", "fetched before anybody wants to see it" },
	[REFUSAL_BOT_NETWORK] = { 200, "bot_network", "from one of bot_networks" },
	[REFUSAL_EXCLUDED] = { 200, "excluded", "from one of exclude_networks, or sent with off=1" },
	[REFUSAL_LIMIT] = { 200, "limit", "over client_rate or site_rate" },
	[REFUSAL_REPEAT] = { 200, "repeat", "the same page again within repeat_window" },
};

const struct refusal_text *
refusal_text(enum refusal r)
{
	return &texts[r];
}

static int
decode(struct str value, struct buf *scratch, struct str *ret_text)
{
	size_t before = scratch->n;

	if (form_decode(value, FORM_PLUS_IS_BLANK, scratch) != 0)
		return -1;
	*ret_text = (struct str){ scratch->p + before, scratch->n - before };
	return 0;
}

static enum refusal
take_site(struct hit *h, struct str value, struct buf *scratch)
{
	(void)scratch;
	h->site = value;
	return REFUSAL_NONE;
}

static enum refusal
take_page(struct hit *h, struct str value, struct buf *scratch)
{
	return decode(value, scratch, &h->page) == 0 ? REFUSAL_NONE : REFUSAL_BAD_REQUEST;
}

static enum refusal
take_ref(struct hit *h, struct str value, struct buf *scratch)
{
	return decode(value, scratch, &h->ref) == 0 ? REFUSAL_NONE : REFUSAL_BAD_REQUEST;
}

static enum refusal
take_id(struct hit *h, struct str value, struct buf *scratch)
{
	(void)scratch;
	h->has_id = true;
	return str_to_hex64(value, &h->id) == 0 ? REFUSAL_NONE : REFUSAL_ID;
}

/* An empty visitor is none: a script that may keep nothing sends it so. */
static enum refusal
take_visitor(struct hit *h, struct str value, struct buf *scratch)
{
	(void)scratch;
	h->has_visitor = value.n > 0;
	return value.n == 0 || str_to_hex64(value, &h->visitor) == 0 ? REFUSAL_NONE : REFUSAL_VISITOR;
}

static enum refusal
take_type(struct hit *h, struct str value, struct buf *scratch)
{
	(void)scratch;
	h->kind = str_eq(value, STR("beat")) ? HIT_BEAT : HIT_VIEW;
	return h->kind == HIT_BEAT || str_eq(value, STR("view")) ? REFUSAL_NONE : REFUSAL_TYPE;
}

static enum refusal
take_robot(struct hit *h, struct str value, struct buf *scratch)
{
	(void)scratch;
	h->is_robot = str_eq(value, STR("1"));
	return REFUSAL_NONE;
}

static enum refusal
take_off(struct hit *h, struct str value, struct buf *scratch)
{
	(void)scratch;
	h->is_off = str_eq(value, STR("1"));
	return REFUSAL_NONE;
}

static enum refusal
take_list(struct hit *h, struct str value, struct buf *scratch)
{
	(void)scratch;
	h->list = value;
	return REFUSAL_NONE;
}

static const struct parameter {
	struct str name;
	enum refusal (*take)(struct hit *h, struct str value, struct buf *scratch);
} parameters[] = {
	{ { "site", 4 }, take_site },
	{ { "page", 4 }, take_page },
	{ { "id", 2 }, take_id },
	{ { "visitor", 7 }, take_visitor },
	{ { "ref", 3 }, take_ref },
	{ { "type", 4 }, take_type },
	{ { "robot", 5 }, take_robot },
	{ { "off", 3 }, take_off },
	{ { "list", 4 }, take_list },
};

enum refusal
hit_parse(struct str form, struct buf *scratch, struct hit *ret_hit)
{
	struct hit h = { .kind = HIT_VIEW };
	struct str name, value;
	unsigned taken = 0;

	buf_clear(scratch);
	form_reserve(scratch, form);
	while (form_next(&form, &name, &value)) {
		for (size_t i = 0; i < NITEMS(parameters); i++) {
			enum refusal r;

			if (!str_eq(name, parameters[i].name))
				continue;
			if (taken & 1U << i)
				return REFUSAL_BAD_REQUEST;
			taken |= 1U << i;
			r = parameters[i].take(&h, value, scratch);
			if (r != REFUSAL_NONE)
				return r;
			break;
		}
	}
	if (h.site.n == 0)
		return REFUSAL_SITE_MISSING;
	if (h.kind == HIT_VIEW && h.page.n == 0)
		return REFUSAL_PAGE;
	*ret_hit = h;
	return REFUSAL_NONE;
}
