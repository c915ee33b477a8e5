/* routes.c - a table of paths and methods for each listener. */
#include <stdlib.h>

#include "api/internal.h"
#include "base/mem.h"
#include "count/address.h"

typedef void endpoint(struct api *a, struct conn *c, const struct request *r);

struct route {
	struct str path; /* below the base path */
	enum request_method method;
	const char *allow; /* Allow header of the 405 */
	endpoint *endpoint;
};

#define ALLOW_READ "Allow: GET, HEAD, OPTIONS\r\n"
#define ALLOW_POST "Allow: POST, OPTIONS\r\n"

static const struct route public_routes[] = {
	{ { "/hit", 4 }, METHOD_POST, HEADERS_NO_STORE ALLOW_POST, api_hit },
	{ { "/counts", 7 }, METHOD_GET, HEADERS_NO_STORE ALLOW_READ, api_counts },
	{ { "/thongke.js", 11 }, METHOD_GET, HEADERS_NO_STORE ALLOW_READ, api_widget },
};

static const struct route admin_routes[] = {
	{ { "/metrics", 8 }, METHOD_GET, ALLOW_READ, api_metrics },
	{ { "/livez", 6 }, METHOD_GET, ALLOW_READ, api_livez },
};

static void
reply_preflight(struct conn *c)
{
	conn_reply(c, &(struct response){ .status = 204,
			  .headers = HEADERS_PUBLIC "Access-Control-Allow-Methods: GET, HEAD, POST\r\n"
						    "Access-Control-Allow-Headers: Content-Type\r\n"
						    "Access-Control-Max-Age: 86400\r\n" });
}

static void
reply_method(struct api *a, struct conn *c, const struct route *route)
{
	struct response response;

	api_refuse(a, 405, &response);
	response.headers = route->allow;
	conn_reply(c, &response);
}

static void
dispatch(
    struct api *a, struct conn *c, const struct request *r, struct str path, const struct route *routes, size_t nroutes)
{
	enum request_method method = r->method == METHOD_HEAD ? METHOD_GET : r->method;

	for (size_t i = 0; i < nroutes; i++) {
		if (!str_eq(path, routes[i].path))
			continue;
		if (method == METHOD_OPTIONS)
			reply_preflight(c);
		else if (method == routes[i].method)
			routes[i].endpoint(a, c, r);
		else
			reply_method(a, c, &routes[i]);
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
	dispatch(a, c, r, path, public_routes, NITEMS(public_routes));
}

void
api_admin(void *arg, struct conn *c, const struct request *r)
{
	dispatch(arg, c, r, r->path, admin_routes, NITEMS(admin_routes));
}

struct api *
api_new(const struct config *c, struct sites *sites, struct store *store)
{
	struct api *a = xcalloc(1, sizeof(*a));

	a->store = store;
	api_reload(a, c, sites);
	return a;
}

/* Two beats and a half fit into the window, so one may be lost. */
void
api_reload(struct api *a, const struct config *c, struct sites *sites)
{
	uint64_t next = c->online_window * 2 / 5;

	networks_free(a->trusted);
	a->trusted = networks_new(&c->trusted_proxies);
	a->config = c;
	a->sites = sites;
	a->next = (unsigned)(next < 60 ? 60 : next > 240 ? 240 : next);
}

void
api_free(struct api *a)
{
	if (a == NULL)
		return;
	networks_free(a->trusted);
	buf_fini(&a->form);
	buf_fini(&a->page);
	buf_fini(&a->body);
	free(a);
}
