/* main.c - thongked: wiring, signals, ordered shutdown.  The only file that
 * knows everyone. */
#include <event2/event.h>
#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "api/api.h"
#include "base/config.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/process.h"
#include "base/systemd.h"
#include "count/geo.h"
#include "count/geo_file.h"
#include "count/site.h"
#include "http/server.h"
#include "store/store.h"

enum {
	EXIT_USAGE = 2,
	DRAIN_S = 10,
	GEO_S = 5, /* from one look at geo_db to the next */
	OTHER_DESCRIPTORS = 256 /* that are open beside the connections of visitors */
};

struct arguments {
	const char *file;
	bool check, print;
	char **sets; /* owned; each borrowed from argv */
	size_t nsets;
};

struct daemon {
	struct arguments arguments;
	struct config *config;
	struct event_base *base;
	struct sites *sites;
	struct geo_file *geo;
	struct store *store;
	struct api *api;
	struct systemd_sockets public_sockets, admin_sockets; /* handed over; the servers' once there are any */
	struct server *public, *admin;
	struct event *terminate, *interrupt, *hangup, *give_up;
	struct event *geo_tick;
	struct event *watchdog; /* NULL when there is none */
	bool draining;
	int status; /* to exit with */
};

static const char usage[] = "usage: thongked -c FILE [--check-config] [--print-config] [--set OPTION=VALUE]…\n"
			    "\n"
			    "Counts visits to web portals in Redis and answers their pages with the figures.\n"
			    "Đếm lượt truy cập các cổng thông tin vào Redis và trả số liệu cho từng trang.\n"
			    "\n"
			    "  -c, --config FILE     read this configuration (see README)\n"
			    "      --check-config    say what is wrong with it, exit 0 or 2\n"
			    "      --print-config    print the values in force, with what each means\n"
			    "      --set K=V         override an option; SITE.OPTION=VALUE for one of a site\n"
			    "      --version         print the version\n"
			    "  -h, --help            print this\n"
			    "\n"
			    "SIGTERM: finish what is on its way, then exit; a second one: exit at once.\n"
			    "SIGHUP: read the configuration again; a bad one changes nothing.\n";

/* Fills *ret_arguments, or exits. */
static void
parse_arguments(int argc, char **argv, struct arguments *ret_arguments)
{
	enum { CHECK = 256, PRINT, SET, SHOW_VERSION };
	static const struct option options[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "check-config", no_argument, NULL, CHECK },
		{ "print-config", no_argument, NULL, PRINT },
		{ "set", required_argument, NULL, SET },
		{ "version", no_argument, NULL, SHOW_VERSION },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	struct arguments a = { .sets = xcalloc((size_t)argc, sizeof(char *)) };
	int option;

	while ((option = getopt_long(argc, argv, "c:h", options, NULL)) != -1) {
		switch (option) {
		case 'c':
			a.file = optarg;
			break;
		case CHECK:
			a.check = true;
			break;
		case PRINT:
			a.print = true;
			break;
		case SET:
			a.sets[a.nsets++] = optarg;
			break;
		case SHOW_VERSION:
			(void)printf("thongked %s\n", VERSION);
			exit(0);
		case 'h':
			(void)fputs(usage, stdout);
			exit(0);
		default:
			(void)fputs("thongked: see thongked --help\n", stderr);
			exit(EXIT_USAGE);
		}
	}
	if (optind < argc) {
		(void)fprintf(stderr, "thongked: what is «%s»? See thongked --help\n", argv[optind]);
		exit(EXIT_USAGE);
	}
	*ret_arguments = a;
}

/* NULL after saying what is wrong. */
static struct config *
load_config(const struct arguments *a)
{
	struct config_overrides overrides = { a->sets, a->nsets };
	struct config_error error = { { 0 }, 0 };
	struct config *c = config_load(a->file, &overrides, &error);

	if (c == NULL)
		(void)fwrite(error.text.p, 1, error.text.n, stderr);
	buf_fini(&error.text);
	return c;
}

