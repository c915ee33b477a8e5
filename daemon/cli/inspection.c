/* inspection.c - each site by verify.lua. */
#include "cli/inspection.h"

#include <hiredis/hiredis.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "cli/cli.h"
#include "cli/findings.h"
#include "count/site.h"
#include "store/resp.h"

void
inspection_fini(struct inspection *in)
{
	for (size_t i = 0; i < in->n; i++)
		buf_fini(&in->sites[i].what);
	free(in->sites);
}

int
inspection_choose(struct inspection *in)
{
	struct cli *cli = in->cli;
	size_t named = (size_t)cli->argc - 1, all = sites_count(cli->sites);

	in->n = named > 0 ? named : all;
	in->sites = xcalloc(in->n, sizeof(*in->sites));
	for (size_t i = 0; i < in->n; i++) {
		in->sites[i].site = named > 0 ? cli_site(cli, cli->argv[i + 1]) : sites_at(cli->sites, i);
		if (in->sites[i].site == NULL)
			return -1;
	}
	if (all == 0)
		cli_say(cli, T_NO_SITES, cli->file, NULL);
	return 0;
}

static void
take_audit(struct inspected *site, const redisReply *reply)
{
	buf_clear(&site->what);
	site->read = audit_parse(reply, &site->audit) == 0;
	if (site->read)
		buf_str(&site->what, site->audit.where);
	else if (reply->type == REDIS_REPLY_ERROR)
		buf_add(&site->what, reply->str, reply->len);
	else
		buf_puts(&site->what, "verify.lua");
	buf_putc(&site->what, '\0');
}

/* One at a time, so that Redis does other things between two sites. */
static int
inspect(struct inspection *in, struct inspected *site)
{
	struct buf command = { 0 };
	redisReply *reply;

	audit_command(&command, site->site->name);
	reply = cli_ask(in->cli, buf_view(&command)) == 0 ? cli_hear(in->cli) : NULL;
	buf_fini(&command);
	if (reply == NULL)
		return -1;
	take_audit(site, reply);
	freeReplyObject(reply);
	return 0;
}

int
inspection_run(struct inspection *in)
{
	for (size_t i = 0; i < in->n; i++) {
		if (inspect(in, &in->sites[i]) != 0)
			return -1;
	}
	return 0;
}

static void
judge_figure(struct findings *f, const struct inspected *site, enum text message, int64_t all, int64_t sum)
{
	char total[32], other[32];

	if (sum == all)
		return;
	(void)snprintf(total, sizeof(total), "%" PRId64, all);
	(void)snprintf(other, sizeof(other), "%" PRId64, sum);
	findings_add(f, LEVEL_ERROR, site->site->config->name, message, total, other, NULL);
	findings_remedy(f, T_CHANGED_FIX, NULL);
}

static void
judge_site(struct findings *f, const struct inspected *site)
{
	const char *name = site->site->config->name;
	char odd[32];

	if (!site->read) {
		findings_add(f, LEVEL_ERROR, name, T_AS_IS, site->what.p, NULL);
		return;
	}
	judge_figure(f, site, T_DAYS_DIFFER, site->audit.hits, site->audit.days);
	judge_figure(f, site, T_PAGES_DIFFER, site->audit.hits, site->audit.pages);
	judge_figure(f, site, T_VISITS_DIFFER, site->audit.visits, site->audit.visits_of_days);
	if (site->audit.odd > 0) {
		(void)snprintf(odd, sizeof(odd), "%" PRId64, site->audit.odd);
		findings_add(f, LEVEL_ERROR, name, T_ODD_VALUES, odd, site->what.p, NULL);
		findings_remedy(f, T_CHANGED_FIX, NULL);
	}
}

void
inspection_judge(const struct inspection *in, struct findings *f)
{
	for (size_t i = 0; i < in->n; i++)
		judge_site(f, &in->sites[i]);
}
