/* config_ini.h - an INI file as its sections, options and problems, each with
 * its line, read by libinih.  Nothing is ever cut: a line or a title longer
 * than libinih takes is a problem. */
#ifndef BASE_CONFIG_INI_H
#define BASE_CONFIG_INI_H

#include <stdio.h>

#include "base/str.h"

/* Called in the file's order; strings end with the call. */
struct ini_events {
	/* title is absent when the title was a problem, already told. */
	void (*section)(void *arg, unsigned line, struct str title);
	void (*option)(void *arg, unsigned line, struct str name, struct str value);
	/* An indented line that goes on with the option before it. */
	void (*more)(void *arg, unsigned line, struct str value);
	void (*problem)(void *arg, unsigned line, const char *what);
	void *arg;
};

/* -1 with errno when f cannot be read. */
int ini_read(FILE *f, const struct ini_events *events) __attribute__((warn_unused_result));

#endif
