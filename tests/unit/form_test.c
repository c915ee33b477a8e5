/* form_test.c - pairs, escapes and UTF-8. */
#include "count/form.h"

#include "base/mem.h"
#include "base/utf8.h"
#include "cases.h"

static void
pairs(void **state)
{
	struct str rest = STR("&a=1&&b&=x&c=2=3&d="), name = STR(""), value = STR("");

	(void)state;
	assert_true(form_next(&rest, &name, &value));
	assert_true(str_eq(name, STR("a")) && str_eq(value, STR("1")));
	assert_true(form_next(&rest, &name, &value));
	assert_true(str_eq(name, STR("b")) && value.p == NULL);
	assert_true(form_next(&rest, &name, &value));
	assert_true(str_eq(name, STR("c")) && str_eq(value, STR("2=3")));
	assert_true(form_next(&rest, &name, &value));
	assert_true(str_eq(name, STR("d")) && value.p != NULL && value.n == 0);
	assert_false(form_next(&rest, &name, &value));
	assert_false(form_next(&rest, &name, &value));
}

static void
decoding(void **state)
{
	static const struct {
		const char *from, *to; /* NULL: refused */
	} cases[] = {
		{ "", "" },
		{ "a+b%20c", "a b c" },
		{ "%C3%a0", "à" },
		{ "%2", NULL },
		{ "%", NULL },
		{ "%g0", NULL },
		{ "%+1", NULL },
		{ "%00", NULL },
		{ "%80", NULL },
		{ "%f4%90%80%80", NULL },
		{ "%f0%9f%98%80", "😀" },
	};
	struct buf out = { 0 };

	(void)state;
	for (size_t i = 0; i < NITEMS(cases); i++) {
		buf_clear(&out);
		buf_puts(&out, "kept:");
		if (form_decode(str_of(cases[i].from), FORM_PLUS_IS_BLANK, &out) != 0)
			assert_null(cases[i].to);
		else
			assert_non_null(cases[i].to);
		buf_putc(&out, '\0');
		assert_true(strncmp(out.p, "kept:", 5) == 0);
		assert_string_equal(out.p + 5, cases[i].to != NULL ? cases[i].to : "");
	}
	buf_fini(&out);
}

/* Each byte at each place, the text being all that there is of its memory. */
static void
every_byte_everywhere(void **state)
{
	enum { LENGTH = 40 };
	struct buf out = { 0 };

	(void)state;
	for (size_t n = 1; n <= LENGTH; n++) {
		char *text = xmalloc(n), wanted[LENGTH];

		for (unsigned at = 0; at < n * 256; at++) {
			unsigned char byte = (unsigned char)(at % 256);
			bool refused = byte < ' ' || byte >= 0x7f || byte == '%';

			memset(text, 'x', n);
			text[at / 256] = (char)byte;
			memcpy(wanted, text, n);
			if (byte == '+')
				wanted[at / 256] = ' ';
			buf_clear(&out);
			assert_int_equal(form_decode((struct str){ text, n }, FORM_PLUS_IS_BLANK, &out) != 0, refused);
			assert_true(str_eq(buf_view(&out), (struct str){ wanted, refused ? 0 : n }));
			if (byte == '+') {
				buf_clear(&out);
				assert_int_equal(form_decode((struct str){ text, n }, FORM_PLUS_STAYS, &out), 0);
				assert_true(str_eq(buf_view(&out), (struct str){ text, n }));
			}
		}
		free(text);
	}
	buf_fini(&out);
}

static void
what_is_decoded_does_not_move(void **state)
{
	char text[400];

	(void)state;
	memset(text, 'x', sizeof(text));
	for (size_t n = 1; n <= sizeof(text); n++) {
		struct buf out = { 0 };
		const char *before;

		form_reserve(&out, (struct str){ text, n });
		before = out.p;
		assert_int_equal(form_decode((struct str){ text, n - 1 }, FORM_PLUS_IS_BLANK, &out), 0);
		assert_int_equal(form_decode((struct str){ text, 1 }, FORM_PLUS_IS_BLANK, &out), 0);
		assert_ptr_equal(out.p, before);
		buf_fini(&out);
	}
}

static void
cutting(void **state)
{
	(void)state;
	assert_int_equal(utf8_cut(STR("aếb"), 5).n, 5);
	assert_int_equal(utf8_cut(STR("aếb"), 4).n, 4);
	assert_int_equal(utf8_cut(STR("aếb"), 3).n, 1);
	assert_int_equal(utf8_cut(STR("aếb"), 1).n, 1);
	assert_int_equal(utf8_cut(STR("ế"), 2).n, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pairs),
		cmocka_unit_test(decoding),
		cmocka_unit_test(every_byte_everywhere),
		cmocka_unit_test(what_is_decoded_does_not_move),
		cmocka_unit_test(cutting),
	};

	return cmocka_run_group_tests_name("form", tests, NULL, NULL);
}
