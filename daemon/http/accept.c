/* accept.c - lists are split at commas, their items at semicolons. */
#include "http/accept.h"

#include "base/siphash.h"

enum { WEIGHT_MAX = 1000, WEIGHT_DIGITS = 3, TAG_HEX = 16 };

/* "0.25" → 250; what is no weight is 0, so that nobody gets what he refuses. */
static unsigned
parse_weight(struct str text)
{
	struct str fraction = text;
	struct str whole = str_cut(&fraction, '.');
	unsigned weight = 0;

	if (str_eq(whole, STR("1")))
		return WEIGHT_MAX;
	if (!str_eq(whole, STR("0")))
		return 0;
	for (size_t i = 0; i < WEIGHT_DIGITS; i++) {
		unsigned digit = i < fraction.n ? (unsigned)(unsigned char)fraction.p[i] - '0' : 0;
		if (digit > 9)
			return 0;
		weight = weight * 10 + digit;
	}
	return weight;
}

static unsigned
weight_among(struct str parameters)
{
	while (parameters.n > 0) {
		struct str value = str_trim(str_cut(&parameters, ';'));
		struct str name = str_cut(&value, '=');

		if (str_eq_nocase(name, STR("q")))
			return parse_weight(value);
	}
	return WEIGHT_MAX;
}

unsigned
accept_weight(struct str list, struct str name)
{
	unsigned best = 0;

	while (list.n > 0) {
		struct str parameters = str_cut(&list, ',');
		struct str item = str_trim(str_cut(&parameters, ';'));
		unsigned weight = str_eq_nocase(item, name) ? weight_among(parameters) : 0;

		if (weight > best)
			best = weight;
	}
	return best;
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
		if (tag.n == TAG_HEX + 2 && tag.p[0] == '"' && tag.p[TAG_HEX + 1] == '"' &&
		    str_to_hex64((struct str){ tag.p + 1, TAG_HEX }, &value) == 0 && value == etag)
			return true;
	}
	return false;
}
