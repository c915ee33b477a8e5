/* config_check.h - whether a word is what an option means: an address to
 * listen on, a network, a host, a time zone.  Pure but for config_zone,
 * which asks the tz database. */
#ifndef BASE_CONFIG_CHECK_H
#define BASE_CONFIG_CHECK_H

#include "base/str.h"

/* 0, or -1 with what is wrong with «word», and what is right, appended to
 * why: "is no network; write …".  May write the word in place as it is to be
 * compared; there are CONFIG_WORD_ROOM bytes at word, its NUL among them. */
enum { CONFIG_WORD_ROOM = 181 }; /* with its indent it fits a line of the file */
typedef int config_check(char *word, struct buf *why);

config_check config_listen; /* host:port, [v6]:port or unix:/path */
config_check config_mode; /* octal, at most 0777 */
config_check config_base_path;
config_check config_redis;
config_check config_header_name;
config_check config_network;
config_check config_host; /* as browsers send it: lower case, punycode, IPv6 shortened */
config_check config_zone;
config_check config_parameter;

/* The name of a site: [a-z0-9._-].  Writes nothing, and so needs no room. */
config_check config_site_name;

/* Append «text», cut where it is long, and with a ? for whatever might
 * disturb a terminal or a log. */
void config_quote(struct str text, struct buf *out);

#endif
