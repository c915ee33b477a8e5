/* resp.h - commands as Redis reads them (RESP arrays of bulk strings),
 * written straight into a buffer. */
#ifndef STORE_RESP_H
#define STORE_RESP_H

#include <stdint.h>

#include "base/str.h"

void resp_array(struct buf *out, size_t nitems);
void resp_bulk(struct buf *out, struct str item);
void resp_int(struct buf *out, int64_t item); /* as a bulk string of its digits */

/* out's last bytes, from start on, are the text of one item: frame them.
 * So that a key can be written by keys.h where it is wanted. */
void resp_frame(struct buf *out, size_t start);

#endif
