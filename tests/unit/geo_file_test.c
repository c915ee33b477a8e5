/* geo_file_test.c - a database that is replaced, damaged, taken away and
 * brought back, and what is said of it. */
#include "count/geo_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "cases.h"
#include "count/address.h"
#include "count/geo.h"
#include "mmdb.h"

enum { PATIENCE_S = 10 };

static char folder[] = "/tmp/thongke-geo-XXXXXX";
static char path[64], other_path[64], said_path[64];
static int standard_error;

static int
make_folder(void **state)
{
	(void)state;
	if (mkdtemp(folder) == NULL)
		return -1;
	(void)snprintf(path, sizeof(path), "%s/country.mmdb", folder);
	(void)snprintf(other_path, sizeof(other_path), "%s/other.mmdb", folder);
	(void)snprintf(said_path, sizeof(said_path), "%s/said", folder);
	standard_error = dup(STDERR_FILENO);
	return standard_error != -1 ? 0 : -1;
}

static int
remove_folder(void **state)
{
	(void)state;
	return rmdir(folder);
}

/* What is said goes into a file. */
static int
listen_in(void **state)
{
	int fd = open(said_path, O_RDWR | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);

	(void)state;
	if (fd == -1 || dup2(fd, STDERR_FILENO) == -1)
		return -1;
	return close(fd);
}

static int
listen_out(void **state)
{
	(void)state;
	(void)unlink(path);
	(void)unlink(other_path);
	(void)unlink(said_path);
	return dup2(standard_error, STDERR_FILENO) == -1 ? -1 : 0;
}

/* The lines said since the last call, all of which have the words in them. */
static size_t
lines_said(const char *words)
{
	static char lines[8192];
	ssize_t n = pread(STDERR_FILENO, lines, sizeof(lines) - 1, 0);
	struct str rest = { lines, (size_t)n };
	size_t count = 0;

	assert_in_range(n, 0, sizeof(lines) - 2);
	assert_int_equal(ftruncate(STDERR_FILENO, 0), 0);
	while (rest.n > 0) {
		struct str line = str_cut(&rest, '\n');
		if (memmem(line.p, line.n, words, strlen(words)) == NULL)
			fail_msg("«%s» is not in «%.*s»", words, (int)line.n, line.p);
		count++;
	}
	return count;
}

/* By a file beside it and a rename, as scripts/geo-update does. */
static void
replace(const char *to, struct str bytes)
{
	char name[80];
	int fd;

	(void)snprintf(name, sizeof(name), "%s.new", to);
	fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	assert_int_equal(write(fd, bytes.p, bytes.n), (ssize_t)bytes.n);
	assert_int_equal(close(fd), 0);
	assert_int_equal(rename(name, to), 0);
}

static void
replace_with(const char *to, const char *country)
{
	struct mmdb_network network = { "203.0.113.0/24", country };
	struct buf bytes = { 0 };

	mmdb_build(&bytes, MMDB_FORM, &network, 1, 1790000000);
	replace(to, buf_view(&bytes));
	buf_fini(&bytes);
}

static bool
country_is(const struct geo_file *f, const char *country)
{
	struct address a;

	assert_int_equal(address_parse(STR("203.0.113.7"), &a), 0);
	if (geo_file_geo(f) == NULL)
		return country == NULL;
	return country != NULL && str_eq(geo_country(geo_file_geo(f), &a), str_of(country));
}

/* Ticks until it is so. */
static void
await(struct geo_file *f, const char *country)
{
	int64_t until = clock_mono_us() + PATIENCE_S * INT64_C(1000000);

	while (!country_is(f, country)) {
		assert_true(clock_mono_us() < until);
		geo_file_tick(f);
	}
}

/* Ticks until something has been said. */
static void
await_words(struct geo_file *f)
{
	int64_t until = clock_mono_us() + PATIENCE_S * INT64_C(1000000);
	struct stat st;

	do {
		assert_true(clock_mono_us() < until);
		geo_file_tick(f);
		assert_int_equal(fstat(STDERR_FILENO, &st), 0);
	} while (st.st_size == 0);
}

static void
replaced(void **state)
{
	struct geo_file *f;

	(void)state;
	replace_with(path, "VN");
	f = geo_file_new(path);
	assert_true(country_is(f, "VN"));
	assert_int_equal(lines_said("in use, built 2026-09-21"), 1);
	for (int i = 0; i < 10; i++)
		geo_file_tick(f);
	assert_int_equal(lines_said("nothing"), 0);
	replace_with(path, "LA");
	geo_file_tick(f); /* the first look */
	assert_true(country_is(f, "VN"));
	await(f, "LA");
	assert_int_equal(lines_said("in use"), 1);
	geo_file_free(f);
}

static void
refused(void **state)
{
	struct geo_file *f;

	(void)state;
	replace_with(path, "VN");
	f = geo_file_new(path);
	assert_int_equal(lines_said("in use"), 1);
	replace(path, STR("noise"));
	await_words(f);
	for (int i = 0; i < 10; i++)
		geo_file_tick(f);
	assert_true(country_is(f, "VN"));
	assert_int_equal(lines_said("what was read before stays in use (scripts/geo-update"), 1);
	replace_with(path, "KH");
	await(f, "KH");
	geo_file_free(f);
}

static void
gone(void **state)
{
	struct geo_file *f;

	(void)state;
	replace_with(path, "VN");
	f = geo_file_new(path);
	assert_int_equal(lines_said("in use"), 1);
	assert_int_equal(unlink(path), 0);
	for (int i = 0; i < 10; i++)
		geo_file_tick(f);
	assert_true(country_is(f, "VN"));
	assert_int_equal(lines_said("is gone"), 1);
	replace_with(path, "TH");
	await(f, "TH");
	geo_file_free(f);
}

static void
missing(void **state)
{
	struct geo_file *f = geo_file_new(path);

	(void)state;
	for (int i = 0; i < 10; i++)
		geo_file_tick(f);
	assert_null(geo_file_geo(f));
	assert_int_equal(lines_said("countries are not told (scripts/geo-update"), 1);
	replace_with(path, "VN");
	await(f, "VN");
	geo_file_free(f);
}

static void
paths(void **state)
{
	struct geo_file *f = geo_file_new("");

	(void)state;
	geo_file_tick(f);
	assert_null(geo_file_geo(f));
	assert_null(geo_file_geo(NULL));
	assert_int_equal(lines_said("nothing"), 0);
	replace_with(path, "VN");
	replace_with(other_path, "LA");
	geo_file_set_path(f, path);
	await(f, "VN");
	geo_file_set_path(f, other_path);
	assert_true(country_is(f, "VN")); /* until the other is there */
	geo_file_set_path(f, path); /* whose mind was changed meanwhile */
	geo_file_set_path(f, other_path);
	await(f, "LA");
	geo_file_set_path(f, "");
	assert_true(country_is(f, NULL));
	geo_file_free(f);
	geo_file_free(NULL);
}

/* What is being read when the end comes is waited for. */
static void
ended(void **state)
{
	struct geo_file *f = geo_file_new("");

	(void)state;
	replace_with(path, "VN");
	geo_file_set_path(f, path);
	geo_file_free(f);
}

#define LISTENING(test) cmocka_unit_test_setup_teardown(test, listen_in, listen_out)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		LISTENING(replaced),
		LISTENING(refused),
		LISTENING(gone),
		LISTENING(missing),
		LISTENING(paths),
		LISTENING(ended),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
