/* hash.h - a keyed hash for tables within this process, less than half as dear
 * as siphash().  Whoever has neither the key nor any hash can not make two
 * inputs collide, in whichever bits, more often than chance does.  A few
 * hashes tell the key, though: they never leave the process. */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

enum { HASH_BYTES_MAX = 1024, HASH_KEY_WORDS = HASH_BYTES_MAX / 8 + 2 };

struct hash_key {
	unsigned __int128 words[HASH_KEY_WORDS];
};

/* A random key from the kernel. */
void hash_draw_key(struct hash_key *ret_key);

/* Of n bytes, HASH_BYTES_MAX at most. */
uint64_t hash_of(const struct hash_key *k, const void *p, size_t n);

#endif
