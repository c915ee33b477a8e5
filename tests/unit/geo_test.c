/* geo_test.c - countries by address, and that no file, however damaged or
 * whatever happens to it, does more than be refused. */
#include "count/geo.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "cases.h"
#include "count/address.h"
#include "mmdb.h"

static const struct mmdb_network networks[] = {
	{ "0.0.0.0/2", "US" },
	{ "14.160.0.0/11", "VN" },
	{ "14.177.0.0/16", NULL },
	{ "203.0.113.0/24", "FR" },
	{ "203.0.113.77/32", "LA" },
	{ "2001:db8::/32", "JP" },
	{ "2001:db8:8000::/33", "KH" },
	{ "2001:db8:1:2:8000::/65", "DE" },
	{ "2001:db8:1:3::/80", "TH" },
	{ "2405:4800::/32", "VN" },
};
enum { V4_ONLY = 5 };

static const struct {
	const char *address, *v4, *v6; /* where the database has IPv4 alone, or both */
} answers[] = {
	{ "0.0.0.0", "US", "US" },
	{ "14.159.255.255", "US", "US" },
	{ "14.160.0.0", "VN", "VN" },
	{ "14.177.3.4", NULL, NULL },
	{ "14.191.255.255", "VN", "VN" },
	{ "14.192.0.0", "US", "US" },
	{ "64.0.0.0", NULL, NULL },
	{ "203.0.112.255", NULL, NULL },
	{ "203.0.113.0", "FR", "FR" },
	{ "203.0.113.77", "LA", "LA" },
	{ "203.0.113.78", "FR", "FR" },
	{ "255.255.255.255", NULL, NULL },
	{ "::ffff:14.160.0.1", "VN", "VN" },
	{ "2001:db7::1", NULL, NULL },
	{ "2001:db8::1", NULL, "JP" },
	{ "2001:db8:1:2::1", NULL, "JP" },
	{ "2001:db8:1:3::1", NULL, "TH" },
	{ "2001:db8:7fff:ffff:ffff:ffff:ffff:ffff", NULL, "JP" },
	{ "2001:db8:8000::", NULL, "KH" },
	{ "2001:db9::", NULL, NULL },
	{ "2405:4800:5::1", NULL, "VN" },
	{ "ffff::1", NULL, NULL },
};

static char path[64];

static int
make_path(void **state)
{
	static char folder[] = "/tmp/thongke-geo-XXXXXX";

	(void)state;
	log_set_level(LOG_ERROR);
	if (mkdtemp(folder) == NULL)
		return -1;
	(void)snprintf(path, sizeof(path), "%s/country.mmdb", folder);
	return 0;
}

static int
remove_path(void **state)
{
	(void)state;
	(void)unlink(path);
	*strrchr(path, '/') = '\0';
	return rmdir(path);
}

/* In place, as cp does; but not cut to nothing first, as some file systems
 * write to the disk then. */
static void
put(struct str bytes)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	assert_int_equal(write(fd, bytes.p, bytes.n), (ssize_t)bytes.n);
	assert_int_equal(ftruncate(fd, (off_t)bytes.n), 0);
	assert_int_equal(close(fd), 0);
}

static struct geo *
load(struct str bytes)
{
	struct buf why = { 0 };
	struct geo *g;

	put(bytes);
	g = geo_load(path, &why);
	assert_true((g == NULL) == (why.n > 0));
	buf_fini(&why);
	return g;
}

static void
answers_are(const struct geo *g, bool v6)
{
	for (size_t i = 0; i < NITEMS(answers); i++) {
		const char *expected = v6 ? answers[i].v6 : answers[i].v4;
		struct address a;
		struct str code;

		assert_int_equal(address_parse(str_of(answers[i].address), &a), 0);
		code = geo_country(g, &a);
		if (expected == NULL ? code.p != NULL : !str_eq(code, str_of(expected)))
			fail_msg("%s: %.*s", answers[i].address, (int)code.n, code.p);
	}
}

