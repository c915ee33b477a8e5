/* hash.c - multilinear hashing: the input's words and its length, each times
 * a random number of twice its width, summed; the upper half of the sum is
 * the hash.  It is strongly universal.  Source: Carter and Wegman, "New hash
 * functions and their use in authentication and set equality", 1981; with
 * numbers of twice the width instead of a prime: Thorup, "High speed hashing
 * for integers and strings", 2015. */
#include "base/hash.h"

#include <string.h>
#include <sys/random.h>

#include "base/log.h"

enum { RANDOM_AT_ONCE = 256 }; /* bytes that the kernel never gives in part */

void
hash_draw_key(struct hash_key *ret_key)
{
	unsigned char *to = (unsigned char *)ret_key->words;

	for (size_t left = sizeof(ret_key->words), n; left > 0; left -= n, to += n) {
		n = left < RANDOM_AT_ONCE ? left : RANDOM_AT_ONCE;
		if (getrandom(to, n, 0) != (ssize_t)n)
			fatal("getrandom");
	}
}

/* Inputs in a row have sums in a row: without this whole rows might fall into
 * one place of a table.  Turned round it is the sum again, so that nothing
 * collides here.  The numbers are MurmurHash3's. */
static uint64_t
mix(uint64_t h)
{
	h = (h ^ h >> 33) * 0xff51afd7ed558ccdULL;
	h = (h ^ h >> 33) * 0xc4ceb9fe1a85ec53ULL;
	return h ^ h >> 33;
}

uint64_t
hash_of(const struct hash_key *k, const void *p, size_t n)
{
	const unsigned __int128 *factor = k->words;
	const unsigned char *in = p;
	unsigned __int128 sum = *factor++;
	uint64_t word;

	sum += *factor++ * n;
	for (; n >= sizeof(word); n -= sizeof(word), in += sizeof(word)) {
		memcpy(&word, in, sizeof(word));
		sum += *factor++ * word;
	}
	word = 0;
	if (n > 0) {
		memcpy(&word, in, n);
		sum += *factor * word;
	}
	return mix((uint64_t)(sum >> 64));
}
