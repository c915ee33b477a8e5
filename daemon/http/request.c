/* request.c - one pass from the first byte to the last.
 *
 *	POST /tk/hit?a=1 HTTP/1.1 CRLF		read_request_line
 *	Host: portal.example CRLF		read_header, once a line
 *	CRLF					check_head
 *	site=portal&page=%2F			read_body
 *
 * Invariant: every mistake belongs to the byte that shows it, and the first
 * one in the order of the bytes is the verdict.  So it makes no difference
 * in how many pieces the bytes arrive: parsing again from the front, with
 * more bytes, never changes a verdict that was already given. */
#include "http/request.h"

#include <endian.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"

/* Refused wherever it is sent, hence not among what callers may ask for. */
enum { HEADER_TRANSFER_ENCODING = HEADER_COUNT, HEADER_NOT_ASKED };

enum byte_class {
	TOKEN = 1, /* RFC 9110 5.6.2: methods and header names */
	TARGET = 2, /* visible ASCII but the # of a fragment, which no client may send */
	HOST = 4, /* of a name or an IPv4 address */
	ADDRESS = 8 /* of an IPv6 address, between its brackets */
};

static const unsigned char byte_classes[256] = {
	['0' ... '9'] = TOKEN | TARGET | HOST | ADDRESS,
	['A' ... 'F'] = TOKEN | TARGET | HOST | ADDRESS,
	['G' ... 'Z'] = TOKEN | TARGET | HOST,
	['a' ... 'f'] = TOKEN | TARGET | HOST | ADDRESS,
	['g' ... 'z'] = TOKEN | TARGET | HOST,
	['.'] = TOKEN | TARGET | HOST | ADDRESS,
	['-'] = TOKEN | TARGET | HOST,
	['_'] = TOKEN | TARGET | HOST,
	[':'] = TARGET | ADDRESS,
	['#'] = TOKEN,
	['!'] = TOKEN | TARGET,
	['$' ... '\''] = TOKEN | TARGET, /* $ % & ' */
	['*' ... '+'] = TOKEN | TARGET,
	['^'] = TOKEN | TARGET,
	['`'] = TOKEN | TARGET,
	['|'] = TOKEN | TARGET,
	['~'] = TOKEN | TARGET,
	['"'] = TARGET,
	['(' ... ')'] = TARGET,
	[','] = TARGET,
	['/'] = TARGET,
	[';' ... '@'] = TARGET, /* ; < = > ? @ */
	['[' ... ']'] = TARGET, /* [ \ ] */
	['{'] = TARGET,
	['}'] = TARGET,
};

/* By length of the name, so that a line is compared with three names at most;
 * in lower case, each row ended by an empty one. */
static const struct known_header {
	const char *name;
	int header;
} known_headers[][4] = {
	[3] = { { "dnt", HEADER_DNT } },
	[4] = { { "host", HEADER_HOST } },
	[5] = { { "x-moz", HEADER_X_MOZ } },
	[6] = { { "accept", HEADER_ACCEPT }, { "origin", HEADER_ORIGIN }, { "expect", HEADER_EXPECT } },
	[7] = { { "referer", HEADER_REFERER }, { "sec-gpc", HEADER_SEC_GPC }, { "purpose", HEADER_PURPOSE } },
	[9] = { { "x-purpose", HEADER_X_PURPOSE } },
	[10] = { { "connection", HEADER_CONNECTION }, { "user-agent", HEADER_USER_AGENT } },
	[11] = { { "sec-purpose", HEADER_SEC_PURPOSE } },
	[13] = { { "if-none-match", HEADER_IF_NONE_MATCH } },
	[14] = { { "content-length", HEADER_CONTENT_LENGTH } },
	[15] = { { "accept-encoding", HEADER_ACCEPT_ENCODING }, { "accept-language", HEADER_ACCEPT_LANGUAGE } },
	[17] = { { "transfer-encoding", HEADER_TRANSFER_ENCODING } },
};

static const char *const method_names[] = {
	[METHOD_GET] = "GET",
	[METHOD_HEAD] = "HEAD",
	[METHOD_POST] = "POST",
	[METHOD_OPTIONS] = "OPTIONS",
	[METHOD_OTHER] = "other",
};

/* Eight bytes at a time: each has its high bit set in ONES * 0x80. */
#define ONES (UINT64_MAX / 255)

/* Where in the head we are, and what was found that struct request lacks. */
struct reader {
	const char *at, *end; /* end: of the bytes, or of the longest head allowed */
	const struct request_rules *rules;
	struct request *r;
	int status; /* of a REQUEST_BAD */
	struct str target;
	struct str authority; /* of an absolute-form target, else absent */
	bool asks_close, asks_keep_alive; /* in any Connection header */
	bool expects_continue;
};

/* In what follows a REQUEST_DONE is about the part that the function reads. */

