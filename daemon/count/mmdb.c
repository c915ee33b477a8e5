/* mmdb.c - libmaxminddb, and what it has to be kept from.
 *
 * It maps the file, and reading a map of a file that somebody cuts short is
 * SIGBUS: so it gets a copy in memory that has a name in /proc.
 *
 * It trusts what it reads (1.7.1): it recurses as deep as values are nested,
 * follows pointers to arrays of pointers, and multiplies sizes in 32 bits.  So
 * each value is looked at here before it is asked for, and the size of the
 * tree is checked; a tree may lead back into itself, so steps are counted.
 *
 *	tree: nodes of two records each     16 zero bytes     data     marker     metadata
 *	record < nodes: a node    = nodes: nothing    > nodes: a value in data
 */
#include "count/mmdb.h"

#include <errno.h>
#include <fcntl.h>
#include <maxminddb.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"

enum {
	FILE_MAX = 256 << 20,
	METADATA_MAX = 128 << 10, /* bytes from the end within which the library looks for it */
	SEPARATOR = 16,
	DEPTH_MAX = 16, /* of values within values; MaxMind's own have 4 */
	WORK_MAX =
	    500 * 1000 * 1000, /* values looked at, some seconds; a country database of MaxMind's has 1 million */
	SHARED = 8, /* times a node may be met: IPv4 lies in several places of an IPv6 tree */
	KNOWN = 1 << 14
};

static const char marker[] = "\xab\xcd\xefMaxMind.com";

/* What the value at an offset was found to be. */
struct known {
	uint32_t offset_plus_1; /* 0: nothing yet */
	char code[2]; /* '\0': no country */
};

struct mmdb {
	MMDB_s db;
	uint64_t steps; /* left in the tree */
	uint32_t work; /* left in values */
	struct known known[KNOWN]; /* by offset */
};

/* ---- one value, and whether the library may see it ------------------------ */

struct section {
	const uint8_t *p;
	uint32_t n;
};

struct value {
	unsigned type; /* MMDB_DATA_TYPE_… */
	uint32_t size; /* bytes, or what is in a container */
	uint32_t next; /* behind it; of a container its first item */
	uint32_t target; /* of a pointer */
};

/* n bytes, the first of which counts most; -1 beyond the end. */
static int
read_number(struct section s, uint32_t *offset, unsigned n, uint32_t *ret_number)
{
	uint32_t number = 0;

	if (*offset > s.n || s.n - *offset < n)
		return -1;
	while (n-- > 0)
		number = number << 8 | s.p[(*offset)++];
	*ret_number = number;
	return 0;
}

static int
read_pointer(struct section s, uint32_t offset, uint32_t control, struct value *ret_value)
{
	static const uint32_t bases[] = { 0, 2048, 526336, 0 };
	unsigned length = control >> 3 & 3;
	uint32_t high = length < 3 ? (control & 7) << (8 * (length + 1)) : 0, low;

	if (read_number(s, &offset, length + 1, &low) != 0)
		return -1;
	*ret_value = (struct value){ MMDB_DATA_TYPE_POINTER, 0, offset, bases[length] + high + low };
	return 0;
}

/* -1: cut short, or of a type that is not known. */
static int
read_value(struct section s, uint32_t offset, struct value *ret_value)
{
	static const uint32_t bases[] = { 29, 285, 65821 };
	uint32_t control, type, size;

	if (read_number(s, &offset, 1, &control) != 0)
		return -1;
	type = control >> 5;
	if (type == MMDB_DATA_TYPE_POINTER)
		return read_pointer(s, offset, control, ret_value);
	if (type == MMDB_DATA_TYPE_EXTENDED) {
		if (read_number(s, &offset, 1, &type) != 0)
			return -1;
		type += 7;
		if (type < MMDB_DATA_TYPE_INT32 || type > MMDB_DATA_TYPE_FLOAT || type == MMDB_DATA_TYPE_CONTAINER ||
		    type == MMDB_DATA_TYPE_END_MARKER)
			return -1;
	}
	size = control & 31;
	if (size >= 29) {
		uint32_t more;
		if (read_number(s, &offset, size - 28, &more) != 0)
			return -1;
		size = bases[size - 29] + more;
	}
	*ret_value = (struct value){ type, size, offset, 0 };
	if (type == MMDB_DATA_TYPE_MAP || type == MMDB_DATA_TYPE_ARRAY || type == MMDB_DATA_TYPE_BOOLEAN)
		return 0;
	ret_value->next += size;
	return size <= s.n - offset ? 0 : -1;
}

