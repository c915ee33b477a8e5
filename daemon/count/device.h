/* device.h - what kind of thing a User-Agent is used on. */
#ifndef COUNT_DEVICE_H
#define COUNT_DEVICE_H

#include "base/str.h"

enum device { DEVICE_OTHER, DEVICE_DESKTOP, DEVICE_MOBILE, DEVICE_TABLET, DEVICE_TV, DEVICE_COUNT };

enum device device_of_agent(struct str agent);

/* "desktop"; "other" for what is no device. */
const char *device_name(unsigned device);

#endif
