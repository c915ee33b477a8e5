/* texts.h - what the thongke program says, in each of its languages. */
#ifndef CLI_TEXTS_H
#define CLI_TEXTS_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"
#include "render/labels.h"

enum text {
	T_AS_IS,

	/* the program */
	T_NO_OPTION,
	T_NO_VALUE,
	T_NO_SUCH_VALUE,
	T_WHICH_VERB,
	T_NO_VERB,
	T_NO_VERB_BUT,
	T_NO_FORMAT,
	T_NO_ARGUMENTS,
	T_NO_FILE,
	T_NO_DEFAULT_FILE,
	T_NOT_WRITTEN,
	T_REPLAY_USAGE,
	T_REPLAY_DIR,
	T_REPLAY_PROGRESS,
	T_REPLAY_UNREACHED,
	T_REPLAYED,
	T_REPLAYED_NOTHING,
	T_REPLAY_REJECTED,
	T_REPLAY_TOO_OLD,
	T_NO_SITE,
	T_NO_SITES,
	T_NO_REDIS,
	T_REDIS_LOST,
	T_NEWER_DATA,
	T_SITE_UNREAD,
	T_MORE_UNREAD,
	T_DAMAGED,
	T_ONE_SITE,

	/* figures, in the order of struct figures */
	T_ONLINE,
	T_TODAY,
	T_YESTERDAY,
	T_WEEK,
	T_MONTH,
	T_YEAR,
	T_TOTAL,
	T_SITE,
	T_SUM,

	/* snippet */
	T_SNIPPET_PROXY,
	T_SNIPPET_SCRIPT,
	T_SNIPPET_MARKUP,
	T_SNIPPET_SERVER,
	T_SNIPPET_SHELL,

	/* check */
	T_UNCHECKED,
	T_UNCHECKED_FIX,
	T_NO_TZDATA,
	T_NO_TZDATA_FIX,
	T_CONFIGURATION,
	T_CONFIGURATION_EMPTY,
	T_CONFIGURATION_EMPTY_FIX,
	T_CONFIGURATION_FIX,
	T_TIMEZONE,
	T_REACHED,
	T_UNREACHED,
	T_UNREACHED_FIX,
	T_VERSION,
	T_VERSION_OLD,
	T_VERSION_OLD_FIX,
	T_LAYOUT,
	T_LAYOUT_NONE,
	T_LAYOUT_NEWER,
	T_LAYOUT_NEWER_FIX,
	T_RIGHTS,
	T_RIGHTS_MISSING,
	T_RIGHTS_MISSING_FIX,
	T_WRITES,
	T_WRITES_REFUSED,
	T_READONLY_FIX,
	T_OOM_FIX,
	T_DISK_FIX,
	T_REFUSED_FIX,
	T_POLICY_GOOD,
	T_POLICY_EVICTS,
	T_POLICY_WOULD,
	T_POLICY_FIX,
	T_MEMORY,
	T_MEMORY_FULL,
	T_MEMORY_FREE,
	T_AOF_ON,
	T_AOF_OFF,
	T_AOF_OFF_FIX,
	T_FSYNC_ALWAYS,
	T_FSYNC_EVERYSEC,
	T_FSYNC_NO,
	T_FSYNC_FIX,
	T_AOF_WRITTEN,
	T_AOF_FAILED,
	T_REWRITE,
	T_REWRITE_FAILED,
	T_REWRITE_SELDOM,
	T_REWRITE_SELDOM_FIX,
	T_SNAPSHOT_FAILED,
	T_CLOCK,
	T_CLOCK_OFF,
	T_CLOCK_FIX,
	T_CLOCK_UNCHECKED,

	/* spool */
	T_NO_SUBVERB,
	T_SPOOL_OFF,
	T_SPOOL_MISSING,
	T_SPOOL_DENIED,
	T_SPOOL_FAILED,
	T_SPOOL_NOTHING,
	T_WRITER,
	T_STATE,
	T_HELD,
	T_LEFT,
	T_REFUSED,
	T_SEGMENTS,
	T_BATCHES,
	T_HITS,
	T_BYTES,
	T_OLDEST,
	T_DAMAGED_SEGMENTS,
	T_SET_ASIDE,
	T_SPOOL_SUM,
	T_SECONDS,
	T_MINUTES,
	T_HOURS,
	T_DAYS,

	/* verify */
	T_VERIFY_GOOD,
	T_DAYS_DIFFER,
	T_PAGES_DIFFER,
	T_VISITS_DIFFER,
	T_ODD_VALUES,
	T_CHANGED_FIX,
	T_WAITS_HELD,
	T_WAITS_HELD_FIX,
	T_WAITS_LEFT,
	T_WAITS_LEFT_FIX,
	T_AMOUNT,
	T_SPOOL_DAMAGED,
	T_SPOOL_DAMAGED_FIX,
	T_QUARANTINED,
	T_QUARANTINED_FIX,
	T_SPOOL_UNREAD,
	T_SPOOL_UNREAD_FIX,
	T_DAEMON_DONE,
	T_DAEMON_BUSY,
	T_DAEMON_AMOUNT,
	T_DAEMON_UNCHECKED,
	T_DAEMON_WAITS,
	T_DAEMON_WAITS_FIX,

	/* top, base, purge */
	T_TOP_USAGE,
	T_TOP_CUT,
	T_PAGE,
	T_COUNTRY,
	T_REFERRER,
	T_BROWSER,
	T_SYSTEM,
	T_DEVICE,
	T_LANGUAGE,
	T_REASON,
	T_VIEWS,
	T_SHARE,
	T_SUM_OF_ALL,
	T_OTHER,
	T_DIRECT,
	T_INTERNAL,
	T_UNKNOWN,
	T_BASE_USAGE,
	T_BASE_SET,
	T_BASE_BACK,
	T_PURGE_USAGE,
	T_PURGE_NO_PAGE,
	T_PURGE_YES,
	T_PURGE_PAGE_ASK,
	T_PURGE_SITE_ASK,
	T_PURGE_LEFT,
	T_PURGED_PAGE,
	T_PURGED_SITE,

	TEXT_COUNT
};

/* VIETNAMESE for "vi", "vi_VN.UTF-8" and the like; ENGLISH for all others. */
enum language language_of_locale(const char *locale);

const char *text_of(enum language language, enum text id);

/* Append the text with its {0} and {1} replaced by the words that follow, each
 * a const char *, at most two and then NULL. */
void text_add(struct buf *out, enum language language, enum text id, ...) __attribute__((sentinel));
void text_addv(struct buf *out, enum language language, enum text id, va_list words);

/* "3 h 5 min", in two units at most; what is not over yet is 0 s. */
void text_add_age(struct buf *out, enum language language, int64_t seconds);

#endif
