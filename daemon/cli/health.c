/* health.c - a function for each thing that is looked at.  What is at risk is
 * said as it is: see the table in daemon/DESIGN.md. */
#include "cli/health.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "cli/findings.h"
#include "store/info.h"

enum { FULL_PERCENT = 80, MIB = 1024 * 1024, WORD_MAX = 256 };

/* A value as text_add() takes it, cut if it is absurdly long. */
struct word {
	char text[WORD_MAX];
};

static struct word
word_of(struct str s)
{
	struct word word;

	(void)snprintf(word.text, sizeof(word.text), "%.*s", (int)s.n, s.p != NULL ? s.p : "");
	return word;
}

static struct word
word_of_number(uint64_t number)
{
	struct word word;

	(void)snprintf(word.text, sizeof(word.text), "%" PRIu64, number);
	return word;
}

static bool
is(struct str value, const char *expected)
{
	return value.p != NULL && str_eq(value, str_of(expected));
}

static void
not_told(struct findings *f, const char *check, const char *command)
{
	findings_add(f, LEVEL_WARNING, check, T_UNCHECKED, NULL);
	findings_remedy(f, T_UNCHECKED_FIX, command);
}

static void
judge_version(const struct health *h, struct findings *f)
{
	struct word word = word_of(info_field(h->info, "redis_version"));
	uint64_t major;

	if (info_version(h->info, &major) != 0) {
		not_told(f, "version", "INFO");
	} else if (major < REDIS_LEAST) {
		findings_add(f, LEVEL_ERROR, "version", T_VERSION_OLD, word.text, NULL);
		findings_remedy(f, T_VERSION_OLD_FIX, NULL);
	} else {
		findings_add(f, LEVEL_OK, "version", T_VERSION, word.text, NULL);
	}
}

static void
judge_rights(const struct health *h, struct findings *f)
{
	struct word user = word_of(h->user), forbidden = word_of(h->forbidden);

	if (h->user.p == NULL || h->forbidden.p == NULL) {
		not_told(f, "rights", "ACL WHOAMI, ACL DRYRUN");
	} else if (h->forbidden.n > 0) {
		findings_add(f, LEVEL_ERROR, "rights", T_RIGHTS_MISSING, user.text, forbidden.text, NULL);
		findings_remedy(f, T_RIGHTS_MISSING_FIX, NULL);
	} else {
		findings_add(f, LEVEL_OK, "rights", T_RIGHTS, user.text, NULL);
	}
}

static void
judge_writes(const struct health *h, struct findings *f)
{
	static const struct {
		struct str error;
		enum text remedy;
	} remedies[] = {
		{ { "READONLY", 8 }, T_READONLY_FIX },
		{ { "MOVED", 5 }, T_READONLY_FIX },
		{ { "OOM", 3 }, T_OOM_FIX },
		{ { "MISCONF", 7 }, T_DISK_FIX },
	};
	enum text remedy = T_REFUSED_FIX;
	struct word error = word_of(h->write_error);

	/* Whether the user may write is the rights' matter. */
	if (h->write_error.p == NULL || str_starts(h->write_error, STR("NOPERM"))) {
		not_told(f, "writes", "SETRANGE");
		return;
	}
	if (h->write_error.n == 0) {
		findings_add(f, LEVEL_OK, "writes", T_WRITES, NULL);
		return;
	}
	for (size_t i = 0; i < NITEMS(remedies); i++) {
		if (str_starts(h->write_error, remedies[i].error))
			remedy = remedies[i].remedy;
	}
	findings_add(f, LEVEL_ERROR, "writes", T_WRITES_REFUSED, error.text, NULL);
	findings_remedy(f, remedy, NULL);
}

static void
judge_policy(const struct health *h, struct findings *f)
{
	struct str policy = info_field(h->info, "maxmemory_policy");
	bool limited = info_is_limited(h->info);
	struct word word = word_of(policy);

	if (policy.p == NULL) {
		not_told(f, "maxmemory-policy", "INFO");
	} else if (!info_may_evict(h->info)) {
		findings_add(f, LEVEL_OK, "maxmemory-policy", T_POLICY_GOOD, NULL);
	} else {
		findings_add(f, limited ? LEVEL_ERROR : LEVEL_WARNING, "maxmemory-policy",
		    limited ? T_POLICY_EVICTS : T_POLICY_WOULD, word.text, NULL);
		findings_remedy(f, T_POLICY_FIX, NULL);
	}
}