static bool
is_container(const struct value *v)
{
	return v->type == MMDB_DATA_TYPE_MAP || v->type == MMDB_DATA_TYPE_ARRAY;
}

/* How many values it holds: a map twice as many as it says. */
static uint32_t
items_of(const struct value *v)
{
	return v->type == MMDB_DATA_TYPE_MAP ? 2 * v->size : v->size;
}

static bool
is_string(struct section s, struct value v)
{
	if (v.type == MMDB_DATA_TYPE_POINTER && read_value(s, v.target, &v) != 0)
		return false;
	return v.type == MMDB_DATA_TYPE_UTF8_STRING;
}

/* Whether the value is whole and of a sensible depth, its pointers not
 * followed, for the library does not either as it passes over a value. */
static bool
is_sound(struct mmdb *m, struct section s, uint32_t offset)
{
	struct {
		uint32_t left; /* items; in a map with an even number of them, a key is next */
		bool map;
	} levels[DEPTH_MAX] = { { 1, false } };
	size_t depth = 1;

	while (depth > 0) {
		struct value v;
		bool key = levels[depth - 1].map && levels[depth - 1].left % 2 == 0;

		if (levels[depth - 1].left == 0) {
			depth--;
			continue;
		}
		if (m->work == 0 || read_value(s, offset, &v) != 0 || (key && !is_string(s, v)))
			return false;
		m->work--;
		levels[depth - 1].left--;
		offset = v.next;
		if (!is_container(&v))
			continue;
		if (depth == DEPTH_MAX)
			return false;
		levels[depth].left = items_of(&v);
		levels[depth++].map = v.type == MMDB_DATA_TYPE_MAP;
	}
	return true;
}

/* A map of scalars, and of maps and arrays of strings: all that the format
 * has there.  The library follows pointers within it. */
static bool
is_sound_metadata(struct section s)
{
	struct value map, v;
	uint32_t offset;

	if (read_value(s, 0, &map) != 0 || map.type != MMDB_DATA_TYPE_MAP)
		return false;
	offset = map.next;
	for (uint32_t i = 0; i < items_of(&map); i++) {
		if (read_value(s, offset, &v) != 0 || (i % 2 == 0 && !is_string(s, v)))
			return false;
		if (v.type == MMDB_DATA_TYPE_POINTER && !is_string(s, v))
			return false;
		offset = v.next;
		for (uint32_t n = is_container(&v) ? items_of(&v) : 0; n > 0; n--) {
			struct value item;
			if (read_value(s, offset, &item) != 0 || !is_string(s, item))
				return false;
			offset = item.next;
		}
	}
	return true;
}

/* ---- the file ----------------------------------------------------------- */

static bool
is_same(const struct stat *a, const struct stat *b)
{
	return a->st_size == b->st_size && a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
	       a->st_mtim.tv_nsec == b->st_mtim.tv_nsec && a->st_ctim.tv_sec == b->st_ctim.tv_sec &&
	       a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

static int
copy(int from, int to, size_t n)
{
	while (n > 0) {
		ssize_t sent = sendfile(to, from, NULL, n);

		if (sent <= 0)
			return -1;
		n -= (size_t)sent;
	}
	return 0;
}

/* The file as it is now, in memory; -1 with the reason. */
static int
take_copy(const char *path, struct buf *why)
{
	struct stat before = { 0 }, after;
	/* Should it be a pipe, nobody waits for its other end. */
	int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), memory = -1;

	if (file == -1 || fstat(file, &before) != 0) {
		buf_puts(why, strerror(errno));
		goto fail;
	}
	if (!S_ISREG(before.st_mode) || before.st_size == 0 || before.st_size > FILE_MAX) {
		buf_puts(why, !S_ISREG(before.st_mode) ? "is no file"
			      : before.st_size == 0    ? "is empty"
						       : "is larger than 256 MB");
		goto fail;
	}
	memory = memfd_create("thongke-geo", MFD_CLOEXEC);
	if (memory == -1) {
		buf_printf(why, "no memory for a copy of it: %s", strerror(errno));
		goto fail;
	}
	if (copy(file, memory, (size_t)before.st_size) != 0 || fstat(file, &after) != 0 || !is_same(&before, &after)) {
		buf_puts(why, "could not be read whole, perhaps because it is being written");
		goto fail;
	}
	(void)close(file);
	return memory;
fail:
	if (file != -1)
		(void)close(file);
	if (memory != -1)
		(void)close(memory);
	return -1;
}