static enum request_result
bad(struct reader *in, int status)
{
	in->status = status;
	return REQUEST_BAD;
}

/* How many bytes at the front of at..end are of that class. */
static inline size_t
span(const char *at, const char *end, enum byte_class class)
{
	const char *p = at;

	while (p < end && (byte_classes[(unsigned char)*p] & class) != 0)
		p++;
	return (size_t)(p - at);
}

/* How many of the bytes at the front are letters and dashes, which most names
 * of headers are of; fewer, where bytes are short. */
static inline size_t
letters(const char *at, const char *end)
{
	const uint64_t high = ONES * 0x80;
	size_t n = 0;

	for (; end - at >= (ptrdiff_t)sizeof(uint64_t); at += sizeof(uint64_t), n += sizeof(uint64_t)) {
		uint64_t w, small, letter, dash, others;

		memcpy(&w, at, sizeof(w));
		w = le64toh(w);
		small = (w | ONES * 0x20) & ~high;
		letter = (small + ONES * (0x80 - 'a')) & ~(small + ONES * (0x7f - 'z')) & ~w;
		dash = w ^ ONES * '-';
		dash = ~(((dash & ~high) + ONES * 0x7f) | dash);
		others = ~(letter | dash) & high;
		if (others != 0)
			return n + (size_t)__builtin_ctzll(others) / 8;
	}
	return n;
}

static struct str
take(struct reader *in, enum byte_class class)
{
	struct str s = { in->at, span(in->at, in->end, class) };

	in->at += s.n;
	return s;
}

/* host [ ":" port ], without the user name, percent signs and empty port that
 * RFC 3986 would allow and no browser sends. */
static bool
valid_host(struct str host)
{
	const char *at = host.p, *end = host.p + host.n;
	bool bracketed = host.n > 0 && *at == '[';
	uint64_t port;
	size_t n;

	if (bracketed)
		at++;
	n = span(at, end, bracketed ? ADDRESS : HOST);
	at += n;
	if (n == 0 || (bracketed && (at == end || *at++ != ']')))
		return false;
	if (at == end)
		return true;
	return *at == ':' && str_to_uint((struct str){ at + 1, (size_t)(end - at) - 1 }, 1, UINT16_MAX, &port) == 0;
}

/* Ones in each of the sixteen bytes at p that is below 0x20, or 0x7f. */
typedef uint8_t bytes16 __attribute__((vector_size(16)));

static inline bytes16
controls(const char *p)
{
	bytes16 b;

	memcpy(&b, p, sizeof(b));
	return (bytes16)((b < 0x20) | (b == 0x7f));
}

/* Sixteen at a time, the last of them some a second time: this looks at every
 * byte of every header. */
static inline bool
has_control(struct str s)
{
	const char *last;
	bytes16 found;
	uint64_t halves[2];

	if (s.n < sizeof(bytes16)) {
		for (size_t i = 0; i < s.n; i++) {
			if ((unsigned char)s.p[i] < 0x20 || s.p[i] == 0x7f)
				return true;
		}
		return false;
	}
	last = s.p + s.n - sizeof(bytes16);
	found = controls(last);
	for (const char *p = s.p; p < last; p += sizeof(bytes16))
		found |= controls(p);
	memcpy(halves, &found, sizeof(halves));
	return (halves[0] | halves[1]) != 0;
}

/* A tab is the one control byte that a value may hold; bytes from 0x80 on are
 * "obs-text", which old browsers put into Referer. */
static bool
valid_value(struct str value)
{
	if (!has_control(value))
		return true;
	for (size_t i = 0; i < value.n; i++) {
		if (value.p[i] != '\t' && has_control((struct str){ value.p + i, 1 }))
			return false;
	}
	return true;
}

static enum request_method
find_method(struct str name)
{
	for (enum request_method m = METHOD_GET; m < METHOD_OTHER; m++) {
		if (str_eq(name, str_of(method_names[m])))
			return m;
	}
	return METHOD_OTHER;
}

/* "HTTP/1.1" CRLF, each 0 of the picture being any digit. */
static enum request_result
read_version(struct reader *in)
{
	static const char picture[] = "HTTP/0.0\r\n";
	const char *version = in->at;

	for (const char *expected = picture; *expected != '\0'; expected++, in->at++) {
		if (in->at == in->end)
			return REQUEST_MORE;
		if (*expected == '0' ? *in->at < '0' || *in->at > '9' : *in->at != *expected)
			return bad(in, 400);
	}
	if (version[5] != '1' || version[7] > '1')
		return bad(in, 505);
	in->r->minor = (unsigned)(version[7] - '0');
	return REQUEST_DONE;
}

