/* base.c - thongke base: the figure that a site brings along from its old
 * counter. */
#include <hiredis/hiredis.h>
#include <inttypes.h>
#include <stdio.h>

#include "base/assets.h"
#include "cli/cli.h"
#include "cli/table.h"
#include "count/site.h"
#include "store/keys.h"
#include "store/resp.h"

#define OPENING_MAX 999999999999999 /* as apply.lua has it */

static redisReply *
ask(struct cli *cli, const struct site *site, const char *value)
{
	struct buf command = { 0 };
	int failed;

	resp_array(&command, 5);
	resp_bulk(&command, STR("EVAL"));
	resp_bulk(&command, ASSET(opening));
	resp_int(&command, 1);
	key_counts(&command, site->name);
	resp_bulk(&command, str_of(value));
	failed = cli_ask(cli, buf_view(&command));
	buf_fini(&command);
	return failed == 0 ? cli_hear(cli) : NULL;
}

static void
write_answer(struct cli *cli, const struct site *site, uint64_t old, const char *value)
{
	char before[32];

	(void)snprintf(before, sizeof(before), "%" PRIu64, old);
	if (value[0] != '\0') {
		cli_say(cli, T_BASE_SET, site->config->name, value, NULL);
		cli_say(cli, T_BASE_BACK, site->config->name, before, NULL);
	}
	if (cli->format == FORMAT_JSON)
		buf_printf(&cli->out, "{\"site\":\"%s\",\"base\":%s,\"before\":%s}\n", site->config->name,
		    value[0] != '\0' ? value : before, before);
	else
		buf_printf(&cli->out, "%s\n", value[0] != '\0' ? value : before);
}

int
cli_base(struct cli *cli)
{
	const struct site *site;
	const char *value = cli->argc == 3 ? cli->argv[2] : "";
	redisReply *reply;
	uint64_t old, wanted = 0;
	char text[32] = "";
	int status = EXIT_FAILED;

	if (cli->argc < 2 || cli->argc > 3 ||
	    (cli->argc == 3 && str_to_uint(str_of(value), 0, OPENING_MAX, &wanted) != 0)) {
		cli_say(cli, T_BASE_USAGE, NULL);
		return EXIT_USAGE;
	}
	if (cli_load(cli) != 0 || (site = cli_site(cli, cli->argv[1])) == NULL)
		return EXIT_USAGE;
	if (cli_connect(cli) != 0)
		return EXIT_FAILED;
	if (cli->argc == 3)
		(void)snprintf(text, sizeof(text), "%" PRIu64, wanted); /* without zeros in front */
	reply = ask(cli, site, text);
	if (reply != NULL && reply->type == REDIS_REPLY_STRING &&
	    str_to_uint((struct str){ reply->str, reply->len }, 0, OPENING_MAX, &old) == 0) {
		write_answer(cli, site, old, text);
		status = 0;
	} else if (reply != NULL) {
		cli_say(cli, T_SITE_UNREAD, site->config->name,
		    reply->type == REDIS_REPLY_ERROR ? reply->str : text_of(cli->language, T_DAMAGED), NULL);
	}
	freeReplyObject(reply);
	return status;
}
