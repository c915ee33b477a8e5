/* block.h - sixteen bytes that are looked at together.  To compare a block
 * gives one whose bytes are 0xff where it is so, and 0 elsewhere. */
#ifndef BASE_BLOCK_H
#define BASE_BLOCK_H

#include <endian.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { BLOCK = 16 };

typedef uint8_t block __attribute__((vector_size(BLOCK)));

block block_load_rest(const char *at, size_t n); /* n < BLOCK */

/* What is at..end, zeros behind the end. */
static inline block
block_load(const char *at, const char *end)
{
	block b;

	if (end - at < BLOCK)
		return block_load_rest(at, (size_t)(end - at));
	memcpy(&b, at, sizeof(b));
	return b;
}

/* The place of the first byte that is 0xff, all others being 0; BLOCK when
 * there is none.  Of each two bytes the inner halves make one byte. */
static inline size_t
block_first(block b)
{
	typedef uint16_t pairs __attribute__((vector_size(BLOCK)));
	typedef uint8_t halves __attribute__((vector_size(BLOCK / 2)));
	halves h = __builtin_convertvector((pairs)b / 16, halves);
	uint64_t w;

	memcpy(&w, &h, sizeof(w));
	return w != 0 ? (size_t)__builtin_ctzll(le64toh(w)) / 4 : BLOCK;
}

/* Zeros from the n-th byte on. */
static inline block
block_cut(block b, size_t n)
{
	static const uint8_t mask[2 * BLOCK] = { 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
		255, 255 };
	block kept;

	memcpy(&kept, mask + BLOCK - n, sizeof(kept));
	return b & kept;
}

#endif
