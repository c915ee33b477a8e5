/* siphash.h - SipHash-2-4, a keyed hash whose output says nothing about its
 * input to whoever lacks the key.  Source: Aumasson and Bernstein, "SipHash:
 * a fast short-input PRF", 2012. */
#ifndef BASE_SIPHASH_H
#define BASE_SIPHASH_H

#include <stddef.h>
#include <stdint.h>

enum { SIPHASH_KEY_BYTES = 16 };

/* A random key from the kernel. */
void siphash_draw_key(uint8_t ret_key[SIPHASH_KEY_BYTES]);

uint64_t siphash(const uint8_t key[SIPHASH_KEY_BYTES], const void *p, size_t n);

#endif