/* Where the library will look, and find the last marker. */
static bool
has_sound_metadata(int memory)
{
	struct stat st;
	size_t n;
	const uint8_t *p, *at, *last = NULL;
	bool sound = false;

	if (fstat(memory, &st) != 0)
		return false;
	n = (size_t)st.st_size;
	p = mmap(NULL, n, PROT_READ, MAP_PRIVATE, memory, 0);
	if (p == MAP_FAILED)
		return false;
	for (at = p + (n > METADATA_MAX ? n - METADATA_MAX : 0);
	     (at = memmem(at, (size_t)(p + n - at), marker, sizeof(marker) - 1)) != NULL; at = last)
		last = at + sizeof(marker) - 1;
	if (last != NULL)
		sound = is_sound_metadata((struct section){ last, (uint32_t)(p + n - last) });
	(void)munmap((void *)p, n);
	return sound;
}

static bool
has_whole_tree(const MMDB_s *db)
{
	return (uint64_t)db->metadata.node_count * db->full_record_byte_size + SEPARATOR < (uint64_t)db->file_size;
}

struct mmdb *
mmdb_open(const char *path, struct buf *why)
{
	struct mmdb *m = NULL;
	char name[32];
	int memory = take_copy(path, why), status;

	if (memory == -1)
		return NULL;
	if (!has_sound_metadata(memory)) {
		buf_puts(why, "is no database of MaxMind's format, or not all of one");
		goto fail;
	}
	m = xcalloc(1, sizeof(*m));
	(void)snprintf(name, sizeof(name), "/proc/self/fd/%d", memory);
	status = MMDB_open(name, MMDB_MODE_MMAP, &m->db);
	if (status != MMDB_SUCCESS) {
		buf_puts(why, MMDB_strerror(status));
		goto fail;
	}
	if (!has_whole_tree(&m->db)) {
		buf_puts(why, "is damaged: its tree is larger than the file");
		MMDB_close(&m->db);
		goto fail;
	}
	m->steps = (uint64_t)m->db.metadata.node_count * SHARED;
	m->work = WORK_MAX;
	(void)close(memory); /* the library has it mapped */
	return m;
fail:
	free(m);
	(void)close(memory);
	return NULL;
}

void
mmdb_close(struct mmdb *m)
{
	if (m == NULL)
		return;
	MMDB_close(&m->db);
	free(m);
}

int64_t
mmdb_built(const struct mmdb *m)
{
	return (int64_t)m->db.metadata.build_epoch;
}

/* ---- the country in a record ---------------------------------------------- */

/* What the map at offset has under key: 1, or 0 when it has none, or -1 when
 * it is damaged. */
static int
look_up(struct mmdb *m, uint32_t offset, const char *key, MMDB_entry_data_s *ret_data)
{
	struct section s = { m->db.data_section, m->db.data_section_size };
	MMDB_entry_s entry = { &m->db, offset };
	struct value v;
	int status;

	if (read_value(s, offset, &v) != 0)
		return -1;
	if (!is_sound(m, s, v.type == MMDB_DATA_TYPE_POINTER ? v.target : offset))
		return -1;
	status = MMDB_aget_value(&entry, ret_data, (const char *const[]){ key, NULL });
	if (status == MMDB_LOOKUP_PATH_DOES_NOT_MATCH_DATA_ERROR)
		return 0;
	return status == MMDB_SUCCESS ? 1 : -1;
}

static bool
is_capital(char c)
{
	return c >= 'A' && c <= 'Z';
}

/* {"country": {"iso_code": "VN"}} or {"country_code": "VN"}; what is no code,
 * such as the "-" of IP2Location's for reserved networks, is no country. */
static int
read_country(struct mmdb *m, uint32_t offset, char ret_code[2])
{
	MMDB_entry_data_s data = { 0 };
	int found = look_up(m, offset, "country", &data);

	if (found == 1 && data.type == MMDB_DATA_TYPE_MAP)
		found = look_up(m, data.offset, "iso_code", &data);
	else if (found != -1)
		found = look_up(m, offset, "country_code", &data);
	if (found == -1)
		return -1;
	ret_code[0] = ret_code[1] = '\0';
	if (found == 1 && data.type == MMDB_DATA_TYPE_UTF8_STRING && data.data_size == 2 &&
	    is_capital(data.utf8_string[0]) && is_capital(data.utf8_string[1]))
		memcpy(ret_code, data.utf8_string, 2);
	return 0;
}

