/* reply.c - the error table, the parts that several answers share, and the
 * one way out that counts. */
#include "api/internal.h"
#include "base/clock.h"
#include "base/mem.h"
#include "render/json.h"

static const struct error_text {
	int status;
	const char *name;
	const char *message;
} errors[ERROR_COUNT] = {
	[ERROR_BAD_REQUEST] = { 400, "bad_request", "this is no HTTP/1 request that can be read in one way only" },
	[ERROR_NOT_FOUND] = { 404, "not_found", "nothing is here; see the README for the paths that are" },
	[ERROR_METHOD] = { 405, "method_not_allowed", "see the Allow header" },
	[ERROR_TIMEOUT] = { 408, "request_timeout", "the request did not arrive in time" },
	[ERROR_LENGTH] = { 411, "length_required", "send Content-Length" },
	[ERROR_TOO_LARGE] = { 413, "body_too_large", "the body is longer than the option body_max" },
	[ERROR_URI] = { 414, "uri_too_long", "the address is longer than the option url_max" },
	[ERROR_EXPECT] = { 417, "expectation_failed", "only Expect: 100-continue is understood" },
	[ERROR_TOO_MANY] = { 429, "too_many_connections",
	    "this address has as many connections open as the option connections_per_client allows" },
	[ERROR_HEADERS] = { 431, "headers_too_large", "the headers are longer than the option header_max" },
	[ERROR_UNAVAILABLE] = { 503, "unavailable", "this can not be counted now; send it again with the same id" },
	[ERROR_VERSION] = { 505, "version_not_supported", "only HTTP/1.0 and HTTP/1.1 are spoken here" },
};

/* Sorted; what is none of them is counted as the first. */
static const int statuses[] = { 0, 200, 204, 304, 400, 403, 404, 405, 408, 411, 413, 414, 417, 429, 431, 503, 505 };
_Static_assert(NITEMS(statuses) == STATUSES, "STATUSES is how many there are");

int
reply_status(size_t i)
{
	return statuses[i];
}

static void
count_request(struct api *a, enum endpoint endpoint, int status)
{
	size_t i = 1;

	while (i < STATUSES && statuses[i] != status)
		i++;
	a->requests[endpoint][i < STATUSES ? i : 0]++;
}

void
api_reply(struct api *a, struct conn *c, const struct response *r)
{
	const struct conn_memo *memo = conn_memo(c);

	count_request(a, memo->tag, r->status);
	histogram_observe(&a->latency[memo->tag], (uint64_t)(clock_mono_us() - memo->begun_us));
	conn_reply(c, r);
}

static void
write_error(struct api *a, int status, const char *name, const char *message, struct response *ret_response)
{
	buf_clear(&a->body);
	json_error(&a->body, name, message);
	*ret_response = (struct response){
		.status = status,
		.type = TYPE_JSON,
		.headers = status == 503 || status == 429 ? HEADERS_RETRY : HEADERS_NO_STORE,
		.body = buf_view(&a->body),
	};
}

void
reply_error(struct api *a, struct conn *c, enum api_error e)
{
	struct response response;

	write_error(a, errors[e].status, errors[e].name, errors[e].message, &response);
	api_reply(a, c, &response);
}

void
reply_method(struct api *a, struct conn *c, const char *headers)
{
	struct response response;

	write_error(a, 405, errors[ERROR_METHOD].name, errors[ERROR_METHOD].message, &response);
	response.headers = headers;
	api_reply(a, c, &response);
}

void
reply_refusal(struct api *a, struct conn *c, enum refusal refusal)
{
	const struct refusal_text *text = refusal_text(refusal);
	struct response response;

	write_error(a, text->status, text->name, text->message, &response);
	api_reply(a, c, &response);
}

/* What the parser, a deadline or a cap refused before any endpoint saw it. */
void
api_refuse(void *arg, int status, struct response *ret_response)
{
	struct api *a = arg;
	const struct error_text *text = &errors[ERROR_BAD_REQUEST];

	for (size_t i = 0; i < NITEMS(errors); i++) {
		if (errors[i].status == status)
			text = &errors[i];
	}
	count_request(a, ENDPOINT_NONE, status);
	write_error(a, status, text->name, text->message, ret_response);
}

/* Who was told stale figures comes back sooner: most often Redis was only slow. */
enum { NEXT_STALE = 30 };

struct str
list_of(struct api *a, enum language language, const struct label_terms *terms)
{
	struct list_cache *c = &a->lists[language][terms->figure][terms->week_start];

	if (c->text.n == 0 || c->terms.today != terms->today || c->terms.online_window != terms->online_window) {
		c->terms = *terms;
		buf_clear(&c->text);
		json_list(&c->text, language, terms);
	}
	return buf_view(&c->text);
}

static struct str
figures_of(struct api *a, const struct figures *f)
{
	struct figures_cache *c = &a->figures;

	if (c->text.n == 0 || memcmp(&c->figures, f, sizeof(*f)) != 0) {
		c->figures = *f;
		buf_clear(&c->text);
		json_figures(&c->text, f);
	}
	return buf_view(&c->text);
}

void
write_counts(struct api *a, const struct answer *answer, struct counts_form form)
{
	buf_clear(&a->body);
	json_counts(&a->body, &(struct json_counts){
				  .site = answer->site,
				  .figures_text = figures_of(a, answer->figures),
				  .pages = answer->pages,
				  .npages = answer->npages,
				  .several = form.several,
				  .next = form.stale && a->next > NEXT_STALE ? NEXT_STALE : a->next,
				  .stale = form.stale,
				  .list = form.list,
			      });
}
