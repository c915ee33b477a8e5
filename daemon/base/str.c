/* str.c - slices and growing buffers. */
#include "base/str.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/block.h"
#include "base/log.h"
#include "base/mem.h"

enum { BUF_MIN = 64, INT64_DIGITS = 20 };

/* Levenshtein's algorithm, row by row. */
size_t
str_distance(struct str a, struct str b)
{
	size_t row[DISTANCE_MAX + 1];

	if (a.n > DISTANCE_MAX || b.n > DISTANCE_MAX)
		return SIZE_MAX;
	for (size_t j = 0; j <= b.n; j++)
		row[j] = j;
	for (size_t i = 1; i <= a.n; i++) {
		size_t diagonal = row[0];
		row[0] = i;
		for (size_t j = 1; j <= b.n; j++) {
			size_t best = diagonal + (a.p[i - 1] != b.p[j - 1]);
			diagonal = row[j];
			if (row[j] + 1 < best)
				best = row[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			row[j] = best;
		}
	}
	return row[b.n];
}

int
str_to_uint(struct str s, uint64_t min, uint64_t max, uint64_t *ret_value)
{
	uint64_t v = 0;

	if (s.n == 0)
		return -1;
	for (size_t i = 0; i < s.n; i++) {
		unsigned digit = (unsigned)(unsigned char)s.p[i] - '0';
		if (digit > 9 || v > (UINT64_MAX - digit) / 10)
			return -1;
		v = v * 10 + digit;
	}
	if (v < min || v > max)
		return -1;
	*ret_value = v;
	return 0;
}

/* Sixteen half bytes, each in a byte of b, the first worth most. */
static uint64_t
join(block b)
{
	uint64_t halves[2], joined = 0;

	memcpy(halves, &b, sizeof(halves));
	for (int i = 0; i < 2; i++) {
		uint64_t half = be64toh(halves[i]);

		half = (half | half >> 4) & 0x00ff00ff00ff00ff;
		half = (half | half >> 8) & 0x0000ffff0000ffff;
		joined = joined << 32 | ((half | half >> 16) & 0xffffffff);
	}
	return joined;
}

int
str_to_hex64(struct str s, uint64_t *ret_value)
{
	block text, digit, letter, is_digit, is_letter;

	if (s.n == 0 || s.n > BLOCK)
		return -1;
	text = block_load(s.p, s.p + s.n);
	digit = text - '0';
	letter = (text | 0x20) - 'a';
	is_digit = (block)(digit < 10);
	is_letter = (block)(letter < 6);
	if (block_first(~(is_digit | is_letter)) < s.n)
		return -1;
	*ret_value = join((digit & is_digit) | ((letter + 10) & is_letter)) >> 4 * (BLOCK - s.n);
	return 0;
}

void
buf_fini(struct buf *b)
{
	free(b->p);
	*b = (struct buf){ 0 };
}

void
buf_grow(struct buf *b, size_t n)
{
	size_t cap = b->cap > 0 ? b->cap * 2 : BUF_MIN;

	b->cap = cap - b->n < n ? b->n + n : cap;
	b->p = xrealloc(b->p, b->cap);
}

/* By its binary digits, each of which is 1233/4096 of a decimal one. */
static size_t
count_digits(uint64_t v)
{
	static const uint64_t powers[INT64_DIGITS] = { 0, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000,
		1000000000, 10000000000, 100000000000, 1000000000000, 10000000000000, 100000000000000, 1000000000000000,
		10000000000000000, 100000000000000000, 1000000000000000000, 10000000000000000000U };
	size_t n = (size_t)(64 - __builtin_clzll(v | 1)) * 1233 / 4096;

	return n + (v >= powers[n]);
}

static uint64_t
magnitude(int64_t v)
{
	return v < 0 ? -(uint64_t)v : (uint64_t)v;
}

size_t
int_length(int64_t v)
{
	return count_digits(magnitude(v)) + (v < 0);
}

/* Two digits at a time, from the last. */
void
buf_int(struct buf *b, int64_t v)
{
	static const char pairs[] = "00010203040506070809101112131415161718192021222324252627282930313233343536373839"
				    "40414243444546474849505152535455565758596061626364656667686970717273747576777879"
				    "8081828384858687888990919293949596979899";
	uint64_t left = magnitude(v);
	size_t n = int_length(v);
	char *start = buf_reserve(b, n), *at = start + n;

	if (v < 0)
		*start = '-';
	for (; left >= 100; left /= 100) {
		at -= 2;
		memcpy(at, pairs + 2 * (left % 100), 2);
	}
	if (left >= 10)
		memcpy(at - 2, pairs + 2 * left, 2);
	else
		at[-1] = (char)('0' + left);
	b->n += n;
}

void
buf_printf(struct buf *b, const char *format, ...)
{
	va_list ap;
	int n;

	va_start(ap, format);
	n = vsnprintf(NULL, 0, format, ap);
	va_end(ap);
	if (n < 0)
		fatalx("unprintable format: %s", format);
	va_start(ap, format);
	(void)vsnprintf(buf_reserve(b, (size_t)n + 1), (size_t)n + 1, format, ap);
	va_end(ap);
	b->n += (size_t)n;
}

void
buf_drop(struct buf *b, size_t n)
{
	b->n -= n;
	if (b->n > 0 && n > 0)
		memmove(b->p, b->p + n, b->n);
}
