/* guarantee.h - what the Redis that is connected promises of what it has
 * acknowledged.  Asks it, and says so in one log line whenever it changes. */
#ifndef STORE_GUARANTEE_H
#define STORE_GUARANTEE_H

#include <stdint.h>

struct guarantee;
struct link;

struct guarantee *guarantee_new(const char *address); /* as the log names it; copied */
void guarantee_free(struct guarantee *g); /* only after the link it asks over */

/* Ask once; while an answer is due, nothing is asked.  Only while the link is
 * ready. */
void guarantee_ask(struct guarantee *g, struct link *l);

/* As risk.h has them and as last answered, even if the link was lost since; -1 before the first
 * answer. */
int guarantee_risks(const struct guarantee *g, uint32_t *ret_risks) __attribute__((warn_unused_result));

#endif
