/* mmdb.h - country databases of MaxMind's format, for tests: small ones, whole
 * or damaged. */
#ifndef UNIT_MMDB_H
#define UNIT_MMDB_H

#include <arpa/inet.h>

#include "base/mem.h"
#include "cases.h"

enum { MMDB_NODES = 4096, MMDB_EMPTY = -1 };

/* As "203.0.113.0/24", "2001:db8::/32"; later ones cut into earlier ones. */
struct mmdb_network {
	const char *cidr, *country; /* NULL: a record that has no country */
};

struct mmdb_form {
	unsigned ip_version; /* 4 or 6 */
	unsigned record_size; /* 24, 28 or 32 bits */
	bool nested; /* {"country": {"iso_code": …}} instead of {"country_code": …} */
};

#define MMDB_FORM ((struct mmdb_form){ 6, 24, false })

struct mmdb_tree {
	int records[MMDB_NODES][2]; /* a node, MMDB_EMPTY, or -2 - the network's index */
	int n;
};

static inline void
mmdb_text(struct buf *out, const char *s)
{
	assert_true(strlen(s) < 29);
	buf_putc(out, (char)(2 << 5 | strlen(s)));
	buf_puts(out, s);
}

static inline void
mmdb_map(struct buf *out, size_t n)
{
	buf_putc(out, (char)(7 << 5 | n));
}

/* type: 5 uint16, 6 uint32, 9 uint64 */
static inline void
mmdb_uint(struct buf *out, int type, uint64_t value)
{
	int bytes = 0;

	while (bytes < 8 && value >> (8 * bytes) > 0)
		bytes++;
	buf_putc(out, (char)((type < 8 ? type << 5 : 0) | bytes));
	if (type >= 8)
		buf_putc(out, (char)(type - 7));
	while (bytes-- > 0)
		buf_putc(out, (char)(value >> (8 * bytes)));
}

/* Its bits from the root on, and how many they are. */
static inline unsigned
mmdb_path(const char *cidr, unsigned ip_version, uint8_t bytes[16])
{
	char name[64];
	const char *slash = strchr(cidr, '/');
	bool v4 = strchr(cidr, ':') == NULL;
	unsigned bits = (unsigned)strtoul(slash + 1, NULL, 10);

	(void)snprintf(name, sizeof(name), "%.*s", (int)(slash - cidr), cidr);
	memset(bytes, 0, 16);
	assert_int_equal(inet_pton(v4 ? AF_INET : AF_INET6, name, v4 && ip_version == 6 ? bytes + 12 : bytes), 1);
	return v4 && ip_version == 6 ? 96 + bits : bits;
}

static inline void
mmdb_insert(struct mmdb_tree *t, const uint8_t bytes[16], unsigned bits, int record)
{
	int node = 0;

	for (unsigned i = 0; i < bits; i++) {
		int *side = &t->records[node][bytes[i / 8] >> (7 - i % 8) & 1];

		if (i + 1 == bits) {
			*side = record;
		} else if (*side < 0) {
			assert_true(t->n < MMDB_NODES);
			t->records[t->n][0] = t->records[t->n][1] = *side;
			*side = t->n++;
		}
		node = *side;
	}
}

static inline void
mmdb_node(struct buf *out, unsigned record_size, uint32_t left, uint32_t right)
{
	if (record_size == 28) {
		buf_putc(out, (char)(left >> 16));
		buf_putc(out, (char)(left >> 8));
		buf_putc(out, (char)left);
		buf_putc(out, (char)(left >> 24 << 4 | right >> 24));
		buf_putc(out, (char)(right >> 16));
		buf_putc(out, (char)(right >> 8));
		buf_putc(out, (char)right);
		return;
	}
	for (int shift = (int)record_size - 8; shift >= 0; shift -= 8)
		buf_putc(out, (char)(left >> shift));
	for (int shift = (int)record_size - 8; shift >= 0; shift -= 8)
		buf_putc(out, (char)(right >> shift));
}

