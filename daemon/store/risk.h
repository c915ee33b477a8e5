/* risk.h - how hits that were acknowledged may be lost with the Redis that has
 * them, judged by what it tells of itself.  Pure. */
#ifndef STORE_RISK_H
#define STORE_RISK_H

#include <stdint.h>

#include "base/str.h"

/* Each by itself; the rows of the table «What may be lost» in daemon/DESIGN.md. */
enum risk {
	RISK_INFO, /* not told enough to judge */
	RISK_APPENDFSYNC, /* nor this */
	RISK_VERSION,
	RISK_APPENDONLY,
	RISK_EVERYSEC,
	RISK_NO_FSYNC,
	RISK_REWRITE,
	RISK_EVICTION,
	RISK_REPLICATION,
	RISK_COUNT
};

/* The set of them, a bit 1 << RISK_… each; 0: nothing acknowledged is lost by
 * a process or power.  info: the text of INFO; config: CONFIG GET's answer,
 * written as such lines.  Absent is what Redis would not tell. */
uint32_t risks_judge(struct str info, struct str config);

/* A word, as a metric's label has it. */
const char *risk_name(enum risk risk);

/* What to say of such a Redis, "; " between one risk and the next. */
void risks_tell(uint32_t set, struct buf *out);

#endif
