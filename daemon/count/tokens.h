/* tokens.h - tables of what stands in a User-Agent. */
#ifndef COUNT_TOKENS_H
#define COUNT_TOKENS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/str.h"

/* An agent that has all of its words, in any order, is value. */
struct token {
	const char *word, *also; /* also may be NULL */
	uint8_t value;
};

/* Faster than memmem(), which prepares itself for needles and haystacks longer
 * than these. */
static inline bool
tokens_has(struct str agent, const char *word)
{
	const char *at = agent.p, *end = agent.p + agent.n;
	size_t n = strlen(word);

	while ((size_t)(end - at) >= n && (at = memchr(at, word[0], (size_t)(end - at) - n + 1)) != NULL) {
		if (memcmp(at, word, n) == 0)
			return true;
		at++;
	}
	return false;
}

/* The value of the first row that fits; otherwise, if none does. */
static inline uint8_t
tokens_first(const struct token *rows, size_t n, struct str agent, uint8_t otherwise)
{
	for (size_t i = 0; i < n; i++)
		if (tokens_has(agent, rows[i].word) && (rows[i].also == NULL || tokens_has(agent, rows[i].also)))
			return rows[i].value;
	return otherwise;
}

#endif
