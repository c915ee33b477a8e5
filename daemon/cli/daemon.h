/* daemon.h - asks a living daemon through its admin listener. */
#ifndef CLI_DAEMON_H
#define CLI_DAEMON_H

#include <stdint.h>

#include "base/str.h"

/* What the daemon has taken and Redis has not applied yet. */
struct unresolved {
	uint64_t hits; /* and heartbeats */
	uint64_t batches; /* sealed ones of them */
	uint64_t applied; /* batches that Redis applied since the daemon's start */
};

/* GET /unresolved of a daemon that listens there; -1 with *ret_why saying why
 * nobody answers. */
int daemon_unresolved(const char *listen, struct unresolved *ret_unresolved, struct buf *ret_why)
    __attribute__((warn_unused_result));

/* What daemon_unresolved() is made of; pure.  The URL is NUL-terminated, and
 * *ret_socket is a unix socket's path, borrowed from listen, or NULL.  -1
 * where nobody can know the port. */
int daemon_url(const char *listen, struct buf *ret_url, const char **ret_socket) __attribute__((warn_unused_result));
int daemon_parse(struct str body, struct unresolved *ret_unresolved) __attribute__((warn_unused_result));

#endif
