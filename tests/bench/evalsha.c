/* evalsha.c - how long one EVALSHA of apply.lua takes, with a batch of one hit
 * as the daemon packs it, one after the other: what a lone client waits for
 * at least.
 *
 *	evalsha SOCKET SECONDS
 *
 * Prints the median in ms. */
#include <err.h>
#include <hiredis/hiredis.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assets.h"
#include "base/clock.h"
#include "base/mem.h"
#include "store/apply.h"
#include "store/gathering.h"
#include "store/stream.h"

enum { PAGES = 200, VISITORS = 100000 };

static redisReply *
ask(redisContext *redis, struct str command)
{
	void *reply;

	if (redisAppendFormattedCommand(redis, command.p, command.n) != REDIS_OK ||
	    redisGetReply(redis, &reply) != REDIS_OK)
		errx(1, "redis: %s", redis->errstr);
	return reply;
}

static struct batch *
batch_of_one(struct gatherings *gs, struct stream *st, uint64_t n)
{
	int64_t now_ms = clock_wall_ms();
	struct batch *b = batch_new(gs, st, (int32_t)(now_ms / 86400000), now_ms / 900000);
	struct payload_head head = {
		.now_ms = now_ms,
		.online_window_ms = 300000,
		.dedupe_window_ms = 900000,
		.kept_ms = 34560000000,
		.pages_max = 50000,
		.hosts_max = 1000,
	};
	char page[32];
	struct tally t = {
		.kind = HIT_VIEW,
		.at_ms = now_ms,
		.visitor = (n * 61803 % VISITORS + 1) * 0x9e3779b97f4a7c15ULL,
		.has_id = true,
		.id = n,
		.profile = { .country = "VN", .language = "vi" },
		.referrer = STR("google"),
	};

	(void)snprintf(page, sizeof(page), "/tin-tuc/bai-viet-%05u", (unsigned)(n * 61803 % PAGES));
	t.page = str_of(page);
	(void)batch_add(b, &t);
	batch_seal(b, n, &head);
	return b;
}

/* How long it took, in µs.  b is freed. */
static int64_t
apply_one(redisContext *redis, struct str sha, struct batch *b)
{
	struct buf command = { 0 };
	struct applied applied;
	redisReply *reply;
	int64_t since_us, took_us;

	apply_command(&command, sha, b);
	since_us = clock_mono_us();
	reply = ask(redis, buf_view(&command));
	took_us = clock_mono_us() - since_us;
	if (apply_parse(reply, b, &applied) != 0 || applied.counted != 1)
		errx(1, "batch %lu was not applied: %s", (unsigned long)b->sequence,
		    reply->type == REDIS_REPLY_ERROR ? reply->str : "another answer");
	free(applied.views);
	freeReplyObject(reply);
	buf_fini(&command);
	batch_free(b);
	return took_us;
}

static int
compare(const void *a, const void *b)
{
	int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;

	return (left > right) - (left < right);
}

int
main(int argc, char **argv)
{
	redisContext *redis;
	redisReply *loaded;
	struct gatherings *gatherings;
	struct stream st;
	int64_t *took = NULL, until;
	size_t n = 0, cap = 0;

	if (argc != 3)
		errx(2, "usage: evalsha SOCKET SECONDS");
	redis = redisConnectUnix(argv[1]);
	if (redis == NULL || redis->err != 0)
		errx(1, "%s: %s", argv[1], redis != NULL ? redis->errstr : "out of memory");
	loaded = redisCommand(redis, "SCRIPT LOAD %b", asset_apply, (size_t)asset_apply_size);
	if (loaded == NULL || loaded->type != REDIS_REPLY_STRING)
		errx(1, "SCRIPT LOAD is refused");
	gatherings = gatherings_new();
	stream_init(&st, STR("bare"), "00000000000000000000000000000001");
	until = clock_mono_us() + strtol(argv[2], NULL, 10) * 1000000;
	while (clock_mono_us() < until) {
		took = grown(took, n, &cap, sizeof(*took));
		took[n] =
		    apply_one(redis, (struct str){ loaded->str, loaded->len }, batch_of_one(gatherings, &st, n + 1));
		n++;
	}
	qsort(took, n, sizeof(*took), compare);
	printf("%.4f\n", (double)took[n / 2] / 1000);
	free(took);
	gatherings_free(gatherings);
	freeReplyObject(loaded);
	redisFree(redis);
	return 0;
}
