/* internal.h - what the endpoints share. */
#ifndef API_INTERNAL_H
#define API_INTERNAL_H

#include <stdbool.h>
#include <stdint.h>

#include "api/api.h"
#include "api/telling.h"
#include "base/histogram.h"
#include "base/str.h"
#include "count/hit.h"
#include "http/conn.h"
#include "render/labels.h"
#include "store/answer.h"

struct judge;
struct query;
struct site;
struct wait;

/* What a request asked for, as its memo's tag and its metrics' label. */
enum endpoint {
	ENDPOINT_NONE, /* what is no request, or leads nowhere */
	ENDPOINT_HIT,
	ENDPOINT_COUNTS,
	ENDPOINT_WIDGET,
	ENDPOINT_BOX,
	ENDPOINT_PICTURE,
	ENDPOINT_PIXEL,
	ENDPOINT_ADMIN,
	ENDPOINT_COUNT
};
enum { STATUSES = 17 }; /* see reply.c for which */

/* The box's words, written anew when a day or the configuration has changed. */
struct list_cache {
	struct label_terms terms;
	struct buf text; /* owned; empty: not written yet */
};

/* The figures last told, as JSON: those of one batch are all told the same. */
struct figures_cache {
	struct figures figures;
	struct buf text; /* owned; empty: none yet */
};

struct api {
	const struct config *config; /* borrowed, as are sites and store */
	struct sites *sites;
	struct store *store;
	const struct geo_file *geo; /* borrowed */
	struct server *public, *admin; /* borrowed; NULL until they listen */
	struct judge *judge; /* owned */
	struct buf form; /* scratch: decoded parameters, good for one request */
	struct buf page; /* scratch: the page's name */
	struct buf referrer; /* scratch: the name of where it came from */
	struct buf headers; /* scratch: of one answer */
	struct buf body; /* scratch: the answer being written */
	struct figures_cache figures;
	struct wait *spare; /* owned: of hits that were answered */
	struct list_cache lists[LANGUAGES][CONFIG_FIGURES][2]; /* by figure and start of the week */
	uint64_t refused[REFUSAL_COUNT]; /* hits, by reason */
	uint64_t requests[ENDPOINT_COUNT][STATUSES];
	struct histogram latency[ENDPOINT_COUNT]; /* microseconds from a whole request to its answer */
	unsigned next; /* seconds from one heartbeat to the next */
};

/* One function an endpoint. */
void api_hit(struct api *a, struct conn *c, const struct request *r);
void api_counts(struct api *a, struct conn *c, const struct request *r);
void api_box(struct api *a, struct conn *c, const struct request *r);
void api_box_picture(struct api *a, struct conn *c, const struct request *r);
void api_views_picture(struct api *a, struct conn *c, const struct request *r);
void api_pixel(struct api *a, struct conn *c, const struct request *r);
void api_widget(struct api *a, struct conn *c, const struct request *r);
void api_widget_map(struct api *a, struct conn *c, const struct request *r);
void api_widget_style(struct api *a, struct conn *c, const struct request *r);
void api_metrics(struct api *a, struct conn *c, const struct request *r);
void api_livez(struct api *a, struct conn *c, const struct request *r);
void api_readyz(struct api *a, struct conn *c, const struct request *r);
void api_unresolved(struct api *a, struct conn *c, const struct request *r);
void api_sites(struct api *a, struct conn *c, const struct request *r);
void api_clock(struct api *a, struct conn *c, const struct request *r);

/* A view or heartbeat, and how whoever sent it is answered. */
struct arrival {
	const struct request *request;
	struct hit hit;
	struct telling telling; /* its terms are filled in */
};

/* The story of a hit, whichever way it came; one by HEAD is answered alike and not counted. */
void hit_arrived(struct api *a, struct conn *c, const struct arrival *arrival);
void hit_free_waits(struct api *a);
/* What is wrong with one, counted by reason. */
void hit_refused(struct api *a, struct conn *c, const struct request *r, enum refusal refusal);

/* Read what q asks for and tell it, without counting; cacheable for 2 s. */
void figures_show(
    struct api *a, struct conn *c, const struct request *r, const struct query *q, enum telling_form form);

/* Read the figures of the first n sites anew, then done(a, c, arg), perhaps before this returns; store_site_counts()
 * has them. arg is static. */
typedef void gathered(struct api *a, struct conn *c, const void *arg);
void gather_figures(struct api *a, struct conn *c, size_t n, gathered *done, const void *arg);

/* Errors that belong to no hit; the names and messages stand in reply.c. */
enum api_error {
	ERROR_BAD_REQUEST,
	ERROR_TIMEOUT,
	ERROR_NOT_FOUND,
	ERROR_METHOD,
	ERROR_LENGTH,
	ERROR_TOO_LARGE,
	ERROR_URI,
	ERROR_EXPECT,
	ERROR_TOO_MANY,
	ERROR_HEADERS,
	ERROR_UNAVAILABLE,
	ERROR_VERSION,
	ERROR_COUNT
};
/* Answer, counted: every endpoint's way out. */
void api_reply(struct api *a, struct conn *c, const struct response *r);
int reply_status(size_t i); /* the i-th of STATUSES, 0 where there is none */
void reply_error(struct api *a, struct conn *c, enum api_error e);
void reply_method(struct api *a, struct conn *c, const char *headers); /* 405; headers with Allow */
void reply_refusal(struct api *a, struct conn *c, enum refusal refusal);

/* Headers of every public answer.  Nothing that is answered here may load or
 * run anything, but the page of the box, which has its style. */
#define HEADERS_ANY                                                                                                    \
	"Access-Control-Allow-Origin: *\r\n"                                                                           \
	"Cross-Origin-Resource-Policy: cross-origin\r\n"                                                               \
	"X-Content-Type-Options: nosniff\r\n"                                                                          \
	"Content-Security-Policy: default-src 'none'"
#define HEADERS_PUBLIC HEADERS_ANY "\r\n"
#define HEADERS_PAGE HEADERS_ANY "; style-src 'self'; base-uri 'none'; form-action 'none'\r\n"
/* Of what may not be cached, and of a refusal that time may mend. */
#define NO_STORE "Cache-Control: no-store\r\n"
#define RETRY_LATER "Retry-After: 15\r\nAccess-Control-Expose-Headers: Retry-After\r\n"
#define HEADERS_NO_STORE HEADERS_PUBLIC NO_STORE
#define HEADERS_RETRY HEADERS_NO_STORE RETRY_LATER
#define TYPE_JSON "application/json; charset=utf-8"

/* The counts of answer as JSON, into a->body. */
struct counts_form {
	bool several; /* pages were asked for */
	bool stale;
	struct str list; /* of list_of(); absent: not asked for */
};
/* The box's words as JSON, good until the next call with the same language and terms of another day. */
struct str list_of(struct api *a, enum language language, const struct label_terms *terms);

void write_counts(struct api *a, const struct answer *answer, struct counts_form form);

#endif