static void
judge_memory(const struct health *h, struct findings *f)
{
	struct word used_mb, max_mb;
	uint64_t used, max;

	if (str_to_uint(info_field(h->info, "used_memory"), 0, UINT64_MAX / 100, &used) != 0 ||
	    str_to_uint(info_field(h->info, "maxmemory"), 0, UINT64_MAX / 100, &max) != 0) {
		not_told(f, "memory", "INFO");
		return;
	}
	used_mb = word_of_number((used + MIB - 1) / MIB);
	max_mb = word_of_number(max / MIB);
	if (max == 0) {
		findings_add(f, LEVEL_OK, "memory", T_MEMORY_FREE, used_mb.text, NULL);
	} else if (used * 100 < max * FULL_PERCENT) {
		findings_add(f, LEVEL_OK, "memory", T_MEMORY, used_mb.text, max_mb.text, NULL);
	} else {
		findings_add(f, LEVEL_WARNING, "memory", T_MEMORY_FULL, used_mb.text, max_mb.text, NULL);
		findings_remedy(f, T_OOM_FIX, NULL);
	}
}

/* The append-only file itself; only where there is one does the rest matter. */
static bool
judge_appendonly(const struct health *h, struct findings *f)
{
	struct str enabled = info_field(h->info, "aof_enabled");

	if (enabled.p == NULL) {
		not_told(f, "appendonly", "INFO");
		return true;
	}
	if (is(enabled, "1")) {
		findings_add(f, LEVEL_OK, "appendonly", T_AOF_ON, NULL);
		return true;
	}
	findings_add(f, LEVEL_ERROR, "appendonly", T_AOF_OFF, NULL);
	findings_remedy(f, T_AOF_OFF_FIX, NULL);
	return false;
}

static void
judge_fsync(const struct health *h, struct findings *f)
{
	if (h->appendfsync.p == NULL) {
		not_told(f, "appendfsync", "CONFIG GET");
	} else if (is(h->appendfsync, "always")) {
		findings_add(f, LEVEL_OK, "appendfsync", T_FSYNC_ALWAYS, NULL);
	} else {
		struct word word = word_of(h->appendfsync);
		bool everysec = is(h->appendfsync, "everysec");
		findings_add(
		    f, LEVEL_WARNING, "appendfsync", everysec ? T_FSYNC_EVERYSEC : T_FSYNC_NO, word.text, NULL);
		findings_remedy(f, T_FSYNC_FIX, NULL);
	}
}

static void
judge_file(const struct health *h, struct findings *f)
{
	struct str written = info_field(h->info, "aof_last_write_status");
	struct str rewritten = info_field(h->info, "aof_last_bgrewrite_status");

	if (written.p == NULL) {
		not_told(f, "aof-write", "INFO");
	} else if (is(written, "ok")) {
		findings_add(f, LEVEL_OK, "aof-write", T_AOF_WRITTEN, NULL);
	} else {
		findings_add(f, LEVEL_ERROR, "aof-write", T_AOF_FAILED, NULL);
		findings_remedy(f, T_DISK_FIX, NULL);
	}
	if (rewritten.p != NULL && !is(rewritten, "ok")) {
		findings_add(f, LEVEL_WARNING, "aof-rewrite", T_REWRITE_FAILED, NULL);
		findings_remedy(f, T_DISK_FIX, NULL);
	} else if (h->rewrites_nightly) {
		findings_add(f, LEVEL_OK, "aof-rewrite", T_REWRITE, NULL);
	} else {
		findings_add(f, LEVEL_WARNING, "aof-rewrite", T_REWRITE_SELDOM, NULL);
		findings_remedy(f, T_REWRITE_SELDOM_FIX, NULL);
	}
}

/* Snapshots are not needed, but a failed one makes Redis refuse writes. */
static void
judge_snapshot(const struct health *h, struct findings *f)
{
	struct str status = info_field(h->info, "rdb_last_bgsave_status");

	if (status.p != NULL && !is(status, "ok")) {
		findings_add(f, LEVEL_WARNING, "snapshot", T_SNAPSHOT_FAILED, NULL);
		findings_remedy(f, T_DISK_FIX, NULL);
	}
}

void
health_judge(const struct health *h, struct findings *f)
{
	judge_version(h, f);
	judge_rights(h, f);
	judge_writes(h, f);
	judge_policy(h, f);
	judge_memory(h, f);
	if (judge_appendonly(h, f)) {
		judge_fsync(h, f);
		judge_file(h, f);
	}
	judge_snapshot(h, f);
}
