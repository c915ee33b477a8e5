/* tally.h - what one hit adds to its site: the last stop before the store. */
#ifndef COUNT_TALLY_H
#define COUNT_TALLY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"
#include "count/hit.h"

struct site;

struct tally {
	struct site *site;
	enum hit_kind kind;
	int64_t at_ms; /* the moment it was accepted */
	int32_t day; /* of that moment, there */
	uint64_t visitor; /* hashed */
	bool has_id;
	uint64_t id;
	struct str page; /* its name (page.h); absent for a beat without one */
};

#endif
