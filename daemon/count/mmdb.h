/* mmdb.h - a database of networks and their countries in MaxMind's format,
 * whatever bytes it is made of.  It is read once, so that nobody who writes to
 * the file afterwards can be noticed. */
#ifndef COUNT_MMDB_H
#define COUNT_MMDB_H

#include <stdint.h>

#include "base/str.h"

struct mmdb;

/* NULL with the reason in words appended to why: not there, not a regular
 * file, over 256 MB, changed meanwhile, no such database. */
struct mmdb *mmdb_open(const char *path, struct buf *why);
void mmdb_close(struct mmdb *m);

int64_t mmdb_built(const struct mmdb *m); /* seconds since 1970 */

/* The addresses from start up to the next one's are of this country; code is
 * two capital letters, or NULL where none is known. */
typedef void mmdb_each(void *arg, uint64_t start, const char *code);

/* Call each(arg, ...) in the order of addresses, from 0: of IPv4 as a number,
 * of IPv6 by their upper 64 bits, where of networks within one /64 the first
 * speaks for all.  A database of IPv4 alone has none of IPv6.  -1 with the
 * reason appended to why when the database turns out to be damaged; some were
 * told of then. */
int mmdb_each_v4(struct mmdb *m, mmdb_each *each, void *arg, struct buf *why) __attribute__((warn_unused_result));
int mmdb_each_v6(struct mmdb *m, mmdb_each *each, void *arg, struct buf *why) __attribute__((warn_unused_result));

#endif
