/* target.c - hosts are names or IPv4; for IPv6, a name. */
#include "store/target.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/str.h"

enum { REDIS_PORT = 6379 };

int
target_parse(const char *address, struct target *ret_target)
{
	struct str rest = str_of(address), host, db;
	uint64_t port = REDIS_PORT, number = 0;

	if (str_starts(rest, STR("unix:")) && rest.n > 5) {
		*ret_target = (struct target){ .path = xstrdup(address + 5) };
		return 0;
	}
	if (!str_starts(rest, STR("redis://")))
		return -1;
	db = (struct str){ rest.p + 8, rest.n - 8 };
	rest = str_cut(&db, '/');
	host = str_cut(&rest, ':');
	if (host.n == 0 || (rest.p != NULL && str_to_uint(rest, 1, UINT16_MAX, &port) != 0) ||
	    (db.n > 0 && str_to_uint(db, 0, INT32_MAX, &number) != 0))
		return -1;
	*ret_target = (struct target){ .host = xstrndup(host.p, host.n), .port = (int)port, .db = (int)number };
	return 0;
}

void
target_fini(struct target *t)
{
	free(t->path);
	free(t->host);
}
