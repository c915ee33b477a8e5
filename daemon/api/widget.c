/* widget.c - GET /tk/thongke.js: the script that a page embeds, compressed at
 * build time, and thongke.HASH.js, which never changes; and what belongs to
 * it: its style, its map. */
#include <inttypes.h>
#include <stdio.h>

#include "api/internal.h"
#include "base/assets.h"
#include "base/mem.h"
#include "http/accept.h"
#include "render/script.h"

#define ONE_HOUR "public, max-age=3600"
#define FOR_EVER "public, max-age=31536000, immutable"

#define SCRIPT "text/javascript; charset=utf-8"
/* By the map a developer's tools find the source. */
#define SCRIPT_HEADERS "Vary: Accept-Encoding\r\nSourceMap: thongke.js.map\r\n"

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
	struct buf name = { 0 };
	bool is;

	script_name(&name);
	is = path.n >= name.n && str_eq((struct str){ path.p + path.n - name.n, name.n }, buf_view(&name));
	buf_fini(&name);
	return is;
}

/* A file of the programs' own. */
struct file {
	struct str body;
	const char *type;
	const char *headers; /* of its own */
	const char *encoding; /* a header, not of a 304 */
	const char *caching;
};

static void
reply_file(struct api *a, struct conn *c, const struct request *r, const struct file *f)
{
	uint64_t etag = etag_of(f->body);
	bool same = etag_matches(r->header[HEADER_IF_NONE_MATCH], etag);
	char headers[sizeof(HEADERS_PUBLIC) + 256];

	(void)snprintf(headers, sizeof(headers), HEADERS_PUBLIC "%s%sCache-Control: %s\r\nETag: \"%016" PRIx64 "\"\r\n",
	    f->headers, same ? "" : f->encoding, f->caching, etag);
	api_reply(a, c,
	    &(struct response){
		.status = same ? 304 : 200,
		.type = f->type,
		.headers = headers,
		.body = same ? (struct str){ NULL, 0 } : f->body,
	    });
}

void
api_widget(struct api *a, struct conn *c, const struct request *r)
{
	size_t encoding = choose_encoding(r->header[HEADER_ACCEPT_ENCODING]);
	const char *caching = is_pinned(r->path) ? FOR_EVER : ONE_HOUR;

	reply_file(
	    a, c, r, &(struct file){ encoded(encoding), SCRIPT, SCRIPT_HEADERS, encodings[encoding].header, caching });
}

void
api_widget_map(struct api *a, struct conn *c, const struct request *r)
{
	reply_file(a, c, r, &(struct file){ ASSET(widget_map), TYPE_JSON, "", "", ONE_HOUR });
}

void
api_widget_style(struct api *a, struct conn *c, const struct request *r)
{
	reply_file(a, c, r, &(struct file){ ASSET(box_css), "text/css; charset=utf-8", "", "", ONE_HOUR });
}
