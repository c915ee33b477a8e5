/* config_table.c - the option table.  An option is a row here and a field in
 * config.h; parsing, defaults, bounds, printing, reload and help follow. */
#include "base/config_table.h"

#include "base/config.h"
#include "base/mem.h"

/* An option is called as its field is. */
#define DAEMON(field) .name = #field, .scope = SCOPE_DAEMON, .at = offsetof(struct config, field)
#define SITE(field) .name = #field, .scope = SCOPE_SITE, .at = offsetof(struct config_site, field)

static const char *const log_levels[] = { "error", "warning", "info", "debug", NULL };
static const char *const switches[] = { [SWITCH_NO] = "no", [SWITCH_YES] = "yes", NULL };
static const char *const figures[] = { [FIGURE_HITS] = "hits", [FIGURE_VISITS] = "visits", NULL };
static const char *const identities[] = { [IDENTITY_TOKEN] = "token", [IDENTITY_ADDRESS] = "address", NULL };
static const char *const bot_rules[] = { [BOTS_REFUSE] = "refuse", [BOTS_COUNT] = "count", NULL };
static const char *const week_starts[] = { [WEEK_MONDAY] = "monday", [WEEK_SUNDAY] = "sunday", NULL };

enum { KIB = 1024, MIB = 1024 * KIB, LIST_MAX = 1000 };

