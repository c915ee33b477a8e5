/* referrer.c - the host first, then the table of those that go by a name. */
#include "count/referrer.h"

#include <string.h>

#include "base/mem.h"
#include "count/site.h"

enum { LABEL_MAX = 63 };

#define SOURCE(host, name)                                                                                             \
	{                                                                                                              \
		{ (host), sizeof(host) - 1 },                                                                          \
		{                                                                                                      \
			(name), sizeof(name) - 1                                                                       \
		}                                                                                                      \
	}

/* Names have no dot, so that no host is called like one. */
/* clang-format off */
static const struct source {
	struct str host; /* and all hosts below it */
	struct str name;
} sources[] = {
	/* search */
	SOURCE("bing.com", "bing"),
	SOURCE("coccoc.com", "coccoc"),
	SOURCE("yahoo.com", "yahoo"),
	SOURCE("yahoo.co.jp", "yahoo"),
	SOURCE("duckduckgo.com", "duckduckgo"),
	SOURCE("baidu.com", "baidu"),
	SOURCE("yandex.com", "yandex"),
	SOURCE("yandex.ru", "yandex"),
	SOURCE("ya.ru", "yandex"),
	SOURCE("search.naver.com", "naver"),
	SOURCE("search.brave.com", "brave"),
	SOURCE("ecosia.org", "ecosia"),
	SOURCE("startpage.com", "startpage"),
	SOURCE("qwant.com", "qwant"),
	SOURCE("com.google.android.googlequicksearchbox", "google"),
	SOURCE("com.google.android.gm", "gmail"),
	SOURCE("mail.google.com", "gmail"),
	/* what answers in sentences */
	SOURCE("chatgpt.com", "chatgpt"),
	SOURCE("chat.openai.com", "chatgpt"),
	SOURCE("gemini.google.com", "gemini"),
	SOURCE("copilot.microsoft.com", "copilot"),
	SOURCE("perplexity.ai", "perplexity"),
	SOURCE("claude.ai", "claude"),
	/* people */
	SOURCE("zalo.me", "zalo"),
	SOURCE("zaloapp.com", "zalo"),
	SOURCE("com.zing.zalo", "zalo"),
	SOURCE("zing.vn", "zing"),
	SOURCE("zingnews.vn", "zing"),
	SOURCE("znews.vn", "zing"),
	SOURCE("facebook.com", "facebook"),
	SOURCE("fb.com", "facebook"),
	SOURCE("fb.me", "facebook"),
	SOURCE("com.facebook.katana", "facebook"),
	SOURCE("com.facebook.lite", "facebook"),
	SOURCE("messenger.com", "messenger"),
	SOURCE("m.me", "messenger"),
	SOURCE("com.facebook.orca", "messenger"),
	SOURCE("instagram.com", "instagram"),
	SOURCE("threads.net", "threads"),
	SOURCE("threads.com", "threads"),
	SOURCE("youtube.com", "youtube"),
	SOURCE("youtu.be", "youtube"),
	SOURCE("tiktok.com", "tiktok"),
	SOURCE("t.co", "x"),
	SOURCE("x.com", "x"),
	SOURCE("twitter.com", "x"),
	SOURCE("linkedin.com", "linkedin"),
	SOURCE("lnkd.in", "linkedin"),
	SOURCE("t.me", "telegram"),
	SOURCE("telegram.org", "telegram"),
	SOURCE("org.telegram.messenger", "telegram"),
	SOURCE("whatsapp.com", "whatsapp"),
	SOURCE("wa.me", "whatsapp"),
	SOURCE("viber.com", "viber"),
	SOURCE("line.me", "line"),
	SOURCE("pinterest.com", "pinterest"),
	SOURCE("reddit.com", "reddit"),
};
/* clang-format on */

static bool
is_below(struct str host, struct str domain)
{
	size_t more = host.n - domain.n;

	/* Most differ in the last letter but one, and need not be compared. */
	if (domain.n < 2 || host.n < domain.n || host.p[host.n - 2] != domain.p[domain.n - 2] ||
	    memcmp(host.p + more, domain.p, domain.n) != 0)
		return false;
	return more == 0 || host.p[more - 1] == '.';
}

static bool
is_country(struct str label)
{
	return label.n == 2;
}

/* google.com, .vn, .com.vn, .co.jp and their like: a company's own under every
 * country's top level.  What lies below (docs, classroom …) is no search. */
static bool
is_google(struct str host)
{
	struct str rest = host, second;

	if (!str_eq(str_cut(&rest, '.'), STR("google")))
		return false;
	second = str_cut(&rest, '.');
	if (rest.p == NULL)
		return is_country(second) || str_eq(second, STR("com")) || str_eq(second, STR("cat"));
	return is_country(rest) && (str_eq(second, STR("com")) || str_eq(second, STR("co")));
}

static size_t
length_to_delimiter(struct str s)
{
	size_t n = 0;

	while (n < s.n && strchr("/?#", s.p[n]) == NULL)
		n++;
	return n;
}

/* Of a URL of whatever scheme ("android-app://com.zing.zalo/"), or a host as
 * it is. */
static struct str
host_of(struct str ref)
{
	size_t n = length_to_delimiter(ref);
	struct str rest = { ref.p + n, ref.n - n };

	if (!str_starts(rest, STR("//")) || (n > 0 && ref.p[n - 1] != ':'))
		return (struct str){ ref.p, n };
	rest = (struct str){ rest.p + 2, rest.n - 2 };
	rest.n = length_to_delimiter(rest);
	return rest;
}

/* s in lower case, written to room. */
static struct str
lower(struct str s, char *room)
{
	for (size_t i = 0; i < s.n; i++)
		room[i] = (char)(s.p[i] >= 'A' && s.p[i] <= 'Z' ? s.p[i] - 'A' + 'a' : s.p[i]);
	return (struct str){ room, s.n };
}

/* Lower-case labels of letters, digits, - and _. */
static bool
is_label(struct str label)
{
	if (label.n == 0 || label.n > LABEL_MAX || label.p[0] == '-' || label.p[label.n - 1] == '-')
		return false;
	for (size_t i = 0; i < label.n; i++) {
		char c = label.p[i];
		if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '-' && c != '_')
			return false;
	}
	return true;
}

/* Whether somebody may have registered it: two labels at least, the last of
 * them a top level, which is letters or xn--something. */
static bool
is_public(struct str host)
{
	struct str rest = host, label = str_cut(&rest, '.');

	if (rest.p == NULL || !is_label(label))
		return false;
	while (rest.p != NULL) {
		label = str_cut(&rest, '.');
		if (!is_label(label))
			return false;
	}
	if (str_starts(label, STR("xn--")))
		return true;
	for (size_t i = 0; i < label.n; i++) {
		if (label.p[i] < 'a' || label.p[i] > 'z')
			return false;
	}
	return label.n >= 2;
}

/* Of a host in lower case. */
static struct str
name_of(struct str host)
{
	for (size_t i = 0; i < NITEMS(sources); i++) {
		if (is_below(host, sources[i].host))
			return sources[i].name;
	}
	if (is_google(host))
		return STR("google");
	return is_public(host) ? host : STR("(other)");
}

void
referrer_name(struct str ref, const struct site *site, struct buf *out)
{
	struct str host = site_bare_host(host_of(ref));
	char name[REFERRER_MAX];

	if (ref.n == 0)
		buf_puts(out, "(direct)");
	else if (site_allows_host(site, host))
		buf_puts(out, "(internal)");
	else if (host.n > sizeof(name))
		buf_puts(out, "(other)");
	else
		buf_str(out, name_of(lower(host, name)));
}
