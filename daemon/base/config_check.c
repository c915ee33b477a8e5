/* config_check.c - one small grammar after the other. */
#include "base/config_check.h"

#include <arpa/inet.h>
#include <idn2.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>

#include "base/utf8.h"
#include "base/zone.h"

enum { HOST_MAX = CONFIG_WORD_ROOM - 1, LABEL_MAX = 63 }; /* RFC 1035 has 253, a line of the file does not */
enum { QUOTE_MAX = 80 };
enum { DATABASE_MAX = 9999 };

static const struct str unix_prefix = { "unix:", 5 };

void
config_quote(struct str text, struct buf *out)
{
	bool clean = utf8_is_text(text);
	struct str shown = clean ? utf8_cut(text, QUOTE_MAX) : text;

	if (shown.n > QUOTE_MAX)
		shown.n = QUOTE_MAX;
	buf_puts(out, "«");
	for (size_t i = 0; i < shown.n; i++) {
		char c = shown.p[i];
		if (!clean && (c < ' ' || c > '~'))
			c = '?';
		buf_putc(out, c);
	}
	buf_puts(out, shown.n < text.n ? "…»" : "»");
}

static bool
is_alnum(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/* Not empty, and nothing but ASCII letters, digits and marks. */
static bool
only_of(struct str s, const char *marks)
{
	for (size_t i = 0; i < s.n; i++)
		if (!is_alnum(s.p[i]) && (s.p[i] == '\0' || strchr(marks, s.p[i]) == NULL))
			return false;
	return s.n > 0;
}

static bool
is_unix_path(struct str s)
{
	struct sockaddr_un address;

	return s.n > 1 && s.p[0] == '/' && s.n < sizeof(address.sun_path);
}

static bool
is_address(int family, struct str s)
{
	char text[INET6_ADDRSTRLEN];
	struct in6_addr address; /* has room for IPv4 too */

	if (s.n == 0 || s.n >= sizeof(text))
		return false;
	memcpy(text, s.p, s.n);
	text[s.n] = '\0';
	return inet_pton(family, text, &address) == 1;
}

/* Labels of letters, digits, - and _, none of them empty; or IPv4, which is
 * what ends in a number. */
static bool
is_host_name(struct str s)
{
	struct str rest = s, label;

	if (s.n == 0 || s.n > HOST_MAX)
		return false;
	do {
		label = str_cut(&rest, '.');
		if (!only_of(label, "-_") || label.n > LABEL_MAX)
			return false;
		if (label.p[0] == '-' || label.p[label.n - 1] == '-')
			return false;
	} while (rest.p != NULL);
	for (size_t i = 0; i < label.n; i++)
		if (label.p[i] < '0' || label.p[i] > '9')
			return true;
	return is_address(AF_INET, s);
}

/* "127.0.0.1:80", "localhost:80" or "[::1]:80". */
static bool
is_host_port(struct str s, uint64_t port_min)
{
	struct str host, port;
	uint64_t number;
	bool v6 = s.n > 0 && s.p[0] == '[';

	if (v6) {
		port = (struct str){ s.p + 1, s.n - 1 };
		host = str_cut(&port, ']');
		if (port.n == 0 || port.p[0] != ':')
			return false;
		port.p++;
		port.n--;
	} else {
		port = s;
		host = str_cut(&port, ':');
	}
	if (str_to_uint(port, port_min, UINT16_MAX, &number) != 0)
		return false;
	return v6 ? is_address(AF_INET6, host) : is_host_name(host);
}

int
config_listen(char *word, struct buf *why)
{
	struct str s = str_of(word);

	if (str_starts(s, unix_prefix) && is_unix_path((struct str){ s.p + unix_prefix.n, s.n - unix_prefix.n }))
		return 0;
	if (is_host_port(s, 0))
		return 0;
	buf_puts(why, "is no address to listen on; write 127.0.0.1:8080, [::1]:8080 or unix:/run/thongke/http.sock");
	return -1;
}

int
config_mode(char *word, struct buf *why)
{
	size_t n = strlen(word);

	if (n >= 3 && n <= 4 && strspn(word, "01234567") == n && (n == 3 || word[0] == '0'))
		return 0;
	buf_puts(why, "is no mode; write 0666 for everybody, 0660 for user and group");
	return -1;
}

int
config_base_path(char *word, struct buf *why)
{
	struct str s = str_of(word), rest = s;
	bool good = s.n > 1 && s.p[0] == '/';

	(void)str_cut(&rest, '/');
	while (good && rest.p != NULL) {
		struct str part = str_cut(&rest, '/');
		good = only_of(part, "-._~") && !str_eq(part, STR(".")) && !str_eq(part, STR(".."));
	}
	if (good)
		return 0;
	buf_puts(why, "is no base path; write /tk or /a/b: a slash before each part, none at the end");
	return -1;
}

int
config_redis(char *word, struct buf *why)
{
	struct str s = str_of(word), tcp = STR("redis://");
	uint64_t database;

	if (str_starts(s, unix_prefix) && is_unix_path((struct str){ s.p + unix_prefix.n, s.n - unix_prefix.n }))
		return 0;
	if (str_starts(s, tcp)) {
		struct str rest = { s.p + tcp.n, s.n - tcp.n };
		struct str address = str_cut(&rest, '/');
		if (is_host_port(address, 1) && (rest.p == NULL || str_to_uint(rest, 0, DATABASE_MAX, &database) == 0))
			return 0;
	}
	buf_puts(why, "is no Redis; write unix:/run/redis/redis.sock or redis://127.0.0.1:6379/0");
	return -1;
}

int
config_header_name(char *word, struct buf *why)
{
	if (only_of(str_of(word), "!#$%&'*+-.^_`|~"))
		return 0;
	buf_puts(why, "is no header's name; write one such as X-Forwarded-For or X-Real-IP");
	return -1;
}

int
config_network(char *word, struct buf *why)
{
	struct str bits = str_of(word), address = str_cut(&bits, '/');
	bool v4 = is_address(AF_INET, address);
	uint64_t n;

	if ((v4 || is_address(AF_INET6, address)) && (bits.p == NULL || str_to_uint(bits, 0, v4 ? 32 : 128, &n) == 0))
		return 0;
	buf_puts(why, "is no network; write 10.0.0.0/8, 2001:db8::/32 or one address");
	return -1;
}

/* Make the name at word what a browser sends for it: letters other than
 * ASCII's in punycode.  What is no name, or has no room, stays as it is. */
static void
to_ascii(char *word, size_t room)
{
	uint8_t *ascii = NULL;
	size_t n;

	if (idn2_lookup_u8((const uint8_t *)word, &ascii, IDN2_NONTRANSITIONAL) != IDN2_OK)
		return;
	n = strlen((const char *)ascii);
	if (n < room)
		memcpy(word, ascii, n + 1);
	idn2_free(ascii);
}

static bool
has_other_letters(const char *word)
{
	for (; *word != '\0'; word++)
		if ((unsigned char)*word >= 0x80)
			return true;
	return false;
}

static void
to_lower(char *word)
{
	for (; *word != '\0'; word++)
		if (*word >= 'A' && *word <= 'Z')
			*word = (char)(*word - 'A' + 'a');
}

/* "[2001:DB8:0::1]" is "[2001:db8::1]", as a browser has it. */
static bool
take_v6_host(char *word)
{
	struct str s = str_of(word);
	char text[INET6_ADDRSTRLEN];
	struct in6_addr address;

	if (s.n < 3 || s.n - 2 >= INET6_ADDRSTRLEN || word[s.n - 1] != ']')
		return false;
	memcpy(text, word + 1, s.n - 2);
	text[s.n - 2] = '\0';
	if (inet_pton(AF_INET6, text, &address) != 1 || inet_ntop(AF_INET6, &address, text, sizeof(text)) == NULL)
		return false;
	(void)snprintf(word, CONFIG_WORD_ROOM, "[%s]", text);
	return true;
}

int
config_host(char *word, struct buf *why)
{
	size_t at = str_starts(str_of(word), STR("*.")) ? 2 : 0;
	char *name = word + at;

	if (word[0] == '[' && take_v6_host(word))
		return 0;
	if (has_other_letters(name))
		to_ascii(name, CONFIG_WORD_ROOM - at);
	to_lower(name);
	if (is_host_name(str_of(name)))
		return 0;
	buf_puts(why, "is no host; write myloc.example.vn or *.example.vn, without scheme, port and path");
	return -1;
}

int
config_zone(char *word, struct buf *why)
{
	struct zone *z = zone_open(word);

	if (z != NULL) {
		zone_close(z);
		return 0;
	}
	buf_puts(why, "is no time zone; use a name of the tz database such as Asia/Ho_Chi_Minh");
	return -1;
}

int
config_parameter(char *word, struct buf *why)
{
	if (only_of(str_of(word), "-._~%[]"))
		return 0;
	buf_puts(why, "is no name of a query parameter; write it as it stands in addresses, such as ItemID");
	return -1;
}

int
config_site_name(char *word, struct buf *why)
{
	struct str s = str_of(word);
	bool lower = true;

	for (size_t i = 0; i < s.n; i++)
		lower = lower && !(s.p[i] >= 'A' && s.p[i] <= 'Z');
	if (lower && only_of(s, "-._") && is_alnum(s.p[0]))
		return 0;
	buf_puts(why, "is no site's name; use small letters, digits, dot, hyphen and underscore, "
		      "a letter or digit first");
	return -1;
}
