/* pack.h - MessagePack into a buffer, by msgpack-c. */
#ifndef STORE_PACK_H
#define STORE_PACK_H

#include <msgpack.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

/* Appends to out, which is borrowed. */
void pack_into(msgpack_packer *to, struct buf *out);

void pack_text(msgpack_packer *to, struct str text);
void pack_bool(msgpack_packer *to, bool is);
void pack_number(msgpack_packer *to, int64_t n); /* as msgpack_pack_int64(), and sooner where it is small */

#endif
