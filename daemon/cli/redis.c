/* redis.c - a plain blocking connection: the program works while the daemon
 * is down. */
#include <errno.h>
#include <hiredis/hiredis.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "cli/cli.h"
#include "store/keys.h"
#include "store/redistime.h"
#include "store/resp.h"
#include "store/target.h"

enum { PATIENCE_S = 3 };

static int
connect_to(struct cli *cli, const struct target *target, struct buf *ret_why)
{
	const struct timeval patience = { PATIENCE_S, 0 };
	redisContext *redis = target->path != NULL ? redisConnectUnixWithTimeout(target->path, patience)
						   : redisConnectWithTimeout(target->host, target->port, patience);

	if (redis != NULL && redis->err == 0 && redisSetTimeout(redis, patience) == REDIS_OK) {
		cli->redis = redis;
		return 0;
	}
	buf_puts(ret_why, redis != NULL ? redis->errstr : "out of memory");
	if (redis != NULL)
		redisFree(redis);
	return -1;
}

int
cli_ask(struct cli *cli, struct str command)
{
	return redisAppendFormattedCommand(cli->redis, command.p, command.n) == REDIS_OK ? 0 : -1;
}

/* What hiredis says of a time-out is of no help. */
static void
tell_time_out(redisContext *redis)
{
	if (redis->err == REDIS_ERR_IO && errno == EAGAIN)
		(void)snprintf(redis->errstr, sizeof(redis->errstr), "no answer within %d s", PATIENCE_S);
}

struct redisReply *
cli_answer(struct cli *cli)
{
	void *reply = NULL;

	if (redisGetReply(cli->redis, &reply) == REDIS_OK)
		return reply;
	tell_time_out(cli->redis);
	return NULL;
}

struct redisReply *
cli_hear(struct cli *cli)
{
	struct redisReply *reply = cli_answer(cli);

	if (reply == NULL)
		cli_say(cli, T_REDIS_LOST, cli->config->redis, cli->redis->errstr, NULL);
	return reply;
}

/* The answer to one command; NULL after telling why there is none or why it
 * is an error. */
static redisReply *
answer_or_why(struct cli *cli, struct buf *ret_why)
{
	redisReply *reply = cli_answer(cli);

	if (reply != NULL && reply->type != REDIS_REPLY_ERROR)
		return reply;
	buf_puts(ret_why, reply != NULL ? reply->str : cli->redis->errstr);
	freeReplyObject(reply);
	return NULL;
}

static int
choose_database(struct cli *cli, int db, struct buf *ret_why)
{
	struct buf command = { 0 };
	redisReply *reply;

	if (db == 0)
		return 0;
	resp_array(&command, 2);
	resp_bulk(&command, STR("SELECT"));
	resp_int(&command, db);
	reply = cli_ask(cli, buf_view(&command)) == 0 ? answer_or_why(cli, ret_why) : NULL;
	buf_fini(&command);
	freeReplyObject(reply);
	return reply != NULL ? 0 : -1;
}

/* GET tk:schema, TIME */
static int
ask_greeting(struct cli *cli)
{
	struct buf command = { 0 };
	int failed;

	resp_array(&command, 2);
	resp_bulk(&command, STR("GET"));
	key_schema(&command);
	resp_array(&command, 1);
	resp_bulk(&command, STR("TIME"));
	failed = cli_ask(cli, buf_view(&command));
	buf_fini(&command);
	return failed;
}

/* Whoever is not told the TIME goes by this machine's clock. */
static int
greet(struct cli *cli, struct contact *ret_contact, struct buf *ret_why)
{
	int64_t asked_us = clock_mono_us(), offset;
	redisReply *schema = ask_greeting(cli) == 0 ? answer_or_why(cli, ret_why) : NULL, *now;

	if (schema == NULL)
		return -1;
	ret_contact->trip_us = clock_mono_us() - asked_us;
	if (schema->type == REDIS_REPLY_STRING)
		(void)snprintf(ret_contact->layout, sizeof(ret_contact->layout), "%s", schema->str);
	freeReplyObject(schema);
	now = cli_answer(cli);
	if (now == NULL) {
		buf_puts(ret_why, cli->redis->errstr);
		return -1;
	}
	ret_contact->timed = redistime_offset(now, ret_contact->trip_us, clock_wall_ms(), &offset) == 0;
	if (ret_contact->timed)
		clock_set_offset(offset);
	freeReplyObject(now);
	return 0;
}

int
cli_reach(struct cli *cli, struct contact *ret_contact, struct buf *ret_why)
{
	struct target target;
	int failed;

	*ret_contact = (struct contact){ 0 };
	if (target_parse(cli->config->redis, &target) != 0) {
		buf_puts(ret_why, "no address");
		return -1;
	}
	failed = connect_to(cli, &target, ret_why);
	if (failed == 0)
		failed = choose_database(cli, target.db, ret_why);
	if (failed == 0)
		failed = greet(cli, ret_contact, ret_why);
	target_fini(&target);
	return failed;
}

int
cli_connect(struct cli *cli)
{
	struct contact contact;
	struct buf why = { 0 };
	int failed = cli_reach(cli, &contact, &why);

	buf_putc(&why, '\0');
	if (failed != 0) {
		cli_say(cli, T_NO_REDIS, cli->config->redis, why.p, NULL);
	} else if (contact.layout[0] != '\0' && strcmp(contact.layout, SCHEMA) != 0) {
		cli_say(cli, T_NEWER_DATA, contact.layout, SCHEMA, NULL);
		failed = -1;
	}
	buf_fini(&why);
	return failed;
}
