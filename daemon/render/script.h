/* script.h - the script that pages embed: the name that changes with its
 * bytes, and what a browser knows them by. */
#ifndef RENDER_SCRIPT_H
#define RENDER_SCRIPT_H

#include "base/str.h"

/* Append "thongke.0123456789abcdef.js". */
void script_name(struct buf *out);

/* "sha384-…", as integrity has it. */
struct str script_integrity(void);

#endif