/* Whatever it answers, it is two capitals or nothing. */
static void
answers_are_sane(const struct geo *g)
{
	for (size_t i = 0; i < NITEMS(answers); i++) {
		struct address a;
		struct str code;

		assert_int_equal(address_parse(str_of(answers[i].address), &a), 0);
		code = geo_country(g, &a);
		if (code.p == NULL)
			continue;
		assert_int_equal(code.n, 2);
		assert_in_range(code.p[0], 'A', 'Z');
		assert_in_range(code.p[1], 'A', 'Z');
	}
}

static void
build(struct mmdb_form form, struct buf *out)
{
	buf_clear(out);
	mmdb_build(out, form, networks, form.ip_version == 6 ? NITEMS(networks) : V4_ONLY, 1790000000);
}

static void
forms(void **state)
{
	static const unsigned sizes[] = { 24, 28, 32 };
	struct buf bytes = { 0 };

	(void)state;
	for (unsigned i = 0; i < 2 * 2 * NITEMS(sizes); i++) {
		struct mmdb_form form = { i % 2 == 0 ? 4 : 6, sizes[i / 4], i / 2 % 2 == 0 };
		struct geo *g;

		build(form, &bytes);
		g = load(buf_view(&bytes));
		assert_non_null(g);
		answers_are(g, form.ip_version == 6);
		assert_int_equal(geo_built(g), 1790000000);
		geo_free(g);
	}
	buf_fini(&bytes);
}

/* What follows the tree is what counts, so the last byte too. */
static void
truncated(void **state)
{
	struct buf bytes = { 0 };

	(void)state;
	build(MMDB_FORM, &bytes);
	for (size_t n = 0; n < bytes.n; n++)
		assert_null(load((struct str){ bytes.p, n }));
	buf_fini(&bytes);
}

/* Cut short, filled with something else, gone: nothing of it is noticed. */
static void
overwritten(void **state)
{
	struct buf bytes = { 0 };
	struct geo *g;

	(void)state;
	build(MMDB_FORM, &bytes);
	g = load(buf_view(&bytes));
	assert_non_null(g);
	assert_int_equal(truncate(path, 0), 0);
	answers_are(g, true);
	memset(bytes.p, 'x', bytes.n);
	put(buf_view(&bytes));
	answers_are(g, true);
	assert_int_equal(unlink(path), 0);
	answers_are(g, true);
	geo_free(g);
	buf_fini(&bytes);
}

static void
flipped(void **state)
{
	static const int masks[] = { 1, 2, 4, 8, 16, 32, 64, 128, 255 };
	struct buf bytes = { 0 };
	size_t refused = 0;

	(void)state;
	for (int nested = 0; nested < 2; nested++) {
		build((struct mmdb_form){ 6, 24, nested == 1 }, &bytes);
		for (size_t i = 0; i < bytes.n; i++) {
			for (size_t k = 0; k < NITEMS(masks); k++) {
				struct geo *g;

				bytes.p[i] = (char)(bytes.p[i] ^ masks[k]);
				g = load(buf_view(&bytes));
				bytes.p[i] = (char)(bytes.p[i] ^ masks[k]);
				if (g != NULL)
					answers_are_sane(g);
				else
					refused++;
				geo_free(g);
			}
		}
	}
	assert_true(refused > 1000);
	buf_fini(&bytes);
}

/* From the pages of a fixed generator, so that a failure comes again. */
static uint32_t
next_random(uint32_t *state)
{
	*state = *state * 1664525 + 1013904223;
	return *state >> 8;
}

static void
noise(void **state)
{
	struct buf bytes = { 0 };
	uint32_t seed = 1;

	(void)state;
	for (int round = 0; round < 2000; round++) {
		struct geo *g;
		size_t from;

		build(MMDB_FORM, &bytes);
		/* All of it, but for the metadata, or only some pages of it. */
		from = round % 2 == 0 ? 0 : next_random(&seed) % bytes.n;
		for (size_t i = from; i < bytes.n - (round % 4 < 2 ? 0 : 250); i++)
			bytes.p[i] = (char)next_random(&seed);
		g = load(buf_view(&bytes));
		if (g != NULL)
			answers_are_sane(g);
		geo_free(g);
	}
	buf_fini(&bytes);
}