/* As MaxMind's: more than the country in them. */
static inline void
mmdb_record(struct buf *out, bool nested, const char *country)
{
	mmdb_map(out, country != NULL ? 2 : 1);
	mmdb_text(out, "names");
	mmdb_map(out, 1);
	mmdb_text(out, "en");
	mmdb_text(out, "Somewhere");
	if (country == NULL)
		return;
	mmdb_text(out, nested ? "country" : "country_code");
	if (nested) {
		mmdb_map(out, 2);
		mmdb_text(out, "geoname_id");
		mmdb_uint(out, 6, 1562822);
		mmdb_text(out, "iso_code");
	}
	mmdb_text(out, country);
}

static inline void
mmdb_metadata(struct buf *out, struct mmdb_form form, uint32_t nodes, uint64_t built)
{
	buf_puts(out, "\xab\xcd\xefMaxMind.com");
	mmdb_map(out, 9);
	mmdb_text(out, "binary_format_major_version");
	mmdb_uint(out, 5, 2);
	mmdb_text(out, "binary_format_minor_version");
	mmdb_uint(out, 5, 0);
	mmdb_text(out, "build_epoch");
	mmdb_uint(out, 9, built);
	mmdb_text(out, "database_type");
	mmdb_text(out, "Test-Country");
	mmdb_text(out, "description");
	mmdb_map(out, 1);
	mmdb_text(out, "en");
	mmdb_text(out, "For tests");
	mmdb_text(out, "ip_version");
	mmdb_uint(out, 5, form.ip_version);
	mmdb_text(out, "languages");
	buf_add(out, "\1\4", 2); /* an array of one */
	mmdb_text(out, "en");
	mmdb_text(out, "node_count");
	mmdb_uint(out, 6, nodes);
	mmdb_text(out, "record_size");
	mmdb_uint(out, 5, form.record_size);
}

/* The records of nodes are given, be they as wrong as they like. */
static inline void
mmdb_build_raw(struct buf *out, const uint32_t (*nodes)[2], size_t n, struct str data)
{
	for (size_t i = 0; i < n; i++)
		mmdb_node(out, 32, nodes[i][0], nodes[i][1]);
	buf_add(out, (const char[16]){ 0 }, 16);
	buf_str(out, data);
	mmdb_metadata(out, (struct mmdb_form){ 4, 32, false }, (uint32_t)n, 1790000000);
}

/* Append a database to out. */
static inline void
mmdb_build(struct buf *out, struct mmdb_form form, const struct mmdb_network *networks, size_t n, uint64_t built)
{
	struct mmdb_tree *t = xcalloc(1, sizeof(*t));
	uint32_t *offsets = xcalloc(n + 1, sizeof(*offsets));
	struct buf data = { 0 };

	t->n = 1;
	t->records[0][0] = t->records[0][1] = MMDB_EMPTY;
	for (size_t i = 0; i < n; i++) {
		uint8_t bytes[16];
		unsigned bits = mmdb_path(networks[i].cidr, form.ip_version, bytes);

		mmdb_insert(t, bytes, bits, -2 - (int)i);
		offsets[i] = (uint32_t)data.n;
		mmdb_record(&data, form.nested, networks[i].country);
	}
	for (int i = 0; i < t->n; i++) {
		uint32_t sides[2];

		for (int side = 0; side < 2; side++) {
			int record = t->records[i][side];
			sides[side] = record >= 0            ? (uint32_t)record
				      : record == MMDB_EMPTY ? (uint32_t)t->n
							     : (uint32_t)t->n + 16 + offsets[-2 - record];
		}
		mmdb_node(out, form.record_size, sides[0], sides[1]);
	}
	buf_add(out, (const char[16]){ 0 }, 16);
	buf_add(out, data.p, data.n);
	mmdb_metadata(out, form, (uint32_t)t->n, built);
	buf_fini(&data);
	free(offsets);
	free(t);
}

#endif
