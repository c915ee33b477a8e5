/* widget.c - GET /tk/thongke.js: the script that a page embeds. */
#include <inttypes.h>
#include <stdio.h>

#include "api/internal.h"
#include "base/assets.h"

void
api_widget(struct api *a, struct conn *c, const struct request *r)
{
	struct str script = ASSET(widget);
	uint64_t etag = etag_of(script);
	bool same = etag_matches(r->header[HEADER_IF_NONE_MATCH], etag);
	char headers[sizeof(HEADERS_PUBLIC) + 96];

	(void)snprintf(headers, sizeof(headers),
	    HEADERS_PUBLIC "Cache-Control: public, max-age=3600\r\nETag: \"%016" PRIx64 "\"\r\n", etag);
	api_reply(a, c,
	    &(struct response){ .status = same ? 304 : 200,
		.type = "text/javascript; charset=utf-8",
		.headers = headers,
		.body = same ? (struct str){ NULL, 0 } : script });
}
