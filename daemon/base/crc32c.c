/* crc32c.c - x86-64 has had an instruction for it since 2008; elsewhere a
 * table of 256 entries, built when it is first asked for, takes a byte a step. */
#include "base/crc32c.h"

#include <stdbool.h>
#include <string.h>

static const uint32_t polynomial = 0x82f63b78; /* with its bits reversed */

uint32_t
crc32c_by_table(uint32_t crc, const void *p, size_t n)
{
	static uint32_t table[256];
	static bool built;
	const uint8_t *bytes = p;

	if (!built) {
		for (uint32_t i = 0; i < 256; i++) {
			table[i] = i;
			for (int bit = 0; bit < 8; bit++)
				table[i] = table[i] >> 1 ^ ((table[i] & 1) != 0 ? polynomial : 0);
		}
		built = true;
	}
	crc = ~crc;
	for (size_t i = 0; i < n; i++)
		crc = table[(crc ^ bytes[i]) & 0xff] ^ crc >> 8;
	return ~crc;
}

#ifdef __x86_64__
__attribute__((target("sse4.2"))) static uint32_t
crc32c_by_instruction(uint32_t crc, const uint8_t *bytes, size_t n)
{
	uint64_t sum = ~crc;

	for (; n >= 8; n -= 8, bytes += 8) {
		uint64_t word;

		memcpy(&word, bytes, sizeof(word));
		sum = __builtin_ia32_crc32di(sum, word);
	}
	crc = (uint32_t)sum;
	for (; n > 0; n--)
		crc = __builtin_ia32_crc32qi(crc, *bytes++);
	return ~crc;
}

uint32_t
crc32c(uint32_t crc, const void *p, size_t n)
{
	return __builtin_cpu_supports("sse4.2") ? crc32c_by_instruction(crc, p, n) : crc32c_by_table(crc, p, n);
}
#else
uint32_t
crc32c(uint32_t crc, const void *p, size_t n)
{
	return crc32c_by_table(crc, p, n);
}
#endif