/* One node, both sides of which lead to the value. */
static struct geo *
load_value(struct str value)
{
	static const uint32_t nodes[][2] = { { 17, 17 } };
	struct buf bytes = { 0 };
	struct geo *g;

	mmdb_build_raw(&bytes, nodes, NITEMS(nodes), value);
	g = load(buf_view(&bytes));
	buf_fini(&bytes);
	return g;
}

#define VALUE(text)                                                                                                    \
	{                                                                                                              \
		text, sizeof(text) - 1                                                                                 \
	}

static void
values(void **state)
{
	static const struct {
		struct str value;
		bool good;
	} cases[] = {
		{ VALUE("\xe1Lcountry_codeBVN"), true },
		{ VALUE("\xe1Gcountry\xe1Hiso_codeBVN"), true },
		{ VALUE("\xe1Gcountry\x20\x0b\xe1Hiso_codeBVN"), true }, /* behind a pointer */
		{ VALUE("\x20\x02\xe1Lcountry_codeBVN"), true },
		{ VALUE("\xe1Lcountry_codeBvn"), false },
		{ VALUE("\xe1Lcountry_codeCVNM"), false },
		{ VALUE("\xe1Lcountry_codeAV"), false },
		{ VALUE("\xe1Lcountry_code@"), false }, /* empty, so no country at all */
		{ VALUE("\xe1Lcountry_code\xa2VN"), false }, /* a number */
		{ VALUE("\xe1\x44nameBVN"), false },
		{ VALUE("\342Ax@Lcountry_codeBVN"), true },
		{ VALUE("\xe2\xa1x@Lcountry_codeBVN"), false }, /* a key that is a number */
		{ VALUE("\xff\xff\xff\xffLcountry_codeBVN"), false }, /* 16 million more are to follow */
		{ VALUE("\x20\x00"), false }, /* to itself */
		{ VALUE("\x20\x02\x20\x00"), false },
		{ VALUE("\xe1Gcountry\x20\x00"), false },
		{ VALUE("\x38\xff\xff\xff\xff"), false }, /* to nowhere */
		{ VALUE("\x5f\xff\xff\xff"), false }, /* a string of 16 MB */
		{ VALUE("\x00\x06"), false }, /* a type that is none */
		{ VALUE("\x00\x00"), false },
	};

	(void)state;
	for (size_t i = 0; i < NITEMS(cases); i++) {
		struct geo *g = load_value(cases[i].value);
		if ((g != NULL) != cases[i].good)
			fail_msg("case %zu", i);
		geo_free(g);
	}
}

/* They are no country, and no reason to do without the others. */
static void
no_codes(void **state)
{
	static const struct mmdb_network odd[] = {
		{ "14.160.0.0/11", "VN" },
		{ "203.0.113.0/24", "-" },
		{ "64.0.0.0/8", "us" },
		{ "2001:db8::/32", "EUR" },
	};
	struct buf bytes = { 0 };
	struct geo *g;

	(void)state;
	mmdb_build(&bytes, MMDB_FORM, odd, NITEMS(odd), 1790000000);
	g = load(buf_view(&bytes));
	assert_non_null(g);
	for (size_t i = 0; i < NITEMS(answers); i++) {
		struct address a;
		bool known;

		assert_int_equal(address_parse(str_of(answers[i].address), &a), 0);
		known = a.bytes[12] == 14 && a.bytes[13] >= 160 && a.bytes[13] < 192;
		assert_true(
		    address_is_v4(&a) && known ? str_eq(geo_country(g, &a), STR("VN")) : geo_country(g, &a).p == NULL);
	}
	geo_free(g);
	buf_fini(&bytes);
}

/* What would have the library recurse until its stack has ended. */
static void
nested(void **state)
{
	enum { LEVELS = 4 << 20 };
	static const char *const levels[] = { "\xe1\x40", "\1\4" }; /* a map of one under "", an array of one */
	struct buf value = { 0 };

	(void)state;
	for (size_t i = 0; i < NITEMS(levels); i++) {
		buf_clear(&value);
		mmdb_map(&value, 2);
		mmdb_text(&value, "x");
		for (int n = 0; n < LEVELS; n++)
			buf_puts(&value, levels[i]);
		mmdb_text(&value, "");
		mmdb_text(&value, "country_code");
		mmdb_text(&value, "VN");
		assert_null(load_value(buf_view(&value)));
	}
	buf_fini(&value);
}

