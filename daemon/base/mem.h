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
/* An array of *cap items of that size that has room for one more than n; it doubles. */
void *grown(void *array, size_t n, size_t *cap, size_t size);
char *xstrdup(const char *s);
char *xstrndup(const char *s, size_t n);

#endif
