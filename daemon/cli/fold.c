/* fold.c - the days that have tallies are found first: mostly there is none, or today alone. */
#include "cli/fold.h"

#include <hiredis/hiredis.h>

#include "base/assets.h"
#include "cli/cli.h"
#include "store/folding.h"
#include "store/keys.h"
#include "store/link.h"
#include "store/resp.h"

/* 1: some are left, 0: none is, -1 after saying why not. */
static int
fold_some(struct cli *cli, struct str site, int32_t day)
{
	struct buf command = { 0 };
	redisReply *reply = NULL;
	struct folded folded;
	int result = -1;

	folding_command(&command, site, day, &(struct fold_script){ STR("EVAL"), ASSET(fold) }, NULL);
	if (cli_ask(cli, buf_view(&command)) == 0)
		reply = cli_hear(cli);
	buf_fini(&command);
	if (reply != NULL && folding_parse(reply, &folded) == 0) {
		result = folded.left > 0;
	} else if (reply != NULL && reply->type == REDIS_REPLY_ERROR && link_error_passes(reply->str)) {
		cli_say(cli, T_NOT_FOLDED, site.p, reply->str, NULL);
		result = 0;
	} else if (reply != NULL) {
		cli_say(cli, T_SITE_UNREAD, site.p,
		    reply->type == REDIS_REPLY_ERROR ? reply->str : text_of(cli->language, T_DAMAGED), NULL);
	}
	freeReplyObject(reply);
	return result;
}

static int
ask_which(struct cli *cli, struct str site, int32_t from, int32_t to)
{
	struct buf commands = { 0 };
	int failed;

	for (int32_t day = from; day <= to; day++) {
		resp_array(&commands, 2);
		resp_bulk(&commands, STR("EXISTS"));
		key_tallies(&commands, site, day);
	}
	failed = cli_ask(cli, buf_view(&commands));
	buf_fini(&commands);
	return failed;
}

int
cli_fold(struct cli *cli, struct str site, int32_t from, int32_t to)
{
	struct buf days = { 0 };
	int result = ask_which(cli, site, from, to);

	for (int32_t day = from; day <= to && result == 0; day++) {
		redisReply *reply = cli_hear(cli);

		if (reply == NULL)
			result = -1;
		else if (reply->type == REDIS_REPLY_INTEGER && reply->integer > 0)
			buf_add(&days, &day, sizeof(day));
		freeReplyObject(reply);
	}
	for (const char *p = days.p; result == 0 && p < days.p + days.n; p += sizeof(int32_t)) {
		do {
			result = fold_some(cli, site, *(const int32_t *)p);
		} while (result > 0);
	}
	buf_fini(&days);
	return result;
}
