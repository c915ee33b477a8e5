/* taken.h - the spool of a dead writer, locked by us and read from its
 * beginning in the order in which it was written.  It stays as it is until all
 * of it is applied, so that who dies meanwhile leaves it to the next. */
#ifndef STORE_TAKEN_H
#define STORE_TAKEN_H

#include <stdint.h>

#include "store/folder.h"
#include "store/segment.h"
#include "store/spool.h"

struct taken;

/* Lock a dead writer's folder and read it through.  1: it holds records, and
 * its bytes count towards s's max until it is finished.  0: there is
 * nothing to be had, because the writer lives, it is our own, or the folder is
 * gone or was empty, and is cleared away.  -1, and the log says why: it cannot
 * be read just now. */
int spool_take_over(struct spool *s, const char *writer, struct taken **ret_taken) __attribute__((warn_unused_result));

const char *taken_writer(const struct taken *t); /* borrowed */
/* What is in it; oldest_ms tells whether the markers still know this writer. */
const struct survey *taken_survey(const struct taken *t);

/* The next record and its place: 1, good until the next call.  0 at the end.  -1: a segment
 * cannot be read any more, so what follows must wait: taken_leave().
 * The log hears of torn tails, which are cut off, and of damaged segments, of
 * which the records before the damage are given. */
int taken_next(struct taken *t, struct spool_record *ret_record, struct spool_place *ret_place)
    __attribute__((warn_unused_result));

/* The record at a place once more; it borrows from bytes.  -1 and errno:
 * EBADMSG when it is damaged, and then its segment will be set aside. */
int taken_read(struct taken *t, struct spool_place place, struct buf *bytes, struct spool_record *ret_record)
    __attribute__((warn_unused_result));
void taken_rest(struct taken *t); /* free what only taken_next() needs */

/* All records are applied: remove the folder, but for damaged segments, which
 * are renamed to NAME.bad and stay.  0: no power cut brings it back.  -1, and
 * the log says why: some of it is or may be there again, and taken over again.  t is gone in any case. */
int taken_finish(struct taken *t);

/* Let go of it as it is: somebody may take it over again. */
void taken_leave(struct taken *t);

#endif
