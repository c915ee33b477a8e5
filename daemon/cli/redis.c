/* redis.c - a plain blocking connection: the program works while the daemon
 * is down. */
#include <hiredis/hiredis.h>
#include <stdlib.h>

#include "cli/cli.h"
#include "store/target.h"

enum { CONNECT_S = 3 };

int
cli_connect(struct cli *cli)
{
	const struct timeval patience = { CONNECT_S, 0 };
	struct target target;
	redisContext *redis;
	redisReply *reply;

	if (target_parse(cli->config->redis, &target) != 0) {
		cli_complain("redis = %s is no address", cli->config->redis);
		return -1;
	}
	redis = target.path != NULL ? redisConnectUnixWithTimeout(target.path, patience)
				    : redisConnectWithTimeout(target.host, target.port, patience);
	if (redis == NULL || redis->err != 0 || redisSetTimeout(redis, patience) != REDIS_OK) {
		cli_complain("redis %s: %s; is it running, and is this the configuration that it belongs to?",
		    cli->config->redis, redis != NULL ? redis->errstr : "out of memory");
		goto fail;
	}
	if (target.db > 0) {
		reply = redisCommand(redis, "SELECT %d", target.db);
		if (reply == NULL || reply->type == REDIS_REPLY_ERROR) {
			cli_complain("redis %s: %s", cli->config->redis, reply != NULL ? reply->str : redis->errstr);
			freeReplyObject(reply);
			goto fail;
		}
		freeReplyObject(reply);
	}
	target_fini(&target);
	cli->redis = redis;
	return 0;
fail:
	target_fini(&target);
	if (redis != NULL)
		redisFree(redis);
	return -1;
}