static void
set_log_level(const char *name)
{
	static const struct {
		const char *name;
		enum log_level level;
	} levels[] = {
		{ "error", LOG_ERROR },
		{ "warning", LOG_WARNING },
		{ "info", LOG_INFO },
		{ "debug", LOG_DEBUG },
	};

	for (size_t i = 0; i < NITEMS(levels); i++) {
		if (strcmp(name, levels[i].name) == 0)
			log_set_level(levels[i].level);
	}
}

/* Too few descriptors are no reason not to start: idle connections give way. */
static void
allow_connections(const struct config *c)
{
	uint64_t wanted = c->connections_max + OTHER_DESCRIPTORS, allowed = process_allow_descriptors(wanted);

	if (allowed < wanted)
		log_warnx("connections_max %" PRIu64 " needs %" PRIu64 " descriptors, and only %" PRIu64
			  " are allowed (LimitNOFILE=, ulimit -n)",
		    c->connections_max, wanted, allowed);
}

static struct server_settings
settings_of(const struct config *c)
{
	return (struct server_settings){
		.rules = {
		    .url_max = c->url_max,
		    .header_max = c->header_max,
		    .body_max = c->body_max,
		    .client_header = str_of(c->client_address_header),
		},
		.request_timeout = c->request_timeout,
		.idle_timeout = c->idle_timeout,
		.connections_max = c->connections_max,
		.connections_per_client = c->connections_per_client,
	};
}

static struct server *
listen_on(struct daemon *d, const struct config_list *addresses, const struct systemd_sockets *sockets,
    server_handler *handler)
{
	return server_new(d->base, &(struct server_options){
				       .listen = addresses,
				       .unix_mode = (mode_t)strtoul(d->config->listen_mode, NULL, 8),
				       .sockets = sockets->fds,
				       .nsockets = sockets->n,
				       .settings = settings_of(d->config),
				       .handler = handler,
				       .refuse = api_refuse,
				       .exempt = api_exempt,
				       .arg = d->api,
				   });
}

/* Redis was reached, or was not: either way hits may come now. */
static void
on_store_settled(void *arg)
{
	struct daemon *d = arg;
	const char *address;

	if (d->draining)
		return;
	d->public = listen_on(d, &d->config->listen, &d->public_sockets, api_public);
	d->admin = listen_on(d, &d->config->admin_listen, &d->admin_sockets, api_admin);
	if (d->public == NULL || d->admin == NULL) {
		d->status = 1;
		(void)event_base_loopbreak(d->base);
		return;
	}
	api_watch(d->api, d->public, d->admin);
	for (size_t i = 0; (address = server_address(d->public, i)) != NULL; i++)
		(void)fprintf(stderr, "listening on %s%s\n", address, d->config->base_path);
	for (size_t i = 0; (address = server_address(d->admin, i)) != NULL; i++)
		(void)fprintf(stderr, "admin on %s\n", address);
	systemd_ready();
}

/* ---- another configuration ---------------------------------------------- */

/* What may not change while running keeps its value and is said. */
static void
keep_fixed(const struct config *running, struct config *next)
{
	struct buf names = { 0 };

	config_fixed_differences(running, next, &names);
	if (names.n > 0)
		log_warnx("reload: restart to change %.*s", (int)names.n, names.p);
	buf_fini(&names);
	config_keep_fixed(next, running);
}

/* next is the daemon's from now on. */
static void
change_config(struct daemon *d, struct config *next)
{
	struct server_settings settings;
	struct sites *sites;

	keep_fixed(d->config, next);
	settings = settings_of(next);
	allow_connections(next);
	sites = sites_new(next, d->sites);
	store_reload(d->store, next, sites);
	api_reload(d->api, next, sites);
	geo_file_set_path(d->geo, next->geo_db);
	if (d->public != NULL)
		server_reload(d->public, &settings);
	if (d->admin != NULL)
		server_reload(d->admin, &settings);
	set_log_level(next->log_level);
	sites_free(d->sites);
	config_free(d->config);
	d->sites = sites;
	d->config = next;
	log_info("reload: done, %zu sites", next->nsites);
}

