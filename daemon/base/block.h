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

/* What is at..end, zeros behind the end. */
static inline block
block_load(const char *at, const char *end)
{
	block b;

	if (end - at < BLOCK) {
		b = (block){ 0 };
		memcpy(&b, at, (size_t)(end - at));
	} else {
		memcpy(&b, at, BLOCK);
	}
	return b;
}

/* The place of the first byte that is not 0; BLOCK when all are. */
static inline size_t
block_first(block b)
{
	uint64_t halves[2];

	memcpy(halves, &b, sizeof(halves));
	if (halves[0] != 0)
		return (size_t)__builtin_ctzll(le64toh(halves[0])) / 8;
	return halves[1] != 0 ? BLOCK / 2 + (size_t)__builtin_ctzll(le64toh(halves[1])) / 8 : BLOCK;
}

/* Zeros from the n-th byte on. */
static inline block
block_cut(block b, size_t n)
{
	static const uint8_t mask[2 * BLOCK] = { 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
		255, 255 };
	block kept;

	memcpy(&kept, mask + BLOCK - n, BLOCK);
	return b & kept;
}

#endif
