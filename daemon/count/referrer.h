/* referrer.h - where a visitor came from, as it is counted: a few well-known
 * names, or a host. */
#ifndef COUNT_REFERRER_H
#define COUNT_REFERRER_H

#include "base/str.h"

struct site;

enum { REFERRER_MAX = 100 }; /* bytes of a name */

/* Append the name under which ref is counted for the site.  ref is whatever a
 * browser, or a forger, sent as the page before: a host, a URL or nothing.
 *
 *   (direct)    nothing: typed, a bookmark, an app, a page that keeps it secret
 *   (internal)  a host of the site
 *   google …    a known source, whichever of its hosts it was
 *   a.b.vn      any other host, in lower case, without www. and port
 *   (other)     what is no host of the public net: an address, a single word
 *
 * So no more than a host is kept of it, never a path. */
void referrer_name(struct str ref, const struct site *site, struct buf *out);

#endif