static void
on_hangup(evutil_socket_t number, short what, void *arg)
{
	struct daemon *d = arg;
	struct config *next;
	bool taking_requests = d->public != NULL && !d->draining;

	(void)number;
	(void)what;
	if (taking_requests)
		systemd_reloading();
	next = load_config(&d->arguments);
	if (next != NULL)
		change_config(d, next);
	else
		log_warnx("reload: nothing changed, because of what is said above");
	if (taking_requests)
		systemd_ready();
}

/* ---- the way out: listeners, then requests, then batches, then the loop -- */

static void
on_store_drained(void *arg)
{
	struct daemon *d = arg;

	(void)event_base_loopbreak(d->base);
}

static void
on_public_drained(void *arg)
{
	struct daemon *d = arg;

	store_drain(d->store, on_store_drained, d);
}

static void
on_give_up(evutil_socket_t fd, short what, void *arg)
{
	struct daemon *d = arg;

	(void)fd;
	(void)what;
	log_warnx("stopping: not everything was finished within %d s", DRAIN_S);
	d->status = 1;
	(void)event_base_loopbreak(d->base);
}

static void
on_signal(evutil_socket_t number, short what, void *arg)
{
	struct daemon *d = arg;
	struct timeval patience = { DRAIN_S, 0 };

	(void)what;
	if (d->draining) {
		log_warnx("stopping at once: signal %d again", (int)number);
		d->status = 1;
		(void)event_base_loopbreak(d->base);
		return;
	}
	d->draining = true;
	log_info("stopping: signal %d", (int)number);
	systemd_stopping();
	if (evtimer_add(d->give_up, &patience) != 0)
		fatalx("no timer");
	if (d->public != NULL)
		server_drain(d->public, on_public_drained, d);
	else
		on_public_drained(d);
}

/* A loop that turns is a daemon that lives. */
static void
on_watchdog(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	systemd_alive();
}

static void
start_watchdog(struct daemon *d)
{
	uint64_t us = systemd_watchdog_us() / 2;
	struct timeval interval = { (time_t)(us / 1000000), (suseconds_t)(us % 1000000) };

	if (us == 0)
		return;
	d->watchdog = event_new(d->base, -1, EV_PERSIST, on_watchdog, d);
	if (d->watchdog == NULL || event_add(d->watchdog, &interval) != 0)
		fatalx("no timer");
}

static void
on_geo_tick(evutil_socket_t fd, short what, void *arg)
{
	struct daemon *d = arg;

	(void)fd;
	(void)what;
	geo_file_tick(d->geo);
}

static void
start_geo(struct daemon *d)
{
	struct timeval interval = { GEO_S, 0 };

	d->geo = geo_file_new(d->config->geo_db);
	d->geo_tick = event_new(d->base, -1, EV_PERSIST, on_geo_tick, d);
	if (d->geo_tick == NULL || event_add(d->geo_tick, &interval) != 0)
		fatalx("no timer");
}

/* Timers as the clock has them: else they are late, or early, by a tick of the kernel, 4 ms. */
static struct event_base *
loop_new(void)
{
	struct event_config *config = event_config_new();
	struct event_base *base = NULL;

	if (config != NULL && event_config_set_flag(config, EVENT_BASE_FLAG_PRECISE_TIMER) == 0)
		base = event_base_new_with_config(config);
	if (base == NULL)
		fatalx("no event loop");
	event_config_free(config);
	return base;
}

