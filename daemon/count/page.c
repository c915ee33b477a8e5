/* page.c - path, query and route one after the other, each decoded straight
 * into the name and brought to its form there, in place. */
#include "count/page.h"

#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "count/form.h"
#include "count/site.h"

/* A part of an address: what stays encoded in it, and what a plus is. */
struct part {
	const char *kept;
	enum form_plus plus;
};
static const struct part path_part = { "%?#", FORM_PLUS_STAYS };
static const struct part value_part = { "%&#+", FORM_PLUS_IS_BLANK };

static const struct str session = { ";jsessionid=", 12 };

/* Encode again what must stay so of what lies in out from start on: after it
 * was composed, as a mark behind %2B is none of the B. */
static void
escape(struct buf *out, size_t start, const char *kept)
{
	static const char digits[] = "0123456789ABCDEF";
	size_t from = out->n, more = 0;
	char *to;

	for (size_t i = start; i < out->n; i++)
		more += strchr(kept, out->p[i]) != NULL ? 2 : 0;
	to = buf_reserve(out, more) + more;
	out->n += more;
	while (from > start) {
		unsigned char c = (unsigned char)out->p[--from];

		*--to = (char)c;
		if (strchr(kept, c) != NULL) {
			*to = digits[c & 15];
			*--to = digits[c >> 4];
			*--to = '%';
		}
	}
}

static bool
has_any(struct str s, const char *bytes)
{
	for (; *bytes != '\0'; bytes++) {
		if (memchr(s.p, *bytes, s.n) != NULL)
			return true;
	}
	return false;
}

/* Append a part, decoded. */
static int
add_part(struct str encoded, const struct part *part, struct buf *out)
{
	size_t start = out->n;
	bool had_escapes;

	if (form_decode(encoded, part->plus, out) != 0)
		return -1;
	had_escapes = out->n - start < encoded.n;
	if (utf8_compose(out, start) != 0)
		return -1;
	if (had_escapes && has_any((struct str){ out->p + start, out->n - start }, part->kept))
		escape(out, start, part->kept);
	return 0;
}

/* Without the id of a session, which Java's servers hang on. */
static struct str
without_session(struct str segment)
{
	const char *at = segment.n > 0 ? memchr(segment.p, ';', segment.n) : NULL;

	for (; at != NULL; at = memchr(at + 1, ';', (size_t)(segment.p + segment.n - at - 1))) {
		size_t left = (size_t)(segment.p + segment.n - at);
		if (left >= session.n && str_eq_nocase((struct str){ at, session.n }, session))
			return (struct str){ segment.p, segment.n - left };
	}
	return segment;
}

/* Take the last segment of the path that lies in out from start to end off;
 * the new end. */
static size_t
parent(const struct buf *out, size_t start, size_t end)
{
	const char *slash = end > start ? memrchr(out->p + start, '/', end - start) : NULL;

	return slash != NULL ? (size_t)(slash - out->p) : start;
}

static bool
is_index(struct str segment)
{
	static const struct str names[] = { { "/index.html", 11 }, { "/index.htm", 10 }, { "/index.php", 10 } };

	for (size_t i = 0; i < NITEMS(names); i++) {
		if (str_eq(segment, names[i]))
			return true;
	}
	return false;
}

static size_t
without_indexes(const struct buf *out, size_t start, size_t end)
{
	size_t last = parent(out, start, end);

	while (is_index((struct str){ out->p + last, end - last })) {
		end = last;
		last = parent(out, start, end);
	}
	return end;
}

/* Bring the decoded path in out, from start on, to its one form. */
static void
tidy_path(struct buf *out, size_t start)
{
	struct str rest = { out->p + start, out->n - start };
	bool may_have_session = memchr(rest.p, ';', rest.n) != NULL;
	size_t end = start;

	do {
		struct str segment = str_cut(&rest, '/');

		if (may_have_session)
			segment = without_session(segment);
		if (str_eq(segment, STR("..")))
			end = parent(out, start, end);
		if (segment.n == 0 || str_eq(segment, STR(".")) || str_eq(segment, STR("..")))
			continue;
		out->p[end++] = '/';
		if (segment.p != out->p + end)
			memmove(out->p + end, segment.p, segment.n);
		end += segment.n;
	} while (rest.p != NULL);
	end = without_indexes(out, start, end);
	if (end == start)
		out->p[end++] = '/';
	out->n = end;
}

/* ?name=value of the first parameter of that name: 1, or 0 if there is none. */
static int
add_parameter(struct str query, struct str wanted, char separator, struct buf *out)
{
	struct str name, value;

	while (form_next(&query, &name, &value)) {
		if (!str_eq(name, wanted))
			continue;
		buf_putc(out, separator);
		buf_str(out, name);
		buf_putc(out, '=');
		return add_part(value, &value_part, out) == 0 ? 1 : -1;
	}
	return 0;
}

/* A path and its query. */
static int
add_address(struct str address, const struct config_list *names, struct buf *out)
{
	struct str query = address, path = str_cut(&query, '?');
	size_t start = out->n;
	char separator = '?';

	if (path.n == 0 || path.p[0] != '/' || add_part(path, &path_part, out) != 0)
		return -1;
	tidy_path(out, start);
	for (size_t i = 0; i < names->n && query.n > 0; i++) {
		int added = add_parameter(query, str_of(names->items[i]), separator, out);
		if (added < 0)
			return -1;
		if (added > 0)
			separator = '&';
	}
	return 0;
}

/* "#/tin/1" and "#!/tin/1"; "#/" is the portal's front page, as is none. */
static int
add_route(struct str fragment, const struct config_list *names, struct buf *out)
{
	size_t before = out->n, start;

	buf_putc(out, '#');
	if (str_starts(fragment, STR("!"))) {
		buf_putc(out, '!');
		fragment = (struct str){ fragment.p + 1, fragment.n - 1 };
	}
	start = out->n;
	if (add_address(str_cut(&fragment, '#'), names, out) != 0)
		return -1;
	if (out->n == start + 1)
		out->n = before;
	return 0;
}

/* A URL without its scheme and host, which must be the site's; a path as it
 * is; absent for what is neither. */
static struct str
path_of(struct str address, const struct site *site)
{
	struct str host;

	if (str_starts(address, STR("/")))
		return address;
	host = site_host_of_url(address);
	if (host.n == 0 || !site_allows_host(site, host))
		return (struct str){ NULL, 0 };
	address.n -= (size_t)(host.p + host.n - address.p);
	address.p = host.p + host.n;
	return address.n > 0 ? address : STR("/");
}

/* What of the name in out, from start on, there is room for. */
static void
shorten(struct buf *out, size_t start)
{
	struct str name = { out->p + start, out->n - start };
	struct str cut = utf8_cut(name, PAGE_MAX);

	/* No % stands in a name but in front of two digits. */
	for (size_t i = 1; i <= 2 && cut.n < name.n; i++) {
		if (cut.p[cut.n - i] == '%')
			cut.n -= i;
	}
	out->n = start + cut.n;
}

int
page_name(struct str address, const struct site *site, struct buf *out)
{
	const struct config_list *names = &site->config->page_query;
	size_t before = out->n;
	struct str fragment = path_of(address, site), path = str_cut(&fragment, '#');

	if (add_address(path, names, out) != 0)
		goto fail;
	if ((str_starts(fragment, STR("/")) || str_starts(fragment, STR("!/"))) && add_route(fragment, names, out) != 0)
		goto fail;
	shorten(out, before);
	return 0;
fail:
	out->n = before;
	return -1;
}
