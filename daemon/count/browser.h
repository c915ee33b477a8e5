/* browser.h - which browser a User-Agent is. */
#ifndef COUNT_BROWSER_H
#define COUNT_BROWSER_H

#include <stdint.h>

#include "base/str.h"

/* Numbers of this build alone: what is stored goes by name, and the order may
 * change. */
enum browser {
	BROWSER_OTHER,
	BROWSER_CHROME,
	BROWSER_COC_COC,
	BROWSER_EDGE,
	BROWSER_FIREFOX,
	BROWSER_SAFARI,
	BROWSER_OPERA,
	BROWSER_OPERA_MINI,
	BROWSER_SAMSUNG,
	BROWSER_UC,
	BROWSER_ZALO,
	BROWSER_FACEBOOK,
	BROWSER_MESSENGER,
	BROWSER_INSTAGRAM,
	BROWSER_TIKTOK,
	BROWSER_VIBER,
	BROWSER_WECHAT,
	BROWSER_LINE,
	BROWSER_GOOGLE, /* the search app */
	BROWSER_IE,
	BROWSER_ANDROID, /* the browser of Android up to 4 */
	BROWSER_WEBVIEW, /* within some app */
	BROWSER_XIAOMI,
	BROWSER_HUAWEI,
	BROWSER_VIVO,
	BROWSER_HEYTAP, /* of Oppo, Realme and OnePlus */
	BROWSER_YANDEX,
	BROWSER_BRAVE,
	BROWSER_VIVALDI,
	BROWSER_DUCKDUCKGO,
	BROWSER_QQ,
	BROWSER_SILK,
	BROWSER_NOKIA,
	BROWSER_BLACKBERRY,
	BROWSER_PHONE, /* of other phones before Android */
	BROWSER_KAIOS,
	BROWSER_TV,
	BROWSER_CONSOLE,
	BROWSER_COUNT
};

enum browser browser_of_agent(struct str agent);

/* "Cốc Cốc"; "other" for what is no browser. */
const char *browser_name(unsigned browser);

#endif
