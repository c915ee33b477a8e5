/* request_test.c - every line of tests/cases/requests.txt is a test: the
 * whole bytes give the verdict of the line, and every way to receive them in
 * pieces gives the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "http/request.h"

static const char cases_path[] = "tests/cases/requests.txt";

static const struct request_rules rules = {
	.url_max = 60,
	.header_max = 400,
	.body_max = 20,
	.client_header = { "X-Forwarded-For", sizeof("X-Forwarded-For") - 1 },
};

static const char *const header_names[HEADER_COUNT] = {
	[HEADER_HOST] = "host",
	[HEADER_CONTENT_LENGTH] = "content-length",
	[HEADER_CONNECTION] = "connection",
	[HEADER_EXPECT] = "expect",
	[HEADER_ORIGIN] = "origin",
	[HEADER_REFERER] = "referer",
	[HEADER_USER_AGENT] = "user-agent",
	[HEADER_ACCEPT] = "accept",
	[HEADER_ACCEPT_ENCODING] = "accept-encoding",
	[HEADER_ACCEPT_LANGUAGE] = "accept-language",
	[HEADER_IF_NONE_MATCH] = "if-none-match",
	[HEADER_SEC_GPC] = "sec-gpc",
	[HEADER_DNT] = "dnt",
	[HEADER_SEC_PURPOSE] = "sec-purpose",
	[HEADER_PURPOSE] = "purpose",
	[HEADER_X_PURPOSE] = "x-purpose",
	[HEADER_X_MOZ] = "x-moz",
	[HEADER_CLIENT] = "x-forwarded-for",
};

struct line {
	char *name, *bytes, *verdict; /* the latter two still escaped */
};

struct verdict {
	enum request_result result;
	int status;
	struct request r;
};

/* Escapes: see the head of the cases file. */
static void
unescape(struct buf *out, struct str text)
{
	for (size_t i = 0; i < text.n; i++) {
		const char *at = text.p + i, *end = text.p + text.n;
		if (*at == '\\' && at[1] == 'x') {
			uint64_t byte;
			assert_int_equal(str_to_hex64((struct str){ at + 2, 2 }, &byte), 0);
			buf_putc(out, (char)byte);
			i += 3;
		} else if (*at == '\\') {
			const char *letter = strchr("r\rn\nt\t\\\\", at[1]);
			assert_non_null(letter);
			buf_putc(out, letter[1]);
			i++;
		} else if (*at == '{') {
			const char *close = memchr(at, '}', (size_t)(end - at));
			const char *star = close != NULL ? memrchr(at, '*', (size_t)(close - at)) : NULL;
			assert_non_null(star);
			for (long n = strtol(star + 1, NULL, 10); n > 0; n--)
				unescape(out, (struct str){ at + 1, (size_t)(star - at) - 1 });
			i += (size_t)(close - at);
		} else {
			buf_putc(out, *at);
		}
	}
}

/* The first n bytes in memory of exactly that size, so that the sanitizer
 * sees whoever reads further. */
static struct verdict
parse_prefix(struct str bytes, size_t n, char **ret_memory)
{
	char *memory = malloc(n > 0 ? n : 1);
	struct verdict v = { 0 };

	assert_non_null(memory);
	if (n > 0)
		memcpy(memory, bytes.p, n);
	v.result = request_parse((struct str){ memory, n }, &rules, &v.r, &v.status);
	*ret_memory = memory;
	return v;
}

static struct str
number(struct buf *out, size_t n)
{
	buf_int(out, (int64_t)n);
	return buf_view(out);
}

/* The value of a field of the verdict, numbers written into *scratch. */
static struct str
find_field(struct str name, const struct request *r, size_t total, struct buf *scratch)
{
	if (str_eq(name, STR("method")))
		return str_of(request_method_name(r->method));
	if (str_eq(name, STR("path")))
		return r->path;
	if (str_eq(name, STR("query")))
		return r->query;
	if (str_eq(name, STR("body")))
		return r->body;
	if (str_eq(name, STR("minor")))
		return number(scratch, r->minor);
	if (str_eq(name, STR("keep_alive")))
		return number(scratch, r->keep_alive);
	if (str_eq(name, STR("wants_continue")))
		return number(scratch, r->wants_continue);
	if (str_eq(name, STR("length")))
		return number(scratch, r->length);
	if (str_eq(name, STR("rest")))
		return number(scratch, total - r->length);
	for (size_t i = 0; i < HEADER_COUNT; i++) {
		if (str_eq(name, str_of(header_names[i])))
			return r->header[i];
	}
	fail_msg("no such field: %.*s", (int)name.n, name.p);
	return (struct str){ NULL, 0 };
}

/* "name=value", or "-name" for an absent one. */
static void
check_field(struct str field, const struct request *r, size_t total)
{
	struct buf scratch = { 0 }, expected = { 0 };
	struct str value = field, name = str_cut(&value, '='), found;
	bool absent = value.p == NULL && name.n > 0 && name.p[0] == '-';

	if (absent)
		name = (struct str){ name.p + 1, name.n - 1 };
	found = find_field(name, r, total, &scratch);
	unescape(&expected, value);
	if ((found.p == NULL) != absent || !str_eq(found, buf_view(&expected)))
		fail_msg("%.*s is «%.*s»", (int)field.n, field.p, (int)found.n, found.n > 0 ? found.p : "");
	buf_fini(&scratch);
	buf_fini(&expected);
}

