/* quarantine.h - acknowledged batches that Redis will never apply, each in a
 * file of its own: DIR/quarantine/WRITER.SITE.SEQUENCE, a segment with one
 * record.  Its name is the batch's, so that the same one is never there twice.
 *
 * One that was counted after all, by «thongke spool replay», is not forgotten
 * at once but renamed to NAME.done: who set it aside may have died, or have
 * lost Redis, before its writer's marker was past it, and would count it or
 * set it aside again.  The .done goes when the marker is past it, or it is so
 * old that nobody takes its writer's spool over any more. */
#ifndef STORE_QUARANTINE_H
#define STORE_QUARANTINE_H

#include "store/files.h"
#include "store/segment.h"

#define QUARANTINE "quarantine" /* the folder, in the spool's */
#define QUARANTINE_DONE ".done" /* behind the name of one that is counted */

/* 0: it is durable.  1: it was counted meanwhile, and is not written again.
 * -1 and errno.  dir is the spool's folder, here and below. */
int quarantine_put(int dir, const char *writer, const struct spool_record *r) __attribute__((warn_unused_result));

/* Whether it is there, be it damaged or done: 1, 0, or -1 and errno. */
int quarantine_holds(int dir, const char *writer, struct str site, uint64_t sequence)
    __attribute__((warn_unused_result));
/* The names of all, those that are done with their .done; none when there is
 * no such folder.  -1 and errno, and nothing to finish. */
int quarantine_names(int dir, struct files_names *ret_names) __attribute__((warn_unused_result));

/* It was applied after all.  0: it is done, be the power cut now, or was not
 * there.  -1: it may be found undone again; why is in the log. */
int quarantine_done(int dir, const char *name) __attribute__((warn_unused_result));

/* Calls each(arg, …), if that is not NULL, for every file that is not done, in the order of their names; record and
 * writer are borrowed for the call.  A damaged one is passed with record NULL.
 * Returns how many, or -1 and errno; 0 when there is no such folder. */
typedef void quarantined(void *arg, const char *name, const char *writer, const struct spool_record *record);
long quarantine_list(int dir, quarantined *each, void *arg);

/* Remove those that were done before that moment (by this machine's clock),
 * and those of which is_past(arg, name, …) says so (or NULL); name is without
 * the .done.  What cannot be removed now goes another time. */
typedef bool quarantine_is_past(void *arg, const char *name);
void quarantine_clear(int dir, int64_t before_ms, quarantine_is_past *is_past, void *arg);

#endif
