/* assets.h - the files that are built into the programs (see assets.S). */
#ifndef BASE_ASSETS_H
#define BASE_ASSETS_H

#include <stdint.h>

#include "base/str.h"

#define ASSET_DECLARE(name)                                                                                            \
	extern const char asset_##name[];                                                                              \
	extern const uint32_t asset_##name##_size
ASSET_DECLARE(widget);
ASSET_DECLARE(widget_gz);
ASSET_DECLARE(widget_br);
ASSET_DECLARE(widget_map);
ASSET_DECLARE(widget_sri);
ASSET_DECLARE(box_css);
ASSET_DECLARE(apply);
ASSET_DECLARE(forecast);
ASSET_DECLARE(read);
ASSET_DECLARE(skip);
ASSET_DECLARE(fold);
ASSET_DECLARE(rights);
ASSET_DECLARE(verify);
ASSET_DECLARE(opening);
ASSET_DECLARE(purge);
ASSET_DECLARE(robots);

#define ASSET(name) ((struct str){ asset_##name, asset_##name##_size })

#endif