/* Cut "http://authority" off the front of *target.  False when it has none. */
static bool
cut_authority(struct str *target, struct str *ret_authority)
{
	static const char *const schemes[] = { "http://", "https://" };

	for (size_t i = 0; i < NITEMS(schemes); i++) {
		size_t n = strlen(schemes[i]), end;
		if (target->n < n || strncasecmp(target->p, schemes[i], n) != 0)
			continue;
		for (end = n; end < target->n && target->p[end] != '/' && target->p[end] != '?'; end++)
			;
		*ret_authority = (struct str){ target->p + n, end - n };
		*target = (struct str){ target->p + end, target->n - end };
		return true;
	}
	return false;
}

/* origin-form /path?query, absolute-form http://host/path?query, or * */
static enum request_result
read_target(struct reader *in, struct str target)
{
	struct request *r = in->r;
	bool absolute = cut_authority(&target, &in->authority);

	if (absolute && !valid_host(in->authority))
		return bad(in, 400);
	if (!absolute && target.p[0] != '/' && !(r->method == METHOD_OPTIONS && str_eq(target, STR("*"))))
		return bad(in, 400);
	r->query = target;
	r->path = str_cut(&r->query, '?');
	if (r->path.n == 0)
		r->path = STR("/");
	return REQUEST_DONE;
}

static enum request_result
read_request_line(struct reader *in)
{
	struct str method = take(in, TOKEN), target;
	enum request_result result;

	if (in->at == in->end)
		return REQUEST_MORE;
	if (method.n == 0 || *in->at++ != ' ')
		return bad(in, 400);
	target = take(in, TARGET);
	if (target.n > in->rules->url_max)
		return bad(in, 414);
	if (in->at == in->end)
		return REQUEST_MORE;
	if (target.n == 0 || *in->at++ != ' ')
		return bad(in, 400);
	result = read_version(in);
	if (result != REQUEST_DONE)
		return result;
	if (str_eq(method, STR("CONNECT")))
		return bad(in, 400);
	in->r->method = find_method(method);
	return read_target(in, target);
}

/* Eight bytes, letters as small ones. */
static inline uint64_t
small_word(const char *p)
{
	uint64_t w;

	memcpy(&w, p, sizeof(w));
	return w | ONES * 0x20;
}

/* name is of token bytes, known of letters and dashes, both of n bytes: no two
 * of these but large and small letters differ in that one bit alone. */
static inline bool
is_known(const char *name, const char *known, size_t n)
{
	if (n >= sizeof(uint64_t) && n <= 2 * sizeof(uint64_t)) {
		size_t last = n - sizeof(uint64_t);

		return small_word(name) == small_word(known) && small_word(name + last) == small_word(known + last);
	}
	for (size_t i = 0; i < n; i++) {
		if ((name[i] | 0x20) != known[i])
			return false;
	}
	return true;
}

static int
find_header(struct str name, struct str client_header)
{
	if (name.n < NITEMS(known_headers)) {
		for (const struct known_header *k = known_headers[name.n]; k->name != NULL; k++) {
			if (is_known(name.p, k->name, name.n))
				return k->header;
		}
	}
	if (name.n == client_header.n && str_eq_nocase(name, client_header))
		return HEADER_CLIENT;
	return HEADER_NOT_ASKED;
}

/* Lists may come in several lines; for all else, to choose one of two would
 * be to guess which one the proxy before us has chosen. */
static bool
may_repeat(int header)
{
	switch (header) {
	case HEADER_ACCEPT:
	case HEADER_ACCEPT_ENCODING:
	case HEADER_ACCEPT_LANGUAGE:
	case HEADER_CONNECTION:
	case HEADER_CLIENT:
		return true;
	default:
		return false;
	}
}

static void
read_connection(struct reader *in, struct str value)
{
	while (value.n > 0) {
		struct str option = str_trim(str_cut(&value, ','));
		in->asks_close |= str_eq_nocase(option, STR("close"));
		in->asks_keep_alive |= str_eq_nocase(option, STR("keep-alive"));
	}
}

/* A line that begins with a blank continues the one before it (obs-fold):
 * refused, as its name is empty. */
static enum request_result
read_header(struct reader *in, struct str line)
{
	size_t known = letters(line.p, line.p + line.n);
	struct str name = { line.p, known + span(line.p + known, line.p + line.n, TOKEN) };
	struct str value;
	int header;

	if (name.n == 0 || name.n == line.n || line.p[name.n] != ':')
		return bad(in, 400);
	value = str_trim((struct str){ line.p + name.n + 1, line.n - name.n - 1 });
	if (has_control(line) && !valid_value(value))
		return bad(in, 400);
	header = find_header(name, in->rules->client_header);
	if (header == HEADER_TRANSFER_ENCODING)
		return bad(in, 400);
	if (header == HEADER_NOT_ASKED)
		return REQUEST_DONE;
	if (in->r->header[header].p != NULL && !may_repeat(header))
		return bad(in, 400);
	in->r->header[header] = value;
	if (header == HEADER_CONNECTION)
		read_connection(in, value);
	return REQUEST_DONE;
}

