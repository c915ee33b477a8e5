/* left.h - how much dead writers have left in the spool's folder that nobody
 * has taken over: it lies on the same disk as what is kept now. */
#ifndef STORE_LEFT_H
#define STORE_LEFT_H

#include <stddef.h>
#include <stdint.h>

#include "store/files.h"
#include "store/segment.h"

/* Start from zeroes. */
struct left {
	struct left_writer {
		char writer[WRITER_HEX + 1];
		uint64_t bytes; /* of segments */
	} * writers; /* owned */
	size_t n, cap;
	uint64_t bytes; /* in all */
};
void left_fini(struct left *l);

/* What there is in dir, own and the spools of those who live apart.  What
 * cannot be read counts as nothing. */
void left_count(struct left *l, int dir, const char *own);

void left_add(struct left *l, const char *writer, uint64_t bytes);
void left_forget(struct left *l, const char *writer); /* no error if it is not there */
void left_forget_others(struct left *l, const struct files_names *writers); /* than these; they are sorted */

#endif
