/* reply.c - the error table, and the parts that several answers share. */
#include <inttypes.h>
#include <string.h>

#include "api/internal.h"
#include "base/mem.h"
#include "base/siphash.h"
#include "render/json.h"

static const struct error_text {
	int status;
	const char *name;
	const char *message;
	const char *headers;
} errors[ERROR_COUNT] = {
	[ERROR_BAD_REQUEST] = { 400, "bad_request", "this is no HTTP/1 request that can be read in one way only",
	    HEADERS_NO_STORE },
	[ERROR_NOT_FOUND] = { 404, "not_found", "nothing is here; see the README for the paths that are",
	    HEADERS_NO_STORE },
	[ERROR_METHOD] = { 405, "method_not_allowed", "see the Allow header", HEADERS_NO_STORE },
	[ERROR_TIMEOUT] = { 408, "request_timeout", "the request did not arrive in time", HEADERS_NO_STORE },
	[ERROR_LENGTH] = { 411, "length_required", "send Content-Length", HEADERS_NO_STORE },
	[ERROR_TOO_LARGE] = { 413, "body_too_large", "the body is longer than the option body_max", HEADERS_NO_STORE },
	[ERROR_URI] = { 414, "uri_too_long", "the address is longer than the option url_max", HEADERS_NO_STORE },
	[ERROR_EXPECT] = { 417, "expectation_failed", "only Expect: 100-continue is understood", HEADERS_NO_STORE },
	[ERROR_HEADERS] = { 431, "headers_too_large", "the headers are longer than the option header_max",
	    HEADERS_NO_STORE },
	[ERROR_UNAVAILABLE] = { 503, "unavailable", "this can not be counted now; send it again with the same id",
	    HEADERS_NO_STORE "Retry-After: 15\r\n" },
	[ERROR_VERSION] = { 505, "version_not_supported", "only HTTP/1.0 and HTTP/1.1 are spoken here",
	    HEADERS_NO_STORE },
};

void
reply_error(struct api *a, struct conn *c, enum api_error e)
{
	const struct error_text *text = &errors[e];

	buf_clear(&a->body);
	json_error(&a->body, text->name, text->message);
	conn_reply(
	    c, &(struct response){
		   .status = text->status, .type = TYPE_JSON, .headers = text->headers, .body = buf_view(&a->body) });
}

void
reply_refusal(struct api *a, struct conn *c, enum refusal refusal)
{
	const struct refusal_text *text = refusal_text(refusal);

	buf_clear(&a->body);
	json_error(&a->body, text->name, text->message);
	conn_reply(c,
	    &(struct response){
		.status = text->status, .type = TYPE_JSON, .headers = HEADERS_NO_STORE, .body = buf_view(&a->body) });
}

/* What the parser or a deadline refused before any endpoint saw it. */
void
api_refuse(void *arg, int status, struct response *ret_response)
{
	struct api *a = arg;
	enum api_error e = ERROR_BAD_REQUEST;

	for (size_t i = 0; i < NITEMS(errors); i++) {
		if (errors[i].status == status)
			e = (enum api_error)i;
	}
	buf_clear(&a->body);
	json_error(&a->body, errors[e].name, errors[e].message);
	*ret_response = (struct response){
		.status = status, .type = TYPE_JSON, .headers = errors[e].headers, .body = buf_view(&a->body)
	};
}

void
write_counts(struct api *a, const struct answer *answer, struct counts_form form)
{
	buf_clear(&a->body);
	json_counts(&a->body, &(struct json_counts){
				  .site = answer->site,
				  .figures = answer->figures,
				  .pages = answer->pages,
				  .npages = answer->npages,
				  .list = form.list,
				  .next = a->next,
				  .stale = form.stale,
			      });
}

/* Not a secret: the key is fixed so that all daemons agree on a tag. */
uint64_t
etag_of(struct str body)
{
	static const uint8_t key[SIPHASH_KEY_BYTES] = "thongke's etag";

	return siphash(key, body.p, body.n);
}

/* A list of tags, weak or not, or "*". */
bool
etag_matches(struct str list, uint64_t etag)
{
	while (list.n > 0) {
		struct str tag = str_trim(str_cut(&list, ','));
		uint64_t value;

		if (str_eq(tag, STR("*")))
			return true;
		if (str_starts(tag, STR("W/"))) {
			tag.p += 2;
			tag.n -= 2;
		}
		if (tag.n == 18 && tag.p[0] == '"' && tag.p[17] == '"' &&
		    str_to_hex64((struct str){ tag.p + 1, 16 }, &value) == 0 && value == etag)
			return true;
	}
	return false;
}