static void
circles(void **state)
{
	static const uint32_t trees[][2][2] = {
		{ { 0, 0 }, { 0, 0 } }, { { 1, 1 }, { 0, 0 } }, { { 1, 1 }, { 1, 1 } }, { { 1, 18 }, { 1, 18 } },
		{ { 18, 1 }, { 2, UINT32_MAX } }, { { 18, 1 }, { 2, 3 } }, /* into the separator */
	};
	struct buf bytes = { 0 };

	(void)state;
	for (size_t i = 0; i < NITEMS(trees); i++) {
		buf_clear(&bytes);
		mmdb_build_raw(&bytes, trees[i], 2, STR("\xe1Lcountry_codeBVN"));
		assert_null(load(buf_view(&bytes)));
	}
	buf_fini(&bytes);
}

/* Put one in the place of languages, ["en"]. */
static struct geo *
load_with_languages(struct str languages)
{
	static const char were[] = "\1\4Ben";
	struct buf bytes = { 0 }, changed = { 0 };
	const char *at;
	struct geo *g;

	build(MMDB_FORM, &bytes);
	at = memmem(bytes.p, bytes.n, were, sizeof(were) - 1);
	assert_non_null(at);
	buf_add(&changed, bytes.p, (size_t)(at - bytes.p));
	buf_str(&changed, languages);
	at += sizeof(were) - 1;
	buf_add(&changed, at, (size_t)(bytes.p + bytes.n - at));
	g = load(buf_view(&changed));
	buf_fini(&bytes);
	buf_fini(&changed);
	return g;
}

static void
metadata(void **state)
{
	struct buf languages = { 0 };
	struct geo *g = load_with_languages(STR("\2\4BviBen"));

	(void)state;
	assert_non_null(g);
	geo_free(g);
	assert_null(load_with_languages(STR("\1\4\xa1\1"))); /* a number among them */
	assert_null(load_with_languages(STR("\1\4\x20\x00"))); /* all of the metadata again */
	assert_null(load_with_languages(STR("\x20\x00")));
	for (int n = 0; n < 60000; n++)
		buf_puts(&languages, "\1\4");
	mmdb_text(&languages, "en");
	assert_null(load_with_languages(buf_view(&languages)));
	buf_fini(&languages);
}

/* 6 bytes a node, in 32 bits, are next to nothing. */
static void
huge_trees(void **state)
{
	static const uint32_t counts[] = { 0x2aaaaaab, 0x80000000, 0xffffffff };
	struct buf bytes = { 0 };

	(void)state;
	for (size_t i = 0; i < NITEMS(counts); i++) {
		struct mmdb_form form = MMDB_FORM;

		for (form.record_size = 24; form.record_size <= 32; form.record_size += 4) {
			buf_clear(&bytes);
			buf_add(&bytes, (const char[64]){ 0 }, 64);
			mmdb_metadata(&bytes, form, counts[i], 1790000000);
			assert_null(load(buf_view(&bytes)));
		}
	}
	buf_fini(&bytes);
}

static void
no_files(void **state)
{
	struct buf why = { 0 };

	(void)state;
	(void)unlink(path);
	assert_null(geo_load(path, &why));
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_null(geo_load(path, &why));
	assert_int_equal(unlink(path), 0);
	assert_null(geo_load("/", &why));
	put(STR(""));
	assert_null(geo_load(path, &why));
	assert_int_equal(truncate(path, (off_t)257 << 20), 0);
	assert_null(geo_load(path, &why));
	assert_true(why.n > 0);
	buf_fini(&why);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(forms),
		cmocka_unit_test(truncated),
		cmocka_unit_test(overwritten),
		cmocka_unit_test(flipped),
		cmocka_unit_test(noise),
		cmocka_unit_test(values),
		cmocka_unit_test(no_codes),
		cmocka_unit_test(nested),
		cmocka_unit_test(circles),
		cmocka_unit_test(metadata),
		cmocka_unit_test(huge_trees),
		cmocka_unit_test(no_files),
	};

	return cmocka_run_group_tests(tests, make_path, remove_path);
}