/* -1: not without a word of it in the log. */
static int
start(struct daemon *d)
{
	if (signal(SIGPIPE, SIG_IGN) == SIG_ERR)
		fatal("signal");
	d->base = loop_new();
	d->terminate = evsignal_new(d->base, SIGTERM, on_signal, d);
	d->interrupt = evsignal_new(d->base, SIGINT, on_signal, d);
	d->hangup = evsignal_new(d->base, SIGHUP, on_hangup, d);
	d->give_up = evtimer_new(d->base, on_give_up, d);
	if (d->terminate == NULL || d->interrupt == NULL || d->hangup == NULL || d->give_up == NULL ||
	    event_add(d->terminate, NULL) != 0 || event_add(d->interrupt, NULL) != 0 || event_add(d->hangup, NULL) != 0)
		fatalx("no signal handlers");
	start_watchdog(d);
	d->sites = sites_new(d->config, NULL);
	d->store =
	    store_new(d->base, &(struct store_options){
				   .config = d->config, .sites = d->sites, .on_settled = on_store_settled, .arg = d });
	if (d->store == NULL)
		return -1;
	start_geo(d);
	d->api = api_new(d->config, d->sites, d->store);
	api_set_geo(d->api, d->geo);
	return 0;
}

static void
stop(struct daemon *d)
{
	store_free(d->store); /* answers who still waits, so before the servers */
	server_free(d->public);
	server_free(d->admin);
	api_free(d->api);
	geo_file_free(d->geo);
	sites_free(d->sites);
	event_free(d->terminate);
	event_free(d->interrupt);
	event_free(d->hangup);
	event_free(d->give_up);
	if (d->geo_tick != NULL)
		event_free(d->geo_tick);
	if (d->watchdog != NULL)
		event_free(d->watchdog);
	event_base_free(d->base);
	config_free(d->config);
	free(d->arguments.sets);
	libevent_global_shutdown();
}

/* A database that is not there is no error, one that is and is not to be used
 * is: scripts/geo-update goes by it. */
static int
check_geo(const struct config *c)
{
	struct buf why = { 0 };
	struct geo *geo = NULL;
	int status = 0;

	if (access(c->geo_db, F_OK) == 0 && (geo = geo_load(c->geo_db, &why)) == NULL) {
		(void)fprintf(stderr, "geo_db %s: %.*s\n", c->geo_db, (int)why.n, why.p);
		status = EXIT_USAGE;
	}
	geo_free(geo);
	buf_fini(&why);
	return status;
}

/* --print-config and --check-config; the status to exit with. */
static int
show_config(const struct daemon *d)
{
	const char *file = d->arguments.file != NULL ? d->arguments.file : "defaults";

	if (d->arguments.print)
		config_print(d->config, stdout);
	if (!d->arguments.check)
		return 0;
	if (check_geo(d->config) != 0)
		return EXIT_USAGE;
	(void)fprintf(stderr, "%s: %zu sites, no error\n", file, d->config->nsites);
	return 0;
}

/* Until somebody breaks it off. */
static void
run(struct daemon *d)
{
	while (!event_base_got_break(d->base)) {
		int64_t rest_us = store_rest_us(d->store);

		if (rest_us > 0)
			(void)usleep((useconds_t)rest_us);
		if (event_base_loop(d->base, EVLOOP_ONCE) == -1)
			fatalx("the event loop failed");
	}
}

int
main(int argc, char **argv)
{
	struct daemon d = { 0 };

	parse_arguments(argc, argv, &d.arguments);
	d.config = load_config(&d.arguments);
	if (d.config == NULL) {
		free(d.arguments.sets);
		return EXIT_USAGE;
	}
	if (d.arguments.print || d.arguments.check) {
		d.status = show_config(&d);
		config_free(d.config);
		free(d.arguments.sets);
		return d.status;
	}
	set_log_level(d.config->log_level);
	if (systemd_sockets(&d.public_sockets, &d.admin_sockets) != 0) {
		config_free(d.config);
		free(d.arguments.sets);
		return 1;
	}
	allow_connections(d.config);
	if (start(&d) != 0) {
		log_warnx("not started: spool_dir %s cannot be used; make it writable, choose another, or leave "
			  "it empty and have hits refused while Redis is away",
		    d.config->spool_dir);
		d.status = 1;
	} else {
		run(&d);
	}
	stop(&d);
	return d.status;
}