/* clang-format off */
static const struct option options[] = {
	{ DAEMON(listen), OPTION_LIST, "127.0.0.1:8080", 1, 16, NULL, config_listen, FIXED,
	  "Where visitors' requests are taken; port 0 is any free one." },
	{ DAEMON(admin_listen), OPTION_LIST, "127.0.0.1:9180", 1, 16, NULL, config_listen, FIXED,
	  "Where metrics and health are served; keep it from the public." },
	{ DAEMON(listen_mode), OPTION_TEXT, "0666", 1, 0, NULL, config_mode, FIXED,
	  "The mode of the unix sockets among them, in octal: who may write may connect." },
	{ DAEMON(base_path), OPTION_TEXT, "/tk", 1, 0, NULL, config_base_path, FIXED,
	  "The path below which visitors' requests are answered." },
	{ DAEMON(redis), OPTION_TEXT, "unix:/run/thongke/redis.sock", 1, 0, NULL, config_redis, FIXED,
	  "The store: unix:/path or redis://host:port/database." },
	{ DAEMON(client_address_header), OPTION_TEXT, "X-Forwarded-For", 1, 0, NULL, config_header_name, RELOADABLE,
	  "The header in which trusted proxies name the client." },
	{ DAEMON(trusted_proxies), OPTION_LIST, "127.0.0.1/32 ::1/128", 0, LIST_MAX, NULL, config_network, RELOADABLE,
	  "Networks of the proxies whose client_address_header is believed." },
	{ DAEMON(debug_networks), OPTION_LIST, "", 0, LIST_MAX, NULL, config_network, RELOADABLE,
	  "Networks whose clients are told in a header whether and why a hit was counted, and for whom they were taken." },
	{ DAEMON(bot_networks), OPTION_LIST, "", 0, LIST_MAX, NULL, config_network, RELOADABLE,
	  "Networks from which only robots come: their hits are not counted." },
	{ DAEMON(geo_db), OPTION_TEXT, "/var/lib/thongke/country.mmdb", 0, 0, NULL, NULL, RELOADABLE,
	  "The country database, MaxMind's format; read again when it is replaced. Empty: countries are not told." },
	{ DAEMON(visitors_per_address), OPTION_COUNT, "500", 1, 1000000, NULL, NULL, RELOADABLE,
	  "Tokens of one IPv4 address or IPv6 /64 within online_window; those beyond count as one visitor." },
	{ DAEMON(client_rate), OPTION_COUNT, "50", 0, 1000000, NULL, NULL, RELOADABLE,
	  "Hits a second of one IPv4 address or IPv6 /64, in the long run; those beyond are not counted. 0: any number." },
	{ DAEMON(client_burst), OPTION_COUNT, "2000", 1, 1000000, NULL, NULL, RELOADABLE,
	  "Hits that such a client may send at once." },
	{ DAEMON(online_window), OPTION_SECONDS, "300s", 30, 3600, NULL, NULL, RELOADABLE,
	  "How long after the last sign of life a visitor is online." },
	{ DAEMON(dedupe_window), OPTION_SECONDS, "900s", 60, 86400, NULL, NULL, FIXED,
	  "How long the id of a hit is remembered, so that a retry is not counted again." },
	{ DAEMON(commit_timeout), OPTION_MS, "2000ms", 100, 60000, NULL, NULL, RELOADABLE,
	  "How long a hit waits for the store before it is answered 503." },
	{ DAEMON(retention), OPTION_SECONDS, "60s", 0, 3600, NULL, NULL, RELOADABLE,
	  "How long acknowledged batches are kept, to be sent again should Redis lose them." },
	{ DAEMON(retention_max), OPTION_SIZE, "64m", 0, (uint64_t)4096 * MIB, NULL, NULL, RELOADABLE,
	  "Bytes of memory for them, at most." },
	{ DAEMON(mirror_max), OPTION_SIZE, "128m", 65536, (uint64_t)4096 * MIB, NULL, NULL, RELOADABLE,
	  "Bytes of memory for what is known of Redis's data and need not be asked; with more of it, it is asked again." },
	{ DAEMON(spool_dir), OPTION_TEXT, "/var/lib/thongke/spool", 0, 0, NULL, NULL, FIXED,
	  "Where hits lie while Redis can not take them; empty: nowhere, they are answered 503." },
	{ DAEMON(spool_max), OPTION_SIZE, "256m", MIB, (uint64_t)1024 * 1024 * MIB, NULL, NULL, FIXED,
	  "Bytes on disk for them, at most." },
	{ DAEMON(redis_timeout), OPTION_MS, "40ms", 1, 60000, NULL, NULL, RELOADABLE,
	  "How long a hit waits for Redis before it is kept in spool_dir." },
	{ DAEMON(redis_dead), OPTION_MS, "5000ms", 100, 600000, NULL, NULL, FIXED,
	  "After how long without any answer the link to Redis is given up and made anew." },
	{ DAEMON(pending_max), OPTION_COUNT, "100000", 1, 10000000, NULL, NULL, RELOADABLE,
	  "Hits that may wait at once; more are answered 503 at once." },
	{ DAEMON(request_timeout), OPTION_MS, "10000ms", 100, 600000, NULL, NULL, RELOADABLE,
	  "How long a request may take from its first byte to its last." },
	{ DAEMON(idle_timeout), OPTION_MS, "75000ms", 100, 3600000, NULL, NULL, RELOADABLE,
	  "How long a connection is kept without a request." },
	{ DAEMON(header_max), OPTION_SIZE, "16384", KIB, MIB, NULL, NULL, RELOADABLE,
	  "Bytes of a request's head." },
	{ DAEMON(body_max), OPTION_SIZE, "8192", KIB, MIB, NULL, NULL, RELOADABLE,
	  "Bytes of a request's body." },
	{ DAEMON(url_max), OPTION_SIZE, "8192", 256, MIB, NULL, NULL, RELOADABLE,
	  "Bytes of a request's address." },
	{ DAEMON(connections_max), OPTION_COUNT, "10000", 1, 1000000, NULL, NULL, RELOADABLE,
	  "Connections open at once; for one more, that which has been idle longest is closed." },
	{ DAEMON(connections_per_client), OPTION_COUNT, "256", 0, 1000000, NULL, NULL, RELOADABLE,
	  "Connections of one IPv4 address or IPv6 /64; of trusted_proxies, or with 0, any number." },
	{ DAEMON(metrics_sites), OPTION_COUNT, "1000", 0, 100000, NULL, NULL, RELOADABLE,
	  "Sites that have series of their own in /metrics; the sites after them, by name, have none." },
	{ DAEMON(details_kept), OPTION_COUNT, "400", 2, 4000, NULL, NULL, RELOADABLE,
	  "Days for which it is kept which pages, countries, browsers … a day had; its counts are kept for good." },
	{ DAEMON(rewrite_log), OPTION_ENUM, "yes", 0, 0, switches, NULL, RELOADABLE,
	  "Whether Redis is made to rewrite its append-only file each night, so that what has expired leaves the disk." },
	{ DAEMON(test_clock), OPTION_ENUM, "no", 0, 0, switches, NULL, FIXED,
	  "For tests: whether POST /clock on the admin listener sets the time." },
	{ DAEMON(log_level), OPTION_TEXT, "info", 1, 0, log_levels, NULL, RELOADABLE,
	  "The least important messages that are written." },

	{ SITE(hosts), OPTION_LIST, NULL, 1, LIST_MAX, NULL, config_host, RELOADABLE,
	  "Hosts whose pages may count here, with and without www.; *.example.vn is any name below it." },
	{ SITE(timezone), OPTION_TEXT, "Asia/Ho_Chi_Minh", 1, 0, NULL, config_zone, RELOADABLE,
	  "The time zone in which a day begins." },
	{ SITE(figure), OPTION_ENUM, "hits", 0, 0, figures, NULL, RELOADABLE,
	  "What the box shows: views of pages, or visits, which end with 30 minutes of absence." },
	{ SITE(identity), OPTION_ENUM, "token", 0, 0, identities, NULL, RELOADABLE,
	  "What tells visitors apart: the token that the page's script keeps, or the address and browser alone." },
	{ SITE(bots), OPTION_ENUM, "refuse", 0, 0, bot_rules, NULL, RELOADABLE,
	  "Whether the views of robots are left out." },
	{ SITE(exclude_networks), OPTION_LIST, "", 0, LIST_MAX, NULL, config_network, RELOADABLE,
	  "Networks whose views are not counted: own staff, monitors." },
	{ SITE(require_origin), OPTION_ENUM, "no", 0, 0, switches, NULL, RELOADABLE,
	  "Whether a hit must say by Origin or Referer on which of the hosts its page is." },
	{ SITE(repeat_window), OPTION_SECONDS, "0s", 0, 86400, NULL, NULL, RELOADABLE,
	  "How long a visitor's view of the same page again is not counted; 0: each is." },
	{ SITE(site_rate), OPTION_COUNT, "0", 0, 1000000, NULL, NULL, RELOADABLE,
	  "Hits a second of all its visitors together, in the long run; those beyond are not counted. 0: any number." },
	{ SITE(pages_max), OPTION_COUNT, "50000", 1, 10000000, NULL, NULL, RELOADABLE,
	  "Pages that are counted each by itself; those beyond are counted together, as «(other)»." },
	{ SITE(referrers_max), OPTION_COUNT, "1000", 1, 100000, NULL, NULL, RELOADABLE,
	  "Hosts from which visitors come that a day tells apart; those beyond are «(other)»." },
	{ SITE(week_start), OPTION_ENUM, "monday", 0, 0, week_starts, NULL, RELOADABLE,
	  "The day on which a week begins." },
	{ SITE(page_query), OPTION_LIST, "", 0, LIST_MAX, NULL, config_parameter, RELOADABLE,
	  "Query parameters that tell one page from another; all others are left out of its name." },
};
/* clang-format on */

_Static_assert(NITEMS(options) <= OPTIONS_MAX, "raise OPTIONS_MAX");

enum { SLIPS_MAX = 2 };

const struct option *
option_at(size_t i)
{
	return i < NITEMS(options) ? &options[i] : NULL;
}

size_t
option_index(const struct option *o)
{
	return (size_t)(o - options);
}

const struct option *
option_find(enum option_scope scope, struct str name)
{
	for (size_t i = 0; i < NITEMS(options); i++)
		if (options[i].scope == scope && str_eq(str_of(options[i].name), name))
			return &options[i];
	return NULL;
}

const struct option *
option_nearest(enum option_scope scope, struct str name)
{
	const struct option *nearest = NULL;
	size_t least = SLIPS_MAX + 1;

	for (size_t i = 0; i < NITEMS(options); i++) {
		size_t d = options[i].scope == scope ? str_distance(str_of(options[i].name), name) : SIZE_MAX;
		if (d < least) {
			least = d;
			nearest = &options[i];
		}
	}
	return nearest;
}
