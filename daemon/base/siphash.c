/* siphash.c - two rounds a word, four at the end. */
#include "base/siphash.h"

#include <endian.h>
#include <string.h>
#include <sys/random.h>

#include "base/log.h"

struct state {
	uint64_t v0, v1, v2, v3;
};

static uint64_t
load64(const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return le64toh(v);
}

static uint64_t
rotate(uint64_t v, int bits)
{
	return v << bits | v >> (64 - bits);
}

static inline void
round_once(struct state *s)
{
	s->v0 += s->v1;
	s->v1 = rotate(s->v1, 13) ^ s->v0;
	s->v0 = rotate(s->v0, 32);
	s->v2 += s->v3;
	s->v3 = rotate(s->v3, 16) ^ s->v2;
	s->v0 += s->v3;
	s->v3 = rotate(s->v3, 21) ^ s->v0;
	s->v2 += s->v1;
	s->v1 = rotate(s->v1, 17) ^ s->v2;
	s->v2 = rotate(s->v2, 32);
}

static void
absorb(struct state *s, uint64_t word)
{
	s->v3 ^= word;
	round_once(s);
	round_once(s);
	s->v0 ^= word;
}

void
siphash_draw_key(uint8_t ret_key[SIPHASH_KEY_BYTES])
{
	if (getrandom(ret_key, SIPHASH_KEY_BYTES, 0) != SIPHASH_KEY_BYTES)
		fatal("getrandom");
}

uint64_t
siphash(const uint8_t key[SIPHASH_KEY_BYTES], const void *p, size_t n)
{
	const uint8_t *in = p;
	uint64_t k0 = load64(key), k1 = load64(key + 8);
	struct state s = { k0 ^ 0x736f6d6570736575, k1 ^ 0x646f72616e646f6d, k0 ^ 0x6c7967656e657261,
		k1 ^ 0x7465646279746573 };
	uint8_t tail[8] = { 0 };
	size_t whole = n & ~(size_t)7;

	for (size_t i = 0; i < whole; i += 8)
		absorb(&s, load64(in + i));
	if (n > whole)
		memcpy(tail, in + whole, n - whole);
	tail[7] = (uint8_t)n;
	absorb(&s, load64(tail));
	s.v2 ^= 0xff;
	for (int i = 0; i < 4; i++)
		round_once(&s);
	return s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
}
