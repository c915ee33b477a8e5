/* config.h - the options of the daemon and of its sites: one table gives
 * each its name, type, default, bounds, help and whether a reload may change
 * it, and drives parsing, validation, --print-config and the documentation
 * check.  Precedence: default < file < environment THONGKE_OPTION < --set. */
#ifndef BASE_CONFIG_H
#define BASE_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/str.h"

/* Which figure of a period the box shows. */
enum config_figure { FIGURE_HITS, FIGURE_VISITS, CONFIG_FIGURES };
enum config_identity { IDENTITY_TOKEN, IDENTITY_ADDRESS };
enum config_bots { BOTS_REFUSE, BOTS_COUNT };
enum config_switch { SWITCH_NO, SWITCH_YES };
enum config_week_start { WEEK_MONDAY, WEEK_SUNDAY };

/* Words of an option that takes several, blank- or comma-separated. */
struct config_list {
	char **items; /* owned, as is each item */
	size_t n;
};

/* libinih keeps 49 bytes of a section's title "site NAME". */
enum { SITE_NAME_MAX = 44 };

struct config_site {
	char *name; /* from the section's title: [a-z0-9._-], 1 to SITE_NAME_MAX bytes */
	const char *file; /* where it was declared, borrowed from config.path */
	unsigned line;
	struct config_list hosts; /* as browsers send them; "*.x.vn" is any name below x.vn; no two sites share one */
	char *timezone; /* one that zone_open() takes */
	enum config_figure figure;
	enum config_week_start week_start;
	struct config_list page_query;
	enum config_identity identity;
	enum config_bots bots;
	struct config_list exclude_networks; /* CIDR blocks */
	enum config_switch require_origin;
	uint64_t repeat_window; /* seconds; 0: off */
	uint64_t site_rate; /* hits a second; 0: no limit */
	uint64_t pages_max, referrers_max;
};

struct config {
	char *path; /* of the file read, or NULL */
	struct config_list listen; /* host:port, [v6]:port or unix:/path */
	struct config_list admin_listen;
	char *listen_mode; /* of unix sockets, in octal */
	char *base_path; /* "/tk": begins with a slash, does not end with one */
	char *redis; /* unix:/path or redis://host:port/db */
	char *client_address_header;
	struct config_list trusted_proxies; /* CIDR blocks, as are the next two */
	struct config_list debug_networks, bot_networks;
	char *geo_db; /* or empty */
	uint64_t visitors_per_address;
	uint64_t client_rate; /* hits a second; 0: no limit */
	uint64_t client_burst; /* hits */
	uint64_t details_kept; /* days */
	enum config_switch rewrite_log;
	uint64_t online_window; /* seconds */
	uint64_t dedupe_window; /* seconds */
	uint64_t commit_timeout; /* ms a hit waits for Redis before its 503 */
	uint64_t retention; /* seconds */
	uint64_t retention_max; /* bytes */
	uint64_t mirror_max; /* bytes */
	char *spool_dir; /* or empty: no spool */
	uint64_t spool_max; /* bytes */
	uint64_t redis_timeout; /* ms a hit waits for Redis before it goes to the spool */
	uint64_t redis_dead; /* ms without an answer after which the link is given up */
	enum config_switch test_clock;
	uint64_t metrics_sites;
	uint64_t pending_max; /* hits waiting at once before a 503 at once */
	uint64_t request_timeout; /* ms from a request's first byte to its last */
	uint64_t idle_timeout; /* ms of a kept-alive connection without a request */
	uint64_t header_max, body_max, url_max; /* bytes */
	uint64_t connections_max; /* at once, of each listener */
	uint64_t connections_per_client; /* at once; 0: no cap */
	char *log_level; /* error, warning, info or debug */
	struct config_site *sites; /* sorted by name, as strcmp() has it */
	size_t nsites;
};

/* Problems in words that name source, option and what is allowed:
 * "thongke.ini:12: [site myloc] timezone: «Asia/Hanoi» is no time zone; …".
 * Owned by the caller; start from { 0 } and end with buf_fini(). */
struct config_error {
	struct buf text; /* a line for each of the first 20, and one that counts the rest */
	unsigned count; /* all of them */
};

/* What --set gave: "option=value" for [daemon], "site.option=value" for a
 * site that the file declares.  Of two for one option the last counts. */
struct config_overrides {
	char *const *items;
	size_t n;
};

/* Read path (NULL: defaults only), then the environment, then overrides.
 * Returns a config that config_free() takes, or NULL with *ret_error filled.
 * Environment: THONGKE_LISTEN is [daemon] listen, and so on; THONGKE_CONFIG,
 * which names the file to the command line, is passed over. */
struct config *config_load(const char *path, const struct config_overrides *overrides, struct config_error *ret_error)
    __attribute__((warn_unused_result));
void config_free(struct config *c); /* NULL is allowed */

/* The effective values as a file that config_load() reads back alike, each
 * option with its help as a comment. */
void config_print(const struct config *c, FILE *out);

/* Every option for which running and next differ though a reload may not
 * change it, as "option, site.option"; empty when there is none.  A site
 * that only one of them has does not count. */
void config_fixed_differences(const struct config *running, const struct config *next, struct buf *ret_names);

/* Give next the running values of the options of [daemon] that a reload may
 * not change. */
void config_keep_fixed(struct config *next, const struct config *running);

/* An option in words, for --help and the check of the documentation. */
struct config_option_text {
	const char *section; /* "daemon" or "site" */
	const char *name;
	const char *fallback; /* as it would be written; NULL: it must be given */
	const char *allowed; /* "30s to 3600s", "hits, visits", "at least 1 word" … */
	const char *help;
	bool reloadable;
};

/* Calls each(arg, option), those of [daemon] first; what option points to
 * ends with the call. */
void config_each_option(void (*each)(void *arg, const struct config_option_text *option), void *arg);

#endif