/* Two letters, or NULL for no country; good until the next call.  -1: damaged. */
static int
country_at(struct mmdb *m, uint32_t offset, const char **ret_code)
{
	struct known *k = &m->known[(offset ^ offset >> 14) % KNOWN];

	if (k->offset_plus_1 != offset + 1) {
		k->offset_plus_1 = 0;
		if (read_country(m, offset, k->code) != 0)
			return -1;
		k->offset_plus_1 = offset + 1;
	}
	*ret_code = k->code[0] != '\0' ? k->code : NULL;
	return 0;
}

/* ---- the tree ------------------------------------------------------------- */

struct branch {
	uint64_t start; /* the first address below it */
	uint32_t at; /* a node, or the offset of a record's value */
	uint8_t type; /* MMDB_RECORD_TYPE_… */
	uint8_t bits; /* above it */
};

/* Both branches of the one that *b is, which becomes the left one. */
static int
part(struct mmdb *m, struct branch *b, struct branch *ret_right)
{
	MMDB_search_node_s node;

	if (m->steps == 0 || MMDB_read_node(&m->db, b->at, &node) != MMDB_SUCCESS)
		return -1;
	m->steps--;
	b->bits++;
	*ret_right = *b;
	b->type = node.left_record_type;
	b->at = b->type == MMDB_RECORD_TYPE_DATA ? node.left_record_entry.offset : (uint32_t)node.left_record;
	ret_right->type = node.right_record_type;
	ret_right->at =
	    ret_right->type == MMDB_RECORD_TYPE_DATA ? node.right_record_entry.offset : (uint32_t)node.right_record;
	return 0;
}

static int
tell(struct mmdb *m, const struct branch *b, mmdb_each *each, void *arg)
{
	const char *code = NULL;

	if (b->type == MMDB_RECORD_TYPE_INVALID)
		return -1;
	if (b->type == MMDB_RECORD_TYPE_DATA && country_at(m, b->at, &code) != 0)
		return -1;
	each(arg, b->start, code);
	return 0;
}

enum { WIDTH_MAX = 64 };

/* width: bits that count in an address; depth: those that it has. */
static int
walk(struct mmdb *m, struct branch root, unsigned width, unsigned depth, mmdb_each *each, void *arg)
{
	struct branch stack[WIDTH_MAX + 1] = { root };
	size_t n = 1;

	while (n > 0) {
		struct branch b = stack[--n], right;

		while (b.type == MMDB_RECORD_TYPE_SEARCH_NODE) {
			if (b.bits == depth || part(m, &b, &right) != 0)
				return -1;
			if (b.bits > width)
				continue;
			right.start |= UINT64_C(1) << (width - b.bits);
			stack[n++] = right;
		}
		if (tell(m, &b, each, arg) != 0)
			return -1;
	}
	return 0;
}

static int
damaged(struct buf *why)
{
	buf_puts(why, "is damaged: its networks or countries are not what they should be");
	return -1;
}

int
mmdb_each_v4(struct mmdb *m, mmdb_each *each, void *arg, struct buf *why)
{
	struct branch root = { 0, 0, MMDB_RECORD_TYPE_SEARCH_NODE, 0 }, right;

	/* In a tree of IPv6 it is ::/96. */
	for (int i = 0; m->db.metadata.ip_version == 6 && i < 96 && root.type == MMDB_RECORD_TYPE_SEARCH_NODE; i++)
		if (part(m, &root, &right) != 0)
			return damaged(why);
	root.bits = 0;
	return walk(m, root, 32, 32, each, arg) == 0 ? 0 : damaged(why);
}

int
mmdb_each_v6(struct mmdb *m, mmdb_each *each, void *arg, struct buf *why)
{
	struct branch root = { 0, 0, MMDB_RECORD_TYPE_SEARCH_NODE, 0 };

	if (m->db.metadata.ip_version != 6)
		return 0;
	return walk(m, root, 64, 128, each, arg) == 0 ? 0 : damaged(why);
}
