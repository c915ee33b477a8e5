/* form.h - application/x-www-form-urlencoded, as in a query or a body.  Pairs
 * are split first and decoded afterwards, so that an encoded & or = is text. */
#ifndef COUNT_FORM_H
#define COUNT_FORM_H

#include <stdbool.h>

#include "base/str.h"

/* Take the next name=value pair off the front of *rest, both still encoded;
 * false when there is none.  Empty pairs are passed over. */
static inline bool
form_next(struct str *rest, struct str *ret_name, struct str *ret_value)
{
	while (rest->n > 0) {
		struct str value = str_cut(rest, '&');
		struct str name = str_cut(&value, '=');

		if (name.n == 0)
			continue;
		*ret_name = name;
		*ret_value = value;
		return true;
	}
	return false;
}

/* Append the decoded text to out: %XX, and + as plus says.
 * -1, with out as it was, on a broken escape, a control character or bytes
 * that are no UTF-8. */
enum form_plus { FORM_PLUS_IS_BLANK, FORM_PLUS_STAYS };
int form_decode(struct str encoded, enum form_plus plus, struct buf *out) __attribute__((warn_unused_result));

/* Room in out for the values of a whole form: decoded there one by one, none
 * of them moves. */
void form_reserve(struct buf *out, struct str form);

#endif
