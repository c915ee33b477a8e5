/* page.h - what a page is called: one name however its address was written. */
#ifndef COUNT_PAGE_H
#define COUNT_PAGE_H

#include "base/config.h"
#include "base/str.h"

enum { PAGE_MAX = 512 }; /* bytes of a page's name */

/* Append the page's name to out.  address is a path as the browser has it,
 * "/tin//b%C3%A0i/index.html?utm_source=x&ItemID=5#top": percent-decoded to
 * UTF-8, doubled slashes, a trailing slash, index.html, the fragment and all
 * query parameters but those in names (in that order) left out; case kept;
 * at most PAGE_MAX bytes, never half a character: "/tin/bài?ItemID=5".
 * -1, with out as it was, when it does not begin with a slash or is no text. */
int page_name(struct str address, const struct config_list *names, struct buf *out) __attribute__((warn_unused_result));

#endif
