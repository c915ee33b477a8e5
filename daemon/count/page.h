/* page.h - what a page is called: one name however its address was written. */
#ifndef COUNT_PAGE_H
#define COUNT_PAGE_H

#include "base/str.h"

struct site;

enum { PAGE_MAX = 512 }; /* bytes of a page's name */

/* Append the page's name to out, which always begins with a slash.  address
 * is a path as the browser has it, or a whole http(s) URL of one of the
 * site's hosts: "/tin//b%C3%A0i/index.html?utm_source=x&ItemID=5#top" is
 * "/tin/bài?ItemID=5".  So it comes to its name:
 *
 *   - percent-decoded and composed (NFC), case kept; only what would end the
 *     part it stands in ("%?#" in a path, "%&#+" in a value) stays encoded,
 *     so that a name is an address of its page, and that page's alone
 *   - empty segments, a trailing slash, "." and "..", index.html, .htm and
 *     .php at the end, and ";jsessionid=…" left out
 *   - of the query the first parameter of each name in the site's page_query,
 *     in the order of that list; of the fragment nothing, unless it begins
 *     with "/" or "!/": such a route of a single-page portal is part of the
 *     name, "/#/tin/1", and brought to its form as path and query are
 *   - at most PAGE_MAX bytes, never half a character, nor without its marks
 *
 * -1, with out as it was, when it has neither a path nor such a host, or is
 * no text: broken escapes, control characters, bytes that are no UTF-8. */
int page_name(struct str address, const struct site *site, struct buf *out) __attribute__((warn_unused_result));

#endif
