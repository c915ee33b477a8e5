/* crc32c.h - CRC-32C (Castagnoli), which finds what a disk has damaged.  It
 * is no defence against somebody who damages on purpose. */
#ifndef BASE_CRC32C_H
#define BASE_CRC32C_H

#include <stddef.h>
#include <stdint.h>

/* The sum of what crc was the sum of (0: of nothing) and n more bytes. */
uint32_t crc32c(uint32_t crc, const void *p, size_t n);

/* The same without the processor's help, for machines that have none. */
uint32_t crc32c_by_table(uint32_t crc, const void *p, size_t n);

#endif
