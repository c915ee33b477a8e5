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

#include <string.h>
#include <strings.h>

#include "base/block.h"
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
 * in small letters, each row ended by an empty one. */
static const struct known_header {
	char name[BLOCK];
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
};

static const struct str method_names[] = {
	[METHOD_GET] = { "GET", 3 },
	[METHOD_HEAD] = { "HEAD", 4 },
	[METHOD_POST] = { "POST", 4 },
	[METHOD_OPTIONS] = { "OPTIONS", 7 },
	[METHOD_OTHER] = { "other", 5 },
};

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

/* Those that are no letters and dashes, which most names are of; small are
 * the same bytes in small letters. */
static inline block
find_others(block bytes, block small)
{
	return (block)((block)(small - 'a') > 'z' - 'a') & (block)(bytes != '-');
}

/* The first byte that is below 0x20, or 0x7f; end when there is none. */
static inline const char *
find_control(const char *at, const char *end)
{
	size_t n;

	do {
		block bytes = block_load(at, end);

		n = block_first((block)(bytes < 0x20) | (block)(bytes == 0x7f));
		at += n;
	} while (n == BLOCK);
	return at;
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

static enum request_method
find_method(struct str name)
{
	for (enum request_method m = METHOD_GET; m < METHOD_OTHER; m++) {
		if (str_eq(name, method_names[m]))
			return m;
	}
	return METHOD_OTHER;
}

/* "HTTP/1.1" CRLF, each 0 of the picture being any digit. */
static enum request_result
read_version(struct reader *in)
{
	static const char picture[] = "HTTP/0.0\r\n";
	static const char usual[] = "HTTP/1.1\r\n";
	const char *version = in->at;

	if (in->end - version >= (ptrdiff_t)sizeof(usual) - 1 && memcmp(version, usual, sizeof(usual) - 1) == 0) {
		in->at += sizeof(usual) - 1;
		in->r->minor = 1;
		return REQUEST_DONE;
	}
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
	bool absolute = target.p[0] != '/' && cut_authority(&target, &in->authority);

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

struct name {
	struct str text;
	char small[BLOCK]; /* its letters and dashes, the letters small, up to the first of another kind */
};

static inline void
read_name(const char *at, const char *end, struct name *ret_name)
{
	block bytes = block_load(at, end), small = bytes | 0x20;
	size_t n = block_first(find_others(bytes, small));

	small = block_cut(small, n);
	memcpy(ret_name->small, &small, BLOCK);
	n += span(at + n, end, TOKEN);
	ret_name->text = (struct str){ at, n };
}

static inline int
find_header(const struct name *name, struct str client_header)
{
	if (name->text.n < NITEMS(known_headers)) {
		for (const struct known_header *k = known_headers[name->text.n]; k->name[0] != '\0'; k++) {
			if (memcmp(name->small, k->name, BLOCK) == 0)
				return k->header;
		}
	}
	if (str_eq_nocase(name->text, STR("Transfer-Encoding")))
		return HEADER_TRANSFER_ENCODING;
	return str_eq_nocase(name->text, client_header) ? HEADER_CLIENT : HEADER_NOT_ASKED;
}

/* The rest of the line from start on, not trimmed.  A tab is the one control byte that a
 * value may hold; bytes from 0x80 on are "obs-text", which old browsers put
 * into Referer. */
static inline enum request_result
read_value(struct reader *in, const char *start, struct str *ret_value)
{
	const char *end = in->end, *at = find_control(start, end);

	while (at < end && *at == '\t')
		at = find_control(at + 1, end);
	if (end - at < 2)
		return at == end || *at == '\r' ? REQUEST_MORE : bad(in, 400);
	if (memcmp(at, "\r\n", 2) != 0)
		return bad(in, 400);
	in->at = at + 2;
	*ret_value = (struct str){ start, (size_t)(at - start) };
	return REQUEST_DONE;
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
read_header(struct reader *in)
{
	enum request_result result;
	struct name name;
	struct str value;
	const char *colon;
	int header;

	read_name(in->at, in->end, &name);
	colon = name.text.p + name.text.n;
	if (colon == in->end)
		return REQUEST_MORE;
	if (name.text.n == 0 || *colon != ':')
		return bad(in, 400);
	result = read_value(in, colon + 1, &value);
	if (result != REQUEST_DONE)
		return result;
	header = find_header(&name, in->rules->client_header);
	if (header == HEADER_TRANSFER_ENCODING)
		return bad(in, 400);
	if (header == HEADER_NOT_ASKED)
		return REQUEST_DONE;
	if (in->r->header[header].p != NULL && !may_repeat(header))
		return bad(in, 400);
	value = str_trim(value);
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
	enum request_result result = check_host(in);

	if (result == REQUEST_DONE)
		result = check_length(in);
	if (result == REQUEST_DONE)
		result = check_expect(in);
	if (result != REQUEST_DONE)
		return result;
	in->r->keep_alive = !in->asks_close && (in->r->minor > 0 || in->asks_keep_alive);
	return REQUEST_DONE;
}

static enum request_result
read_empty_line(struct reader *in)
{
	in->at++;
	if (in->at == in->end)
		return REQUEST_MORE;
	if (*in->at++ != '\n')
		return bad(in, 400);
	return check_head(in);
}

/* Up to the empty line. */
static enum request_result
read_headers(struct reader *in)
{
	enum request_result result = REQUEST_DONE;

	while (result == REQUEST_DONE) {
		if (in->at == in->end)
			return REQUEST_MORE;
		if (*in->at == '\r')
			return read_empty_line(in);
		result = read_header(in);
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
	return method_names[m].p;
}
