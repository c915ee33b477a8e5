/* system.h - which operating system a User-Agent runs on. */
#ifndef COUNT_SYSTEM_H
#define COUNT_SYSTEM_H

#include "base/str.h"

enum system {
	SYSTEM_OTHER,
	SYSTEM_WINDOWS,
	SYSTEM_ANDROID,
	SYSTEM_IOS,
	SYSTEM_IPADOS, /* an iPad that says so: since 2019 Safari there says macOS */
	SYSTEM_MACOS,
	SYSTEM_LINUX,
	SYSTEM_CHROMEOS,
	SYSTEM_WINDOWS_PHONE, /* and CE, and Mobile */
	SYSTEM_HARMONYOS,
	SYSTEM_KAIOS,
	SYSTEM_TIZEN,
	SYSTEM_WEBOS,
	SYSTEM_SYMBIAN, /* and Series 40 */
	SYSTEM_BLACKBERRY,
	SYSTEM_COUNT
};

enum system system_of_agent(struct str agent);

/* "Chrome OS"; "other" for what is no system. */
const char *system_name(unsigned system);

#endif
