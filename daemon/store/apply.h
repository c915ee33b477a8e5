/* apply.h - what apply.lua and forecast.lua are told of a batch, and what they answer. */
#ifndef STORE_APPLY_H
#define STORE_APPLY_H

#include <stdbool.h>
#include <stdint.h>

#include "store/batch.h"

struct forecast;
struct redisReply;

/* Append the EVALSHA that applies a sealed batch whose payload is in memory: by apply.lua, or as forecast by
 * forecast.lua. */
void apply_command(struct buf *out, struct str sha, const struct batch *b);
void apply_forecast_command(struct buf *out, struct str sha, const struct batch *b, const struct forecast *f);

/* Whether the answer is that the batch is applied as it was forecast; and if so, that its comers (tallies.h) are among
 * the day's visitors. */
bool apply_was_forecast(const struct redisReply *reply, bool *ret_has_comers);

/* Whether the answer is that the forecast does not hold: apply.lua is to look. */
bool apply_was_misjudged(const struct redisReply *reply);

/* Whether the answer is that a batch before this one is missing; *ret_last is the last that was applied then. */
bool apply_found_gap(const struct redisReply *reply, uint64_t *ret_last);

/* The figures of an answer, whose views are the caller's to free; -1 for what apply.lua does not answer. */
int apply_parse(const struct redisReply *reply, const struct batch *b, struct applied *ret_applied)
    __attribute__((warn_unused_result));

#endif
