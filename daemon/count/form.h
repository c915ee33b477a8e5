/* form.h - application/x-www-form-urlencoded, as in a query or a body. */
#ifndef COUNT_FORM_H
#define COUNT_FORM_H

#include <stdbool.h>

#include "base/str.h"

/* Take the next name=value pair off the front of *rest, both still encoded;
 * false when there is none.  Empty pairs are passed over. */
bool form_next(struct str *rest, struct str *ret_name, struct str *ret_value);

/* Append the decoded text to out: %XX, and + as plus says.
 * -1, with out as it was, on a broken escape, a control character or bytes
 * that are no UTF-8. */
enum form_plus { FORM_PLUS_IS_BLANK, FORM_PLUS_STAYS };
int form_decode(struct str encoded, enum form_plus plus, struct buf *out) __attribute__((warn_unused_result));

#endif
