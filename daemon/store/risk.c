/* risk.c - a row for each risk. */
#include "store/risk.h"

#include "base/mem.h"
#include "store/info.h"

struct answers {
	struct str info, config;
};

static bool
info_untold(const struct answers *a)
{
	static const char *const needed[] = { "aof_enabled", "maxmemory", "maxmemory_policy", "role" };
	uint64_t major;

	if (info_version(a->info, &major) != 0)
		return true;
	for (size_t i = 0; i < NITEMS(needed); i++) {
		if (info_field(a->info, needed[i]).p == NULL)
			return true;
	}
	return false;
}

static bool
too_old(const struct answers *a)
{
	uint64_t major;

	return info_version(a->info, &major) == 0 && major < REDIS_LEAST;
}

static bool
no_file(const struct answers *a)
{
	return info_is(a->info, "aof_enabled", "0");
}

/* Only where there is a file does it matter when it is flushed. */
static bool
flushes(const struct answers *a, const char *when)
{
	return info_is(a->info, "aof_enabled", "1") && info_is(a->config, "appendfsync", when);
}

static bool
appendfsync_untold(const struct answers *a)
{
	return !no_file(a) && info_field(a->config, "appendfsync").p == NULL;
}

static bool
flushes_everysec(const struct answers *a)
{
	return flushes(a, "everysec");
}

static bool
flushes_never(const struct answers *a)
{
	return flushes(a, "no");
}

/* "always" too is kept only while nothing is rewritten. */
static bool
pauses_flushing(const struct answers *a)
{
	return flushes(a, "always") && info_is(a->config, "no-appendfsync-on-rewrite", "yes");
}

static bool
evicts(const struct answers *a)
{
	return info_field(a->info, "maxmemory_policy").p != NULL && info_may_evict(a->info) && info_is_limited(a->info);
}

/* Whoever has replicas, or is one, may be replaced by one that knows less. */
static bool
replicated(const struct answers *a)
{
	struct str role = info_field(a->info, "role"), replicas = info_field(a->info, "connected_slaves");

	return (role.p != NULL && !str_eq(role, STR("master"))) || (replicas.p != NULL && !str_eq(replicas, STR("0")));
}

static const struct {
	const char *name;
	bool (*holds)(const struct answers *a);
	const char *text;
} rows[RISK_COUNT] = {
	[RISK_INFO] = { "info_not_told", info_untold, "not checked: Redis does not tell INFO" },
	[RISK_APPENDFSYNC] = { "appendfsync_not_told", appendfsync_untold,
	    "not checked: Redis does not tell CONFIG GET appendfsync" },
	[RISK_VERSION] = { "old_version", too_old, "Redis is older than 7.0, for which nothing is promised" },
	[RISK_APPENDONLY] = { "no_appendonly", no_file,
	    "no persistence (appendonly no): when Redis restarts, acknowledged hits older than retention are lost" },
	[RISK_EVERYSEC] = { "everysec", flushes_everysec,
	    "appendfsync everysec: acknowledged hits of the last 2 s are lost if this daemon's host and Redis's die "
	    "together, else put back from retention" },
	[RISK_NO_FSYNC] = { "no_fsync", flushes_never,
	    "appendfsync no: acknowledged hits of the last half minute are lost if this daemon's host and Redis's die "
	    "together, else put back from retention" },
	[RISK_REWRITE] = { "no_fsync_on_rewrite", pauses_flushing,
	    "no-appendfsync-on-rewrite yes: acknowledged hits since Redis began to rewrite its file are lost if this "
	    "daemon's host and Redis's die together meanwhile, else put back from retention" },
	[RISK_EVICTION] = { "eviction", evicts,
	    "maxmemory-policy is not noeviction: Redis can evict counts when its memory is full" },
	[RISK_REPLICATION] = { "replication", replicated,
	    "replicated: acknowledged hits are lost if the master and this daemon die within the replication lag" },
};
_Static_assert(RISK_COUNT <= 32, "they do not fit in the set");

uint32_t
risks_judge(struct str info, struct str config)
{
	const struct answers answers = { info, config };
	uint32_t set = 0;

	for (size_t i = 0; i < RISK_COUNT; i++) {
		if (rows[i].holds(&answers))
			set |= UINT32_C(1) << i;
	}
	return set;
}

const char *
risk_name(enum risk risk)
{
	return rows[risk].name;
}

void
risks_tell(uint32_t set, struct buf *out)
{
	const char *between = "";

	if (set == 0)
		buf_puts(out, "appendonly, appendfsync always: nothing acknowledged is lost by a process or power");
	for (size_t i = 0; i < RISK_COUNT; i++) {
		if ((set >> i & 1) == 0)
			continue;
		buf_printf(out, "%s%s", between, rows[i].text);
		between = "; ";
	}
}
