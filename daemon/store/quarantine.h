/* quarantine.h - acknowledged batches that Redis will never apply, each in a
 * file of its own: DIR/quarantine/WRITER.SITE.SEQUENCE, a segment with one
 * record.  Its name is the batch's, so that the same one is never there twice. */
#ifndef STORE_QUARANTINE_H
#define STORE_QUARANTINE_H

#include "store/segment.h"

#define QUARANTINE "quarantine" /* the folder, in the spool's */

/* Durable when this has returned 0; -1 and errno.  dir is the spool's folder. */
int quarantine_put(int dir, const char *writer, const struct spool_record *r) __attribute__((warn_unused_result));

/* Whether it is there, be it damaged: 1, 0, or -1 and errno. */
int quarantine_holds(int dir, const char *writer, struct str site, uint64_t sequence)
    __attribute__((warn_unused_result));

/* It was applied after all.  No error if there is no such file. */
void quarantine_drop(int dir, const char *writer, struct str site, uint64_t sequence);

/* Calls each(arg, …), if that is not NULL, for every file, in the order of their names; record and
 * writer are borrowed for the call.  A damaged one is passed with record NULL.
 * Returns how many, or -1 and errno; 0 when there is no such folder. */
typedef void quarantined(void *arg, const char *name, const char *writer, const struct spool_record *record);
long quarantine_list(int dir, quarantined *each, void *arg);

#endif