/* The Host of HTTP/1.1 has to be there, and an absolute target agree with it. */
static enum request_result
check_host(struct reader *in)
{
	struct str *host = &in->r->header[HEADER_HOST];

	if (host->p == NULL) {
		if (in->r->minor > 0)
			return bad(in, 400);
		*host = in->authority;
		return REQUEST_DONE;
	}
	if (!valid_host(*host) || (in->authority.p != NULL && !str_eq_nocase(*host, in->authority)))
		return bad(in, 400);
	return REQUEST_DONE;
}

/* Digits alone make a length, and none in front that others read as octal. */
static enum request_result
check_length(struct reader *in)
{
	struct str length = in->r->header[HEADER_CONTENT_LENGTH];
	uint64_t n = 0;

	if (length.p == NULL && in->r->method == METHOD_POST)
		return bad(in, 411);
	if (length.p == NULL)
		return REQUEST_DONE;
	for (size_t i = 0; i < length.n; i++) {
		if (length.p[i] < '0' || length.p[i] > '9')
			return bad(in, 400);
	}
	if (length.n == 0 || (length.p[0] == '0' && length.n > 1))
		return bad(in, 400);
	if (str_to_uint(length, 0, in->rules->body_max, &n) != 0)
		return bad(in, 413);
	in->r->body.n = (size_t)n;
	return REQUEST_DONE;
}

/* RFC 9110 10.1.1 has us ignore the 100-continue of an HTTP/1.0 client. */
static enum request_result
check_expect(struct reader *in)
{
	struct str expect = in->r->header[HEADER_EXPECT];

	if (expect.p == NULL)
		return REQUEST_DONE;
	if (!str_eq_nocase(expect, STR("100-continue")))
		return bad(in, 417);
	in->expects_continue = in->r->minor > 0;
	return REQUEST_DONE;
}

/* What can only be said once all headers are known. */
static enum request_result
check_head(struct reader *in)
{
	static enum request_result (*const checks[])(struct reader *) = { check_host, check_length, check_expect };

	for (size_t i = 0; i < NITEMS(checks); i++) {
		enum request_result result = checks[i](in);
		if (result != REQUEST_DONE)
			return result;
	}
	in->r->keep_alive = !in->asks_close && (in->r->minor > 0 || in->asks_keep_alive);
	return REQUEST_DONE;
}

static enum request_result
read_headers(struct reader *in)
{
	enum request_result result = REQUEST_DONE;

	while (result == REQUEST_DONE) {
		const char *lf = memchr(in->at, '\n', (size_t)(in->end - in->at));
		struct str line = { in->at, 0 };
		if (lf == NULL)
			return REQUEST_MORE;
		line.n = (size_t)(lf - line.p);
		if (line.n == 0 || line.p[line.n - 1] != '\r')
			return bad(in, 400);
		line.n--;
		in->at = lf + 1;
		if (line.n == 0)
			return check_head(in);
		result = read_header(in, line);
	}
	return result;
}

static enum request_result
read_head(struct reader *in)
{
	enum request_result result;

	/* One empty line in front is passed over: old clients send one after
	 * the body of a POST (RFC 9112 2.2).  A second is refused. */
	if (in->at < in->end && *in->at == '\r') {
		in->at++;
		if (in->at < in->end && *in->at++ != '\n')
			return bad(in, 400);
	}
	result = read_request_line(in);
	if (result == REQUEST_DONE)
		result = read_headers(in);
	return result;
}

static enum request_result
read_body(struct reader *in, struct str bytes)
{
	struct request *r = in->r;
	size_t head = (size_t)(in->at - bytes.p), here = bytes.n - head;

	r->length = head + r->body.n;
	r->wants_continue = in->expects_continue && here == 0 && r->body.n > 0;
	if (here < r->body.n)
		return REQUEST_MORE;
	r->body.p = in->at;
	return REQUEST_DONE;
}

enum request_result
request_parse(struct str bytes, const struct request_rules *rules, struct request *ret_request, int *ret_status)
{
	bool too_long = bytes.n > rules->header_max;
	struct reader in = {
		.at = bytes.p,
		.end = bytes.p + (too_long ? rules->header_max : bytes.n),
		.rules = rules,
		.r = ret_request,
	};
	enum request_result result;

	*ret_request = (struct request){ 0 };
	result = read_head(&in);
	if (result == REQUEST_MORE && too_long)
		result = bad(&in, 431);
	else if (result == REQUEST_DONE)
		result = read_body(&in, bytes);
	if (result == REQUEST_BAD)
		*ret_status = in.status;
	return result;
}

const char *
request_method_name(enum request_method m)
{
	return method_names[m];
}
