/* systemd.h - what systemd hands over when it starts us, and what it wants to
 * hear from us; without it there are no sockets and nobody listens. */
#ifndef BASE_SYSTEMD_H
#define BASE_SYSTEMD_H

#include <stddef.h>
#include <stdint.h>

struct systemd_sockets {
	int fds[16];
	size_t n;
};

/* The sockets handed over (LISTEN_FDS), by their FileDescriptorName «public»
 * or «admin»; of others the first is public, the second admin.  The caller's
 * from then on.  -1, the reason logged, when one is left that has no place. */
int systemd_sockets(struct systemd_sockets *ret_public, struct systemd_sockets *ret_admin)
    __attribute__((warn_unused_result));

/* For a service of Type=notify: requests are taken (also, again, after a
 * reload); the configuration is being read again; no more requests. */
void systemd_ready(void);
void systemd_reloading(void);
void systemd_stopping(void);

/* The time after which systemd kills who has not said systemd_alive(), in
 * microseconds; 0 when it does not. */
uint64_t systemd_watchdog_us(void);
void systemd_alive(void);

#endif
