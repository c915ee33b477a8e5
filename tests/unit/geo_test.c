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

/* In place, as cp does. */
static void
put(struct str bytes)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_int_equal(write(fd, bytes.p, bytes.n), (ssize_t)bytes.n);
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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(forms),
		cmocka_unit_test(truncated),
		cmocka_unit_test(flipped),
		cmocka_unit_test(noise),
	};

	return cmocka_run_group_tests(tests, make_path, remove_path);
}
