/* response_test.c - the bytes of a response, whole. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/mem.h"
#include "http/response.h"

static const struct golden {
	const char *name;
	struct response r;
	struct response_framing framing;
	const char *bytes;
} goldens[] = {
	{
	    "a body with its type",
	    { .status = 200, .type = "application/json", .body = { "{}", 2 } },
	    { 0 },
	    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}",
	},
	{
	    "neither type nor body",
	    { .status = 404 },
	    { 0 },
	    "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
	},
	{
	    "further headers",
	    { .status = 200, .headers = "ETag: \"a\"\r\nVary: Origin\r\n", .body = { "x", 1 } },
	    { 0 },
	    "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nETag: \"a\"\r\nVary: Origin\r\n\r\nx",
	},
	{
	    "close",
	    { .status = 408, .body = { "x", 1 } },
	    { .close = true },
	    "HTTP/1.1 408 Request Timeout\r\nContent-Length: 1\r\nConnection: close\r\n\r\nx",
	},
	{
	    "keep-alive for HTTP/1.0",
	    { .status = 200, .body = { "x", 1 } },
	    { .keep_alive = true },
	    "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nConnection: keep-alive\r\n\r\nx",
	},
	{
	    "the answer to HEAD has the length of what it leaves out",
	    { .status = 200, .type = "text/plain", .body = { "hello", 5 } },
	    { .head_only = true },
	    "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\n",
	},
	{
	    "204 has neither length nor body",
	    { .status = 204, .headers = "Allow: GET\r\n", .body = { "x", 1 } },
	    { 0 },
	    "HTTP/1.1 204 No Content\r\nAllow: GET\r\n\r\n",
	},
	{
	    "304 has neither length nor body",
	    { .status = 304, .headers = "ETag: \"a\"\r\n" },
	    { .close = true },
	    "HTTP/1.1 304 Not Modified\r\nETag: \"a\"\r\nConnection: close\r\n\r\n",
	},
};

static void
test_golden(void **state)
{
	const struct golden *g = *state;
	struct buf out = { 0 };

	response_encode(&out, &g->r, g->framing);
	buf_putc(&out, '\0');
	assert_string_equal(out.p, g->bytes);
	buf_fini(&out);
}

static void
test_a_body_may_hold_zero_bytes(void **state)
{
	const struct response r = { .status = 200, .body = STR("a\0b") };
	struct buf out = { 0 };

	(void)state;
	response_encode(&out, &r, (struct response_framing){ 0 });
	assert_true(str_eq(buf_view(&out), STR("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\na\0b")));
	buf_fini(&out);
}

static void
test_responses_are_appended(void **state)
{
	const struct response r = { .status = 204 };
	struct buf out = { 0 };

	(void)state;
	buf_puts(&out, "before ");
	response_encode(&out, &r, (struct response_framing){ 0 });
	response_encode(&out, &r, (struct response_framing){ 0 });
	assert_true(str_eq(buf_view(&out), STR("before HTTP/1.1 204 No Content\r\n\r\n"
					       "HTTP/1.1 204 No Content\r\n\r\n")));
	buf_fini(&out);
}

/* All that DESIGN.md promises to answer, and what the parser refuses with. */
static void
test_every_status_has_its_reason(void **state)
{
	static const int statuses[] = { 200, 204, 304, 400, 403, 404, 405, 408, 411, 413, 414, 417, 429, 431, 503,
		505 };

	(void)state;
	for (size_t i = 0; i < NITEMS(statuses); i++)
		assert_string_not_equal(response_reason(statuses[i]), response_reason(999));
	assert_string_equal(response_reason(999), "Unknown");
}

int
main(void)
{
	const struct CMUnitTest others[] = {
		cmocka_unit_test(test_a_body_may_hold_zero_bytes),
		cmocka_unit_test(test_responses_are_appended),
		cmocka_unit_test(test_every_status_has_its_reason),
	};
	struct CMUnitTest tests[NITEMS(goldens)];
	int failed;

	for (size_t i = 0; i < NITEMS(goldens); i++)
		tests[i] = (struct CMUnitTest){ goldens[i].name, test_golden, NULL, NULL, (void *)&goldens[i] };
	failed = cmocka_run_group_tests_name("responses", tests, NULL, NULL);
	return failed + cmocka_run_group_tests_name("response", others, NULL, NULL);
}
