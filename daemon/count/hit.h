/* hit.h - what a page's script says of one view or heartbeat: bytes in,
 * fields or a named refusal out. */
#ifndef COUNT_HIT_H
#define COUNT_HIT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

enum hit_kind { HIT_VIEW, HIT_BEAT };

/* Why something is not counted: a status and a metric label, never a log line. */
enum refusal {
	REFUSAL_NONE,
	REFUSAL_BAD_REQUEST, /* a parameter twice, a broken escape, no UTF-8 */
	REFUSAL_SITE_MISSING,
	REFUSAL_SITE_UNKNOWN,
	REFUSAL_HOST, /* the page's host is none of the site's */
	REFUSAL_ORIGIN, /* it must be sent (require_origin) and is not */
	REFUSAL_PAGE, /* missing for a view, or no path */
	REFUSAL_ID, /* not 1 to 16 hexadecimal digits; visitor likewise */
	REFUSAL_VISITOR,
	REFUSAL_TYPE, /* neither view nor beat */
	/* From here on quiet ones: answered like what is counted, so that a forger learns nothing. */
	REFUSAL_BOT, /* a robot, by its User-Agent or by what the page's script saw */
	REFUSAL_AGENT, /* no User-Agent that a browser would send */
	REFUSAL_PREFETCH, /* a page that is fetched before anybody wants it */
	REFUSAL_BOT_NETWORK, /* from bot_networks */
	REFUSAL_EXCLUDED, /* from the site's exclude_networks, or asked not to be counted */
	REFUSAL_LIMIT, /* over client_rate or site_rate */
	REFUSAL_REPEAT, /* the same page again within repeat_window: the store tells */
	REFUSAL_COUNT
};

struct hit {
	enum hit_kind kind;
	struct str site; /* as sent: site names need no decoding */
	struct str page; /* decoded once: the address as the browser has it; absent if not sent */
	struct str list; /* as sent: the language in which the box's labels are asked for; absent: they are not */
	struct str ref; /* decoded: the host of the page before; absent if not sent */
	bool has_id, has_visitor;
	bool is_off; /* the reader, or the page, does not want it counted */
	bool is_robot; /* the script saw that a program drives the browser */
	uint64_t id; /* of this view, the same in each retry */
	uint64_t visitor; /* the token */
};

/* Parse a query or body.  Decoded text goes to scratch, which is emptied
 * first and which *ret_hit borrows from, as it does from form. */
enum refusal hit_parse(struct str form, struct buf *scratch, struct hit *ret_hit);

/* HTTP status, JSON error name, message (what to do), all static. */
struct refusal_text {
	int status;
	const char *name;
	const char *message;
};
const struct refusal_text *refusal_text(enum refusal r);

static inline bool
refusal_is_quiet(enum refusal r)
{
	return r >= REFUSAL_BOT;
}

#endif
