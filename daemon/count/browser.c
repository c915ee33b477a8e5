/* browser.c - nearly all call themselves Mozilla and Safari, and most Chrome:
 * so the table goes from the particular to the general, and its first row
 * that fits is the answer. */
#include "count/browser.h"

#include "base/mem.h"
#include "count/tokens.h"

static const struct token rows[] = {
	/* Apps that show pages within themselves. */
	{ "Zalo", NULL, BROWSER_ZALO },
	{ "Instagram", NULL, BROWSER_INSTAGRAM },
	{ "FBAN/Messenger", NULL, BROWSER_MESSENGER },
	{ "Orca-Android", NULL, BROWSER_MESSENGER },
	{ "MetaIAB Messenger", NULL, BROWSER_MESSENGER },
	{ "FB_IAB/MESSENGER", NULL, BROWSER_MESSENGER },
	{ "FBAN/", NULL, BROWSER_FACEBOOK },
	{ "FBAV/", NULL, BROWSER_FACEBOOK },
	{ "FB_IAB/", NULL, BROWSER_FACEBOOK },
	{ "MetaIAB", NULL, BROWSER_FACEBOOK },
	{ "musical_ly", NULL, BROWSER_TIKTOK },
	{ "trill_", NULL, BROWSER_TIKTOK },
	{ "BytedanceWebview", NULL, BROWSER_TIKTOK },
	{ "TikTok", NULL, BROWSER_TIKTOK },
	{ "Viber", NULL, BROWSER_VIBER },
	{ "MicroMessenger", NULL, BROWSER_WECHAT },
	{ " Line/", NULL, BROWSER_LINE },
	{ "GSA/", NULL, BROWSER_GOOGLE },

	{ "PlayStation", NULL, BROWSER_CONSOLE },
	{ "PLAYSTATION", NULL, BROWSER_CONSOLE },
	{ "Nintendo", NULL, BROWSER_CONSOLE },

	/* Browsers with a name of their own. */
	{ "coc_coc_browser", NULL, BROWSER_COC_COC },
	{ "CocCoc", NULL, BROWSER_COC_COC },
	{ "Opera Mini", NULL, BROWSER_OPERA_MINI },
	{ "OPiOS/", NULL, BROWSER_OPERA_MINI },
	{ "OPR/", "wv)", BROWSER_OPERA_MINI },
	{ "UCBrowser", NULL, BROWSER_UC },
	{ "UC Browser", NULL, BROWSER_UC },
	{ "UCWEB", NULL, BROWSER_UC },
	{ "UBrowser/", NULL, BROWSER_UC },
	{ "SamsungBrowser", NULL, BROWSER_SAMSUNG },
	{ "MiuiBrowser", NULL, BROWSER_XIAOMI },
	{ "Mint Browser", NULL, BROWSER_XIAOMI },
	{ "HuaweiBrowser", NULL, BROWSER_HUAWEI },
	{ "VivoBrowser", NULL, BROWSER_VIVO },
	{ "HeyTapBrowser", NULL, BROWSER_HEYTAP },
	{ "OppoBrowser", NULL, BROWSER_HEYTAP },
	{ "YaBrowser", NULL, BROWSER_YANDEX },
	{ "YaSearchBrowser", NULL, BROWSER_YANDEX },
	{ "Brave", "AppleWebKit", BROWSER_BRAVE },
	{ "Vivaldi", NULL, BROWSER_VIVALDI },
	{ "DuckDuckGo/", NULL, BROWSER_DUCKDUCKGO },
	{ "Ddg/", NULL, BROWSER_DUCKDUCKGO },
	{ "QQBrowser", NULL, BROWSER_QQ },
	{ "Silk/", NULL, BROWSER_SILK },
	{ "Edg/", NULL, BROWSER_EDGE },
	{ "EdgA/", NULL, BROWSER_EDGE },
	{ "EdgiOS/", NULL, BROWSER_EDGE },
	{ "Edge/", NULL, BROWSER_EDGE },

	/* Television sets, some of which run Opera or Firefox. */
	{ "Web0S", NULL, BROWSER_TV },
	{ "SMART-TV", NULL, BROWSER_TV },
	{ "SmartTV", NULL, BROWSER_TV },
	{ "SMARTTV", NULL, BROWSER_TV },
	{ "Smart-TV", NULL, BROWSER_TV },
	{ "HbbTV", NULL, BROWSER_TV },
	{ "NetCast", NULL, BROWSER_TV },
	{ "Opera TV", NULL, BROWSER_TV },
	{ "OMI/", NULL, BROWSER_TV },
	{ "InettvBrowser", NULL, BROWSER_TV },
	{ "TV Safari", NULL, BROWSER_TV },

	{ "OPR/", NULL, BROWSER_OPERA },
	{ "OPT/", NULL, BROWSER_OPERA },
	{ "OPX/", NULL, BROWSER_OPERA },
	{ "Opera", NULL, BROWSER_OPERA },
	{ "IEMobile", NULL, BROWSER_IE },
	{ "MSIE ", NULL, BROWSER_IE },
	{ "Trident/", NULL, BROWSER_IE },

	/* Phones before Android. */
	{ "KAIOS", NULL, BROWSER_KAIOS },
	{ "KaiOS", NULL, BROWSER_KAIOS },
	{ "BlackBerry", NULL, BROWSER_BLACKBERRY },
	{ "BB10", NULL, BROWSER_BLACKBERRY },
	{ "PlayBook", NULL, BROWSER_BLACKBERRY },
	{ "NokiaBrowser", NULL, BROWSER_NOKIA },
	{ "OviBrowser", NULL, BROWSER_NOKIA },
	{ "BrowserNG", NULL, BROWSER_NOKIA },
	{ "Symbian", NULL, BROWSER_NOKIA },
	{ "Series60", NULL, BROWSER_NOKIA },
	{ "Series40", NULL, BROWSER_NOKIA },
	{ "MeeGo", NULL, BROWSER_NOKIA },
	{ "Nokia", "MIDP", BROWSER_NOKIA },
	{ "NOKIA", "MIDP", BROWSER_NOKIA },
	{ "MIDP", NULL, BROWSER_PHONE },
	{ "CLDC", NULL, BROWSER_PHONE },
	{ "UP.Browser", NULL, BROWSER_PHONE },
	{ "NetFront", NULL, BROWSER_PHONE },
	{ "Obigo", NULL, BROWSER_PHONE },
	{ "Dolfin/", NULL, BROWSER_PHONE },
	{ "Jasmine/", NULL, BROWSER_PHONE },
	{ "Teleca", NULL, BROWSER_PHONE },
	{ "Polaris", NULL, BROWSER_PHONE },
	{ "MAUI", NULL, BROWSER_PHONE },

	{ "FxiOS/", NULL, BROWSER_FIREFOX },
	{ "Firefox", NULL, BROWSER_FIREFOX },
	{ "Fennec/", NULL, BROWSER_FIREFOX },
	{ "CriOS/", NULL, BROWSER_CHROME },
	{ "CrMo/", NULL, BROWSER_CHROME },
	{ "Chrome/28.0", "Version/1.", BROWSER_SAMSUNG },
	{ "Chrome/18.0", "Version/1.0", BROWSER_SAMSUNG },
	{ "Chrome/", "; wv)", BROWSER_WEBVIEW },
	{ "Chrome/", "Version/4.0", BROWSER_WEBVIEW },
	{ "Chrome/", "ArkWeb/", BROWSER_WEBVIEW },
	{ "Chrome/", NULL, BROWSER_CHROME },
	{ "Chromium/", NULL, BROWSER_CHROME },
	{ "Android", "AppleWebKit", BROWSER_ANDROID },
	{ "Safari/", NULL, BROWSER_SAFARI },
	{ "Mac OS X", "AppleWebKit", BROWSER_WEBVIEW },
	{ "Nokia", NULL, BROWSER_NOKIA },
	{ "NOKIA", NULL, BROWSER_NOKIA },
};

