/* mem.h - memory that is there or the process is not: running out of it
 * aborts, everywhere.  Counts live in Redis; the supervisor restarts us. */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stddef.h>

#define NITEMS(array) (sizeof(array) / sizeof(*(array)))

/* Like their namesakes, but never NULL.  Free with free(). */
void *xmalloc(size_t n);
void *xcalloc(size_t n, size_t size);
void *xrealloc(void *p, size_t n);
char *xstrdup(const char *s);
char *xstrndup(const char *s, size_t n);

#endif
