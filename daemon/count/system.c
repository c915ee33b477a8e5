/* system.c - the first row that fits is the answer: Windows Phone also says
 * Android and iPhone, phones say Linux or «like Mac OS X». */
#include "count/system.h"

#include "base/mem.h"
#include "count/tokens.h"

static const struct token rows[] = {
	{ "Windows Phone", NULL, SYSTEM_WINDOWS_PHONE },
	{ "Windows CE", NULL, SYSTEM_WINDOWS_PHONE },
	{ "Windows Mobile", NULL, SYSTEM_WINDOWS_PHONE },
	{ "IEMobile", NULL, SYSTEM_WINDOWS_PHONE },
	{ "ZuneWP7", NULL, SYSTEM_WINDOWS_PHONE },
	{ "; Wds ", NULL, SYSTEM_WINDOWS_PHONE },
	{ "KAIOS", NULL, SYSTEM_KAIOS },
	{ "KaiOS", NULL, SYSTEM_KAIOS },
	{ "Tizen", NULL, SYSTEM_TIZEN },
	{ "Web0S", NULL, SYSTEM_WEBOS },
	{ "webOS", NULL, SYSTEM_WEBOS },
	{ "hpwOS", NULL, SYSTEM_WEBOS },
	{ "HarmonyOS", NULL, SYSTEM_HARMONYOS },
	{ "OpenHarmony", NULL, SYSTEM_HARMONYOS },
	{ "CrOS", NULL, SYSTEM_CHROMEOS },
	{ "iPad", NULL, SYSTEM_IPADOS },
	{ "iPhone", NULL, SYSTEM_IOS },
	{ "iPod", NULL, SYSTEM_IOS },
	{ "iPh OS", NULL, SYSTEM_IOS },
	{ "BlackBerry", NULL, SYSTEM_BLACKBERRY },
	{ "BB10", NULL, SYSTEM_BLACKBERRY },
	{ "PlayBook", NULL, SYSTEM_BLACKBERRY },
	{ "Symbian", NULL, SYSTEM_SYMBIAN },
	{ "SymbOS", NULL, SYSTEM_SYMBIAN },
	{ "Series60", NULL, SYSTEM_SYMBIAN },
	{ "Series 60", NULL, SYSTEM_SYMBIAN },
	{ "Series40", NULL, SYSTEM_SYMBIAN },
	{ "PlayStation", NULL, SYSTEM_OTHER },
	{ "PLAYSTATION", NULL, SYSTEM_OTHER },
	{ "Nintendo", NULL, SYSTEM_OTHER },
	{ "Android", NULL, SYSTEM_ANDROID },
	{ "; Adr ", NULL, SYSTEM_ANDROID },
	{ "Silk/", NULL, SYSTEM_ANDROID },
	{ "Windows", NULL, SYSTEM_WINDOWS },
	{ "Win9", NULL, SYSTEM_WINDOWS },
	{ "WinNT", NULL, SYSTEM_WINDOWS },
	{ "Mac OS X", NULL, SYSTEM_MACOS },
	{ "Macintosh", NULL, SYSTEM_MACOS },
	{ "Mac_PowerPC", NULL, SYSTEM_MACOS },
	{ "X11", NULL, SYSTEM_LINUX },
	{ "Linux", NULL, SYSTEM_LINUX },
	{ "Ubuntu", NULL, SYSTEM_LINUX },
};

static const char *const names[] = {
	[SYSTEM_OTHER] = "other",
	[SYSTEM_WINDOWS] = "Windows",
	[SYSTEM_ANDROID] = "Android",
	[SYSTEM_IOS] = "iOS",
	[SYSTEM_IPADOS] = "iPadOS",
	[SYSTEM_MACOS] = "macOS",
	[SYSTEM_LINUX] = "Linux",
	[SYSTEM_CHROMEOS] = "Chrome OS",
	[SYSTEM_WINDOWS_PHONE] = "Windows Phone",
	[SYSTEM_HARMONYOS] = "HarmonyOS",
	[SYSTEM_KAIOS] = "KaiOS",
	[SYSTEM_TIZEN] = "Tizen",
	[SYSTEM_WEBOS] = "webOS",
	[SYSTEM_SYMBIAN] = "Symbian",
	[SYSTEM_BLACKBERRY] = "BlackBerry",
};

_Static_assert(NITEMS(names) == SYSTEM_COUNT, "a name for each system");

enum system
system_of_agent(struct str agent)
{
	return tokens_first(rows, NITEMS(rows), agent, SYSTEM_OTHER);
}

const char *
system_name(unsigned system)
{
	return names[system < SYSTEM_COUNT ? system : SYSTEM_OTHER];
}
