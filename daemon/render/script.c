/* script.c - its name carries its entity tag. */
#include "render/script.h"

#include <inttypes.h>

#include "base/assets.h"
#include "http/accept.h"

void
script_name(struct buf *out)
{
	buf_printf(out, "thongke.%016" PRIx64 ".js", etag_of(ASSET(widget)));
}

struct str
script_integrity(void)
{
	return ASSET(widget_sri);
}
