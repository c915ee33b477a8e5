/* cases.h - tables of tests/cases/: a line is "input => expected"; # begins a
 * comment line; \xHH in the input is a byte. */
#ifndef UNIT_CASES_H
#define UNIT_CASES_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"

/* What was written is just that; the buffer is emptied for good. */
static inline void
expect_bytes(struct buf *got, const char *wanted)
{
	buf_putc(got, '\0');
	assert_string_equal(got->p, wanted);
	buf_fini(got);
}

/* What was got for input goes to got. */
typedef void cases_try(struct str input, struct buf *got);

static inline void
cases_unescape(const char *from, size_t n, struct buf *to)
{
	buf_clear(to);
	for (size_t i = 0; i < n; i++) {
		uint64_t byte;
		if (n - i >= 4 && from[i] == '\\' && from[i + 1] == 'x' &&
		    str_to_hex64((struct str){ from + i + 2, 2 }, &byte) == 0) {
			buf_putc(to, (char)byte);
			i += 3;
		} else {
			buf_putc(to, from[i]);
		}
	}
}

/* Run every line of file, print each that differs, fail if any did or if
 * there were fewer than at_least. */
static inline void
cases_run(const char *file, size_t at_least, cases_try *try)
{
	FILE *in = fopen(file, "r");
	char *line = NULL;
	size_t cap = 0, n = 0, wrong = 0;
	struct buf input = { 0 }, got = { 0 };

	if (in == NULL)
		fail_msg("%s: run from the project's root", file);
	while (getline(&line, &cap, in) > 0) {
		char *arrow = strstr(line, "=> ");
		struct str expected;

		if (line[0] == '#' || arrow == NULL)
			continue;
		expected = (struct str){ arrow + 3, strcspn(arrow + 3, "\n") };
		cases_unescape(line, str_trim((struct str){ line, (size_t)(arrow - line) }).n, &input);
		buf_clear(&got);
		try(buf_view(&input), &got);
		n++;
		if (!str_eq(buf_view(&got), expected)) {
			print_error("%s: %.*s\n  expected %.*s\n  got      %.*s\n", file, (int)(arrow - line), line,
			    (int)expected.n, expected.p, (int)got.n, got.p);
			wrong++;
		}
	}
	(void)fclose(in);
	free(line);
	buf_fini(&input);
	buf_fini(&got);
	assert_int_equal(wrong, 0);
	assert_true(n >= at_least);
}

#endif
