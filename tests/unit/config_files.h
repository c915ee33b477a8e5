/* config_files.h - texts as configuration files, for config_test.c and
 * config_problems_test.c. */
#ifndef UNIT_CONFIG_FILES_H
#define UNIT_CONFIG_FILES_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/config.h"

#define SITE_A "[site a]\nhosts = a.vn\n"
#define SITE_B "[site b]\nhosts = b.vn\n"

/* The file that the text under test stands in. */
static char path[] = "/tmp/thongke-config-XXXXXX";

static inline int
make_file(void **state)
{
	int fd = mkstemp(path);

	(void)state;
	return fd < 0 ? -1 : close(fd);
}

static inline int
remove_file(void **state)
{
	(void)state;
	return unlink(path);
}

static inline void
write_file(struct str text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(text.p, 1, text.n, f), text.n);
	assert_int_equal(fclose(f), 0);
}

/* Load text with the --set options of sets, which NULL ends. */
static inline struct config *
load_with(const char *text, char *const *sets, struct config_error *error)
{
	struct config_overrides overrides = { sets, 0 };

	while (sets != NULL && sets[overrides.n] != NULL)
		overrides.n++;
	write_file(str_of(text));
	return config_load(path, &overrides, error);
}

/* Load what must be good. */
static inline struct config *
load_good(const char *text, char *const *sets)
{
	struct config_error error = { 0 };
	struct config *c = load_with(text, sets, &error);

	if (c == NULL)
		fail_msg("refused: %.*s", (int)error.text.n, error.text.p);
	assert_int_equal(error.count, 0);
	buf_fini(&error.text);
	return c;
}

/* Load what must be bad for one reason: the message is "PATH" + expected, or
 * expected itself where that does not begin with a colon. */
static inline void
expect_one_problem(const char *text, char *const *sets, const char *expected)
{
	struct config_error error = { 0 };
	struct config *c = load_with(text, sets, &error);
	struct buf full = { 0 };

	if (c != NULL)
		fail_msg("taken, not refused with «%s»:\n%s", expected, text);
	buf_printf(&full, "%s%s", expected[0] == ':' ? path : "", expected);
	buf_putc(&error.text, '\0');
	buf_putc(&full, '\0');
	if (error.count != 1 || strncmp(error.text.p, full.p, full.n - 1) != 0)
		fail_msg("%u problems\ngot: %sexpected: %s", error.count, error.text.p, full.p);
	buf_fini(&full);
	buf_fini(&error.text);
}

#endif
