/* block.c - what is seldom asked of a block. */
#include "base/block.h"

block
block_load_rest(const char *at, size_t n)
{
	block b = { 0 };

	if (n > 0)
		memcpy(&b, at, n);
	return b;
}
