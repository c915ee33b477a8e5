/* daykeys.h - one random 128-bit key per calendar date, shared by all daemons
 * through Redis for as long as the date is used anywhere (72 h). */
#ifndef STORE_DAYKEYS_H
#define STORE_DAYKEYS_H

#include <stddef.h>
#include <stdint.h>

#include "base/siphash.h"

struct daykeys;
struct link;

struct daykeys *daykeys_new(void (*on_fetched)(void *arg), void *arg);
void daykeys_free(struct daykeys *k);

/* Fetch, or be the first to give (or to give again, should Redis have lost
 * them), the keys of every date that it is somewhere
 * on earth at now_ms or within the hour after.  Only while the link is ready.
 * Returns how many are on their way: each will be answered by a call to the
 * on_fetched that daykeys_new() was given. */
size_t daykeys_fetch(struct daykeys *k, struct link *l, int64_t now_ms);

/* Never NULL: one of our own until the shared one is there.  Good until the
 * next fetch's answer. */
const uint8_t *daykeys_get(struct daykeys *k, int32_t day);

/* Dates for which daykeys_get() had to make one up. */
uint64_t daykeys_own(const struct daykeys *k);

#endif
