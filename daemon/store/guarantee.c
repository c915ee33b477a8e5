/* guarantee.c - CONFIG GET first, whose little is kept until INFO, whose much
 * is not, is answered. */
#include "store/guarantee.h"

#include <hiredis/hiredis.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/mem.h"
#include "store/link.h"
#include "store/resp.h"
#include "store/risk.h"

struct guarantee {
	char *address;
	bool asked; /* and not answered */
	struct buf config; /* lines, as INFO's; empty if it was not told */
	bool judged; /* once */
	uint32_t risks;
};

struct guarantee *
guarantee_new(const char *address)
{
	struct guarantee *g = xcalloc(1, sizeof(*g));

	g->address = xstrdup(address);
	return g;
}

void
guarantee_free(struct guarantee *g)
{
	if (g == NULL)
		return;
	buf_fini(&g->config);
	free(g->address);
	free(g);
}

static void
set_risks(struct guarantee *g, uint32_t set)
{
	struct buf text = { 0 };

	if (g->judged && set == g->risks)
		return;
	g->judged = true;
	g->risks = set;
	risks_tell(set, &text);
	if (set == 0)
		log_info("redis %s: %.*s", g->address, (int)text.n, text.p);
	else
		log_warnx("redis %s: %.*s", g->address, (int)text.n, text.p);
	buf_fini(&text);
}

/* name, value, name, value … */
static void
on_config(void *arg, const struct redisReply *reply)
{
	struct guarantee *g = arg;

	buf_clear(&g->config);
	if (reply == NULL || reply->type != REDIS_REPLY_ARRAY)
		return;
	for (size_t i = 0; i + 1 < reply->elements; i += 2) {
		const struct redisReply *name = reply->element[i], *value = reply->element[i + 1];

		if (name->type == REDIS_REPLY_STRING && value->type == REDIS_REPLY_STRING)
			buf_printf(&g->config, "%s:%s\n", name->str, value->str);
	}
}

static void
on_info(void *arg, const struct redisReply *reply)
{
	struct guarantee *g = arg;
	struct str info = { NULL, 0 };

	g->asked = false;
	if (reply == NULL)
		return;
	if (reply->type == REDIS_REPLY_STRING)
		info = (struct str){ reply->str, reply->len };
	set_risks(g, risks_judge(info, buf_view(&g->config)));
}

void
guarantee_ask(struct guarantee *g, struct link *l)
{
	struct buf command = { 0 };

	if (g->asked)
		return;
	g->asked = true;
	/* Both appendfsync and no-appendfsync-on-rewrite; several names are too
	 * much for a Redis before 7.0. */
	resp_array(&command, 3);
	resp_bulk(&command, STR("CONFIG"));
	resp_bulk(&command, STR("GET"));
	resp_bulk(&command, STR("*appendfsync*"));
	link_send(l, buf_view(&command), on_config, g);
	buf_clear(&command);
	resp_array(&command, 1);
	resp_bulk(&command, STR("INFO"));
	link_send(l, buf_view(&command), on_info, g);
	buf_fini(&command);
}

int
guarantee_risks(const struct guarantee *g, uint32_t *ret_risks)
{
	if (!g->judged)
		return -1;
	*ret_risks = g->risks;
	return 0;
}
