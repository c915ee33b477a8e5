/* device.c - the first row that fits is the answer.  An Android that does not
 * say Mobile is a tablet, as its makers have ruled; apps that forget to say it
 * on phones stand before. */
#include "count/device.h"

#include "base/mem.h"
#include "count/tokens.h"

static const struct token rows[] = {
	{ "PlayStation", NULL, DEVICE_OTHER },
	{ "PLAYSTATION", NULL, DEVICE_OTHER },
	{ "Nintendo", NULL, DEVICE_OTHER },
	{ "Xbox", NULL, DEVICE_OTHER },

	{ "SMART-TV", NULL, DEVICE_TV },
	{ "SmartTV", NULL, DEVICE_TV },
	{ "SMARTTV", NULL, DEVICE_TV },
	{ "Smart TV", NULL, DEVICE_TV },
	{ "Smart-TV", NULL, DEVICE_TV },
	{ "Web0S", NULL, DEVICE_TV },
	{ "HbbTV", NULL, DEVICE_TV },
	{ "NetCast", NULL, DEVICE_TV },
	{ "TV Safari", NULL, DEVICE_TV },
	{ "Opera TV", NULL, DEVICE_TV },
	{ "OMI/", NULL, DEVICE_TV },
	{ "InettvBrowser", NULL, DEVICE_TV },
	{ "BRAVIA", NULL, DEVICE_TV },
	{ "Android TV", NULL, DEVICE_TV },
	{ "GoogleTV", NULL, DEVICE_TV },
	{ "AppleTV", NULL, DEVICE_TV },
	{ "MiTV", NULL, DEVICE_TV },
	{ "MiBOX", NULL, DEVICE_TV },
	{ "MIBOX", NULL, DEVICE_TV },
	{ "Chromecast", NULL, DEVICE_TV },
	{ "CrKey", NULL, DEVICE_TV },
	{ "; AFT", NULL, DEVICE_TV },

	{ "Tablet PC", "Windows", DEVICE_DESKTOP },
	{ "iPad", NULL, DEVICE_TABLET },
	{ "Tablet", NULL, DEVICE_TABLET },
	{ "PlayBook", NULL, DEVICE_TABLET },
	{ "TouchPad", NULL, DEVICE_TABLET },
	{ "Kindle", NULL, DEVICE_TABLET },
	{ "Silk/", NULL, DEVICE_TABLET },
	{ "; SM-T", NULL, DEVICE_TABLET },
	{ "; SM-X", NULL, DEVICE_TABLET },
	{ "Lenovo TB", NULL, DEVICE_TABLET },
	{ "MediaPad", NULL, DEVICE_TABLET },

	{ "iPhone", NULL, DEVICE_MOBILE },
	{ "iPod", NULL, DEVICE_MOBILE },
	{ "iPh OS", NULL, DEVICE_MOBILE },
	{ "Windows Phone", NULL, DEVICE_MOBILE },
	{ "Windows CE", NULL, DEVICE_MOBILE },
	{ "Opera Mini", NULL, DEVICE_MOBILE },
	{ "Opera Mobi", NULL, DEVICE_MOBILE },
	{ "Mobile", NULL, DEVICE_MOBILE },
	{ "UCWEB", NULL, DEVICE_MOBILE },
	{ "UCBrowser", "Android", DEVICE_MOBILE },
	{ "Phone;", NULL, DEVICE_MOBILE },
	{ "KAIOS", NULL, DEVICE_MOBILE },
	{ "BlackBerry", NULL, DEVICE_MOBILE },
	{ "BB10", NULL, DEVICE_MOBILE },
	{ "Symbian", NULL, DEVICE_MOBILE },
	{ "Series60", NULL, DEVICE_MOBILE },
	{ "Series40", NULL, DEVICE_MOBILE },
	{ "MIDP", NULL, DEVICE_MOBILE },
	{ "CLDC", NULL, DEVICE_MOBILE },
	{ "UP.Browser", NULL, DEVICE_MOBILE },
	{ "MAUI", NULL, DEVICE_MOBILE },
	{ "Obigo", NULL, DEVICE_MOBILE },
	{ "Nokia", NULL, DEVICE_MOBILE },
	{ "NOKIA", NULL, DEVICE_MOBILE },
	{ "Android", NULL, DEVICE_TABLET },

	{ "Windows", NULL, DEVICE_DESKTOP },
	{ "Win9", NULL, DEVICE_DESKTOP },
	{ "WinNT", NULL, DEVICE_DESKTOP },
	{ "Mac", NULL, DEVICE_DESKTOP },
	{ "CrOS", NULL, DEVICE_DESKTOP },
	{ "X11", NULL, DEVICE_DESKTOP },
	{ "Linux", NULL, DEVICE_DESKTOP },
	{ "(PC;", NULL, DEVICE_DESKTOP },
};

static const char *const names[] = {
	[DEVICE_OTHER] = "other",
	[DEVICE_DESKTOP] = "desktop",
	[DEVICE_MOBILE] = "mobile",
	[DEVICE_TABLET] = "tablet",
	[DEVICE_TV] = "tv",
};

_Static_assert(NITEMS(names) == DEVICE_COUNT, "a name for each device");

enum device
device_of_agent(struct str agent)
{
	return tokens_first(rows, NITEMS(rows), agent, DEVICE_OTHER);
}

const char *
device_name(unsigned device)
{
	return names[device < DEVICE_COUNT ? device : DEVICE_OTHER];
}
