/* tally.h - what one hit adds to its site: the last stop before the store. */
#ifndef COUNT_TALLY_H
#define COUNT_TALLY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"
#include "count/hit.h"
#include "count/profile.h"

struct site;

struct tally {
	struct site *site;
	enum refusal refusal; /* why it is not counted, though answered like any other; REFUSAL_NONE: it is */
	enum hit_kind kind;
	int64_t at_ms; /* the moment it was accepted */
	int32_t day; /* of that moment, there */
	uint64_t visitor; /* hashed */
	bool has_yesterday; /* the day is young: the visitor may be known by */
	uint64_t yesterday; /* the name that yesterday's key gave */
	uint64_t repeat; /* of a view: visitor and page, hashed, where repeat_window is set; else 0 */
	struct profile profile; /* of a view, as is the next */
	struct str referrer; /* the name of where it came from (referrer.h) */
	bool has_id;
	uint64_t id;
	struct str page; /* its name (page.h); absent for a beat without one */
};

#endif