static const char *const names[] = {
	[BROWSER_OTHER] = "other",
	[BROWSER_CHROME] = "Chrome",
	[BROWSER_COC_COC] = "Cốc Cốc",
	[BROWSER_EDGE] = "Edge",
	[BROWSER_FIREFOX] = "Firefox",
	[BROWSER_SAFARI] = "Safari",
	[BROWSER_OPERA] = "Opera",
	[BROWSER_OPERA_MINI] = "Opera Mini",
	[BROWSER_SAMSUNG] = "Samsung Internet",
	[BROWSER_UC] = "UC Browser",
	[BROWSER_ZALO] = "Zalo",
	[BROWSER_FACEBOOK] = "Facebook",
	[BROWSER_MESSENGER] = "Messenger",
	[BROWSER_INSTAGRAM] = "Instagram",
	[BROWSER_TIKTOK] = "TikTok",
	[BROWSER_VIBER] = "Viber",
	[BROWSER_WECHAT] = "WeChat",
	[BROWSER_LINE] = "LINE",
	[BROWSER_GOOGLE] = "Google app",
	[BROWSER_IE] = "Internet Explorer",
	[BROWSER_ANDROID] = "Android Browser",
	[BROWSER_WEBVIEW] = "WebView",
	[BROWSER_XIAOMI] = "Mi Browser",
	[BROWSER_HUAWEI] = "Huawei Browser",
	[BROWSER_VIVO] = "Vivo Browser",
	[BROWSER_HEYTAP] = "HeyTap Browser",
	[BROWSER_YANDEX] = "Yandex",
	[BROWSER_BRAVE] = "Brave",
	[BROWSER_VIVALDI] = "Vivaldi",
	[BROWSER_DUCKDUCKGO] = "DuckDuckGo",
	[BROWSER_QQ] = "QQ Browser",
	[BROWSER_SILK] = "Silk",
	[BROWSER_NOKIA] = "Nokia Browser",
	[BROWSER_BLACKBERRY] = "BlackBerry",
	[BROWSER_PHONE] = "feature phone",
	[BROWSER_KAIOS] = "KaiOS",
	[BROWSER_TV] = "smart TV",
	[BROWSER_CONSOLE] = "game console",
};

_Static_assert(NITEMS(names) == BROWSER_COUNT, "a name for each browser");

enum browser
browser_of_agent(struct str agent)
{
	return tokens_first(rows, NITEMS(rows), agent, BROWSER_OTHER);
}

const char *
browser_name(unsigned browser)
{
	return names[browser < BROWSER_COUNT ? browser : BROWSER_OTHER];
}
