/* passed.h - which batches in quarantine their writers' markers are past: of
 * those that are done, the files are not needed any more. */
#ifndef STORE_PASSED_H
#define STORE_PASSED_H

#include <stdbool.h>

struct link;
struct passed;

/* dir is the spool's folder; link is borrowed, and freed before this is, so
 * that it has given every answer. */
struct passed *passed_new(struct link *link, int dir);
void passed_free(struct passed *p);

void passed_ask(struct passed *p); /* the link is up: for the markers */
void passed_forget(struct passed *p); /* it is down: Redis may lose what it has said */

/* Whether passed_clear() knows all that it will know: every marker was heard,
 * so long ago that Redis has it on its disk. */
bool passed_is_known(const struct passed *p);

/* Remove what is done and passed, as far as that is known, and what is done
 * and so old that nobody takes it over any more. */
void passed_clear(struct passed *p);

#endif
