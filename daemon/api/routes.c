/* routes.c - a table of paths and methods for each listener. */
#include <stdlib.h>
#include <string.h>

#include "api/internal.h"
#include "api/judge.h"
#include "base/mem.h"
#include "count/address.h"

struct route {
	struct str path; /* below the base path */
	struct str end; /* absent; or path and end stand around a name without a slash */
	enum request_method method;
	enum endpoint endpoint;
	void (*run)(struct api *a, struct conn *c, const struct request *r);
};

/* The routes of one listener and what it says to other methods than theirs. */
struct routes {
	const struct route *items;
	size_t n;
	const char *allow_read, *allow_post; /* headers of a 405 */
	const char *preflight; /* headers of the answer to OPTIONS */
};

#define NOTHING                                                                                                        \
	{                                                                                                              \
		NULL, 0                                                                                                \
	}
#define ALLOW_READ "Allow: GET, HEAD, OPTIONS\r\n"
#define ALLOW_POST "Allow: POST, OPTIONS\r\n"

static const struct route public_items[] = {
	{ { "/hit", 4 }, NOTHING, METHOD_POST, ENDPOINT_HIT, api_hit },
	{ { "/counts", 7 }, NOTHING, METHOD_GET, ENDPOINT_COUNTS, api_counts },
	{ { "/box.html", 9 }, NOTHING, METHOD_GET, ENDPOINT_BOX, api_box },
	{ { "/box.svg", 8 }, NOTHING, METHOD_GET, ENDPOINT_PICTURE, api_box_picture },
	{ { "/views.svg", 10 }, NOTHING, METHOD_GET, ENDPOINT_PICTURE, api_views_picture },
	{ { "/pixel.gif", 10 }, NOTHING, METHOD_GET, ENDPOINT_PIXEL, api_pixel },
	{ { "/hit.gif", 8 }, NOTHING, METHOD_GET, ENDPOINT_PIXEL, api_pixel }, /* which no block list knows */
	{ { "/thongke.js", 11 }, NOTHING, METHOD_GET, ENDPOINT_WIDGET, api_widget },
	{ { "/thongke.", 9 }, { ".js", 3 }, METHOD_GET, ENDPOINT_WIDGET, api_widget },
	{ { "/thongke.js.map", 15 }, NOTHING, METHOD_GET, ENDPOINT_WIDGET, api_widget_map },
	{ { "/box.css", 8 }, NOTHING, METHOD_GET, ENDPOINT_WIDGET, api_widget_style },
};

static const struct routes public_routes = {
	public_items,
	NITEMS(public_items),
	HEADERS_NO_STORE ALLOW_READ,
	HEADERS_NO_STORE ALLOW_POST,
	HEADERS_PUBLIC "Access-Control-Allow-Methods: GET, HEAD, POST\r\n"
		       "Access-Control-Allow-Headers: Content-Type\r\n"
		       "Access-Control-Max-Age: 86400\r\n",
};

static const struct route admin_items[] = {
	{ { "/metrics", 8 }, NOTHING, METHOD_GET, ENDPOINT_ADMIN, api_metrics },
	{ { "/livez", 6 }, NOTHING, METHOD_GET, ENDPOINT_ADMIN, api_livez },
	{ { "/readyz", 7 }, NOTHING, METHOD_GET, ENDPOINT_ADMIN, api_readyz },
	{ { "/sites", 6 }, NOTHING, METHOD_GET, ENDPOINT_ADMIN, api_sites },
	{ { "/unresolved", 11 }, NOTHING, METHOD_GET, ENDPOINT_ADMIN, api_unresolved },
	{ { "/clock", 6 }, NOTHING, METHOD_POST, ENDPOINT_ADMIN, api_clock },
};

static const struct routes admin_routes = { admin_items, NITEMS(admin_items), ALLOW_READ, ALLOW_POST, ALLOW_READ };

static bool
leads_to(const struct route *route, struct str path)
{
	size_t n = route->path.n;

	if (route->end.p == NULL)
		return str_eq(path, route->path);
	return path.n > n + route->end.n && str_starts(path, route->path) &&
	       str_eq((struct str){ path.p + path.n - route->end.n, route->end.n }, route->end) &&
	       memchr(path.p + n, '/', path.n - n) == NULL;
}

static void
dispatch(struct api *a, struct conn *c, const struct request *r, struct str path, const struct routes *routes)
{
	enum request_method method = r->method == METHOD_HEAD ? METHOD_GET : r->method;

	for (size_t i = 0; i < routes->n; i++) {
		const struct route *route = &routes->items[i];

		if (!leads_to(route, path))
			continue;
		conn_memo(c)->tag = route->endpoint;
		if (method == METHOD_OPTIONS)
			api_reply(a, c, &(struct response){ .status = 204, .headers = routes->preflight });
		else if (method == route->method)
			route->run(a, c, r);
		else
			reply_method(a, c, route->method == METHOD_POST ? routes->allow_post : routes->allow_read);
		return;
	}
	reply_error(a, c, ERROR_NOT_FOUND);
}

void
api_public(void *arg, struct conn *c, const struct request *r)
{
	struct api *a = arg;
	struct str base = str_of(a->config->base_path), path = r->path;

	if (!str_starts(path, base)) {
		reply_error(a, c, ERROR_NOT_FOUND);
		return;
	}
	path.p += base.n;
	path.n -= base.n;
	dispatch(a, c, r, path, &public_routes);
}

void
api_admin(void *arg, struct conn *c, const struct request *r)
{
	dispatch(arg, c, r, r->path, &admin_routes);
}

bool
api_exempt(void *arg, const struct sockaddr *peer)
{
	const struct api *a = arg;
	struct address address;

	return address_of_socket(peer, &address) == 0 && judge_trusts(a->judge, &address);
}

struct api *
api_new(const struct config *c, struct sites *sites, struct store *store)
{
	/* Microseconds: from a cached answer to a hit that waits for its 503. */
	static const uint32_t bounds[] = { 100, 250, 500, 1000, 2500, 5000, 10000, 25000, 50000, 100000, 250000, 500000,
		1000000, 2500000 };
	struct api *a = xcalloc(1, sizeof(*a));

	a->store = store;
	a->judge = judge_new();
	for (size_t i = 0; i < ENDPOINT_COUNT; i++)
		a->latency[i] = (struct histogram)HISTOGRAM(bounds);
	api_reload(a, c, sites);
	return a;
}

void
api_watch(struct api *a, struct server *public, struct server *admin)
{
	a->public = public;
	a->admin = admin;
}

void
api_set_geo(struct api *a, const struct geo_file *geo)
{
	a->geo = geo;
}

/* Two beats and a half fit into the window, so one may be lost. */
void
api_reload(struct api *a, const struct config *c, struct sites *sites)
{
	uint64_t next = c->online_window * 2 / 5;

	judge_reload(a->judge, c, sites);
	a->config = c;
	a->sites = sites;
	a->next = (unsigned)(next < 60 ? 60 : next > 240 ? 240 : next);
}

static void
lists_fini(struct api *a)
{
	struct list_cache *all = &a->lists[0][0][0];

	for (size_t i = 0; i < sizeof(a->lists) / sizeof(*all); i++)
		buf_fini(&all[i].text);
}

void
api_free(struct api *a)
{
	if (a == NULL)
		return;
	judge_free(a->judge);
	buf_fini(&a->form);
	buf_fini(&a->page);
	buf_fini(&a->referrer);
	buf_fini(&a->headers);
	buf_fini(&a->body);
	buf_fini(&a->figures.text);
	lists_fini(a);
	hit_free_waits(a);
	free(a);
}