static void
check_verdict(const char *expected, const struct verdict *v, size_t total)
{
	struct str rest = str_of(expected), word = str_cut(&rest, ' ');
	uint64_t status;

	if (str_eq(word, STR("bad"))) {
		assert_int_equal(v->result, REQUEST_BAD);
		assert_int_equal(str_to_uint(rest, 400, 599, &status), 0);
		assert_int_equal(v->status, status);
		return;
	}
	if (v->result == REQUEST_BAD)
		fail_msg("refused with %d", v->status);
	assert_int_equal(v->result, str_eq(word, STR("more")) ? REQUEST_MORE : REQUEST_DONE);
	while (rest.n > 0)
		check_field(str_cut(&rest, ' '), &v->r, total);
}

/* Received byte by byte: nothing is decided too early, and what was decided
 * once stays so whatever comes after it. */
static void
check_prefixes(struct str bytes, const struct verdict *whole)
{
	bool decided = false;

	for (size_t n = 0; n < bytes.n; n++) {
		char *memory;
		struct verdict v = parse_prefix(bytes, n, &memory);
		if (v.result == REQUEST_BAD)
			assert_int_equal(v.status, whole->status);
		if (decided || v.result != REQUEST_MORE)
			assert_int_equal(v.result, whole->result);
		if (whole->result == REQUEST_DONE)
			assert_int_equal(v.result, n < whole->r.length ? REQUEST_MORE : REQUEST_DONE);
		if (v.r.length > 0)
			assert_int_equal(v.r.length, whole->r.length);
		decided = v.result != REQUEST_MORE;
		free(memory);
	}
}

static void
test_line(void **state)
{
	const struct line *line = *state;
	struct buf bytes = { 0 };
	struct verdict whole;
	char *memory;

	unescape(&bytes, str_of(line->bytes));
	whole = parse_prefix(buf_view(&bytes), bytes.n, &memory);
	check_verdict(line->verdict, &whole, bytes.n);
	check_prefixes(buf_view(&bytes), &whole);
	free(memory);
	buf_fini(&bytes);
}

/* One wrong byte anywhere in a good request never reads outside of it and
 * never makes it longer than it is. */
static void
test_any_byte_anywhere(void **state)
{
	struct str good = STR("POST /a?b HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nX: y\r\n\r\nhi");

	(void)state;
	for (size_t at = 0; at < good.n; at++) {
		for (int byte = 0; byte < 256; byte++) {
			struct buf changed = { 0 };
			struct verdict v;
			char *memory;
			buf_str(&changed, good);
			changed.p[at] = (char)byte;
			v = parse_prefix(buf_view(&changed), changed.n, &memory);
			assert_true(v.result != REQUEST_DONE || v.r.length <= good.n);
			assert_true(v.result != REQUEST_BAD || (v.status >= 400 && v.status <= 505));
			free(memory);
			buf_fini(&changed);
		}
	}
}

static char *
copy_trimmed(struct str s)
{
	s = str_trim(s);
	return xstrndup(s.n > 0 ? s.p : "", s.n);
}

static struct line *
read_line(const char *text, size_t number_of_line)
{
	struct line *line = xcalloc(1, sizeof(*line));
	struct str rest = str_of(text);

	rest.n -= rest.n > 0 && rest.p[rest.n - 1] == '\n';
	line->name = copy_trimmed(str_cut(&rest, '|'));
	line->bytes = copy_trimmed(str_cut(&rest, '|'));
	line->verdict = copy_trimmed(rest);
	if (line->verdict[0] == '\0') {
		fprintf(stderr, "%s:%zu: not name | bytes | verdict\n", cases_path, number_of_line);
		exit(1);
	}
	return line;
}

/* A test a line; the array is the caller's. */
static struct CMUnitTest *
read_cases(size_t *ret_count)
{
	struct CMUnitTest *tests = NULL;
	size_t count = 0, size = 0;
	char *text = NULL;
	FILE *f = fopen(cases_path, "r");

	if (f == NULL) {
		perror(cases_path);
		exit(1);
	}
	for (size_t number_of_line = 1; getline(&text, &size, f) >= 0; number_of_line++) {
		struct line *line;
		if (text[0] == '#' || text[0] == '\n')
			continue;
		line = read_line(text, number_of_line);
		tests = xrealloc(tests, (count + 1) * sizeof(*tests));
		tests[count++] =
		    (struct CMUnitTest){ .name = line->name, .test_func = test_line, .initial_state = line };
	}
	free(text);
	fclose(f);
	*ret_count = count;
	return tests;
}

int
main(void)
{
	const struct CMUnitTest others[] = { cmocka_unit_test(test_any_byte_anywhere) };
	size_t count;
	struct CMUnitTest *cases = read_cases(&count);
	int failed = _cmocka_run_group_tests("requests.txt", cases, count, NULL, NULL);

	failed += cmocka_run_group_tests_name("request", others, NULL, NULL);
	for (size_t i = 0; i < count; i++) {
		struct line *line = cases[i].initial_state;
		free(line->name);
		free(line->bytes);
		free(line->verdict);
		free(line);
	}
	free(cases);
	return failed;
}
