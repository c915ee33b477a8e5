/* systemd.c - libsystemd, see sd_listen_fds(3), sd_notify(3) and
 * sd_watchdog_enabled(3). */
#include "base/systemd.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-daemon.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"

/* nameless: how many there were before it without a name that says its place. */
static struct systemd_sockets *
place_of(const char *name, struct systemd_sockets *public, struct systemd_sockets *admin, size_t *nameless)
{
	if (strcmp(name, "public") == 0)
		return public;
	if (strcmp(name, "admin") == 0)
		return admin;
	switch ((*nameless)++) {
	case 0:
		return public;
	case 1:
		return admin;
	default:
		return NULL;
	}
}

int
systemd_sockets(struct systemd_sockets *ret_public, struct systemd_sockets *ret_admin)
{
	char **names = NULL;
	int n = sd_listen_fds_with_names(1, &names), result = 0;
	size_t nameless = 0;

	for (int i = 0; i < n; i++) {
		struct systemd_sockets *place = place_of(names[i], ret_public, ret_admin, &nameless);

		if (place != NULL && place->n < NITEMS(place->fds)) {
			place->fds[place->n++] = SD_LISTEN_FDS_START + i;
		} else {
			log_warnx("systemd: socket %d «%s» has no place; set FileDescriptorName=public or admin", i + 1,
			    names[i]);
			result = -1;
		}
		free(names[i]);
	}
	free(names);
	return result;
}

void
systemd_ready(void)
{
	(void)sd_notify(0, "READY=1");
}

void
systemd_reloading(void)
{
	(void)sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%" PRId64, clock_mono_us());
}

void
systemd_stopping(void)
{
	(void)sd_notify(0, "STOPPING=1");
}

uint64_t
systemd_watchdog_us(void)
{
	uint64_t us;

	return sd_watchdog_enabled(0, &us) > 0 ? us : 0;
}

void
systemd_alive(void)
{
	(void)sd_notify(0, "WATCHDOG=1");
}
