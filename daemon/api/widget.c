/* widget.c - GET /tk/thongke.js: the script that a page embeds, compressed at
 * build time, and thongke.HASH.js, which never changes. */
#include <inttypes.h>
#include <stdio.h>

#include "api/internal.h"
#include "base/assets.h"
#include "base/mem.h"
#include "http/accept.h"

#define ONE_HOUR "public, max-age=3600"
#define FOR_EVER "public, max-age=31536000, immutable"

/* Best first: among those that a client takes equally, the smallest. */
static const struct {
	const char *name; /* NULL: as it is */
	const char *header;
} encodings[] = {
	{ "br", "Content-Encoding: br\r\n" },
	{ "gzip", "Content-Encoding: gzip\r\n" },
	{ NULL, "" },
};

static struct str
encoded(size_t i)
{
	switch (i) {
	case 0:
		return ASSET(widget_br);
	case 1:
		return ASSET(widget_gz);
	default:
		return ASSET(widget);
	}
}

static size_t
choose_encoding(struct str accept)
{
	size_t best = NITEMS(encodings) - 1;
	unsigned most = 0;

	for (size_t i = 0; encodings[i].name != NULL; i++) {
		unsigned weight = accept_weight(accept, str_of(encodings[i].name));
		if (weight > most) {
			most = weight;
			best = i;
		}
	}
	return best;
}

/* Whether the path ends with the hash of the script as it is now.  One of
 * another version gets today's script too, but may not keep it for ever. */
static bool
is_pinned(struct str path)
{
	char name[sizeof("thongke.0123456789abcdef.js")];
	int n = snprintf(name, sizeof(name), "thongke.%016" PRIx64 ".js", etag_of(ASSET(widget)));

	return path.n >= (size_t)n && str_eq((struct str){ path.p + path.n - n, (size_t)n }, str_of(name));
}

void
api_widget(struct api *a, struct conn *c, const struct request *r)
{
	size_t encoding = choose_encoding(r->header[HEADER_ACCEPT_ENCODING]);
	struct str body = encoded(encoding);
	uint64_t etag = etag_of(body);
	bool same = etag_matches(r->header[HEADER_IF_NONE_MATCH], etag);
	char headers[sizeof(HEADERS_PUBLIC) + 192];

	(void)snprintf(headers, sizeof(headers),
	    HEADERS_PUBLIC "Vary: Accept-Encoding\r\n%sCache-Control: %s\r\nETag: \"%016" PRIx64 "\"\r\n",
	    same ? "" : encodings[encoding].header, is_pinned(r->path) ? FOR_EVER : ONE_HOUR, etag);
	api_reply(a, c,
	    &(struct response){
		.status = same ? 304 : 200,
		.type = "text/javascript; charset=utf-8",
		.headers = headers,
		.body = same ? (struct str){ NULL, 0 } : body,
	    });
}
