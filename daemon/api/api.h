/* api.h - the endpoints: which request does what. */
#ifndef API_API_H
#define API_API_H

#include <stdint.h>

#include "base/config.h"
#include "http/server.h"

struct geo_file;
struct networks;
struct server;
struct sites;
struct store;

struct api;

struct api *api_new(const struct config *c, struct sites *sites, struct store *store);
void api_free(struct api *a);

/* Whose connections /metrics tells of. */
void api_watch(struct api *a, struct server *public, struct server *admin);

/* By which countries are told; borrowed for as long as a lives. */
void api_set_geo(struct api *a, const struct geo_file *geo);

/* Other ones from now on; requests on their way finish with them. */
void api_reload(struct api *a, const struct config *c, struct sites *sites);

/* Handlers for http/server.h; their arg is the api. */
server_handler api_public, api_admin;
server_refuse api_refuse;
server_exempt api_exempt; /* the trusted proxies */

#endif
