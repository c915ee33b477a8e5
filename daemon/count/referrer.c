/* referrer.c - the host first, then the table of those that go by a name. */
#include "count/referrer.h"

#include <stdlib.h>

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

/* In order of the hosts.  Names have no dot, so that no host is called like one. */
/* clang-format off */
static const struct source {
	struct str host; /* and all hosts below it */
	struct str name;
} sources[] = {
	SOURCE("baidu.com", "baidu"),
	SOURCE("bing.com", "bing"),
	SOURCE("chat.openai.com", "chatgpt"),
	SOURCE("chatgpt.com", "chatgpt"),
	SOURCE("claude.ai", "claude"),
	SOURCE("coccoc.com", "coccoc"),
	SOURCE("com.facebook.katana", "facebook"),
	SOURCE("com.facebook.lite", "facebook"),
	SOURCE("com.facebook.orca", "messenger"),
	SOURCE("com.google.android.gm", "gmail"),
	SOURCE("com.google.android.googlequicksearchbox", "google"),
	SOURCE("com.zing.zalo", "zalo"),
	SOURCE("copilot.microsoft.com", "copilot"),
	SOURCE("duckduckgo.com", "duckduckgo"),
	SOURCE("ecosia.org", "ecosia"),
	SOURCE("facebook.com", "facebook"),
	SOURCE("fb.com", "facebook"),
	SOURCE("fb.me", "facebook"),
	SOURCE("gemini.google.com", "gemini"),
	SOURCE("instagram.com", "instagram"),
	SOURCE("line.me", "line"),
	SOURCE("linkedin.com", "linkedin"),
	SOURCE("lnkd.in", "linkedin"),
	SOURCE("m.me", "messenger"),
	SOURCE("mail.google.com", "gmail"),
	SOURCE("messenger.com", "messenger"),
	SOURCE("org.telegram.messenger", "telegram"),
	SOURCE("perplexity.ai", "perplexity"),
	SOURCE("pinterest.com", "pinterest"),
	SOURCE("qwant.com", "qwant"),
	SOURCE("reddit.com", "reddit"),
	SOURCE("search.brave.com", "brave"),
	SOURCE("search.naver.com", "naver"),
	SOURCE("startpage.com", "startpage"),
	SOURCE("t.co", "x"),
	SOURCE("t.me", "telegram"),
	SOURCE("telegram.org", "telegram"),
	SOURCE("threads.com", "threads"),
	SOURCE("threads.net", "threads"),
	SOURCE("tiktok.com", "tiktok"),
	SOURCE("twitter.com", "x"),
	SOURCE("viber.com", "viber"),
	SOURCE("wa.me", "whatsapp"),
	SOURCE("whatsapp.com", "whatsapp"),
	SOURCE("x.com", "x"),
	SOURCE("ya.ru", "yandex"),
	SOURCE("yahoo.co.jp", "yahoo"),
	SOURCE("yahoo.com", "yahoo"),
	SOURCE("yandex.com", "yandex"),
	SOURCE("yandex.ru", "yandex"),
	SOURCE("youtu.be", "youtube"),
	SOURCE("youtube.com", "youtube"),
	SOURCE("zalo.me", "zalo"),
	SOURCE("zaloapp.com", "zalo"),
	SOURCE("zing.vn", "zing"),
	SOURCE("zingnews.vn", "zing"),
	SOURCE("znews.vn", "zing"),
};
/* clang-format on */

static int
compare_hosts(const void *a, const void *b)
{
	const struct source *left = a, *right = b;

	return str_order(left->host, right->host);
}

/* The source that host is, or lies below; NULL if there is none. */
static const struct source *
source_of(struct str host)
{
	const struct source *found = NULL;

	while (found == NULL && host.n > 0) {
		struct source wanted = { .host = host };

		found = bsearch(&wanted, sources, NITEMS(sources), sizeof(*sources), compare_hosts);
		(void)str_cut(&host, '.');
	}
	return found;
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
	struct str rest, second;

	if (!str_starts(host, STR("google.")))
		return false;
	rest = (struct str){ host.p + 7, host.n - 7 };
	second = str_cut(&rest, '.');
	if (rest.p == NULL)
		return is_country(second) || str_eq(second, STR("com")) || str_eq(second, STR("cat"));
	return is_country(rest) && (str_eq(second, STR("com")) || str_eq(second, STR("co")));
}

/* Of a URL of whatever scheme ("android-app://com.zing.zalo/"), or a host as
 * it is. */
static struct str
host_of(struct str ref)
{
	size_t n = site_host_length(ref);
	struct str rest = { ref.p + n, ref.n - n };

	if (!str_starts(rest, STR("//")) || (n > 0 && ref.p[n - 1] != ':'))
		return (struct str){ ref.p, n };
	rest = (struct str){ rest.p + 2, rest.n - 2 };
	rest.n = site_host_length(rest);
	return rest;
}

/* s in lower case, written to room. */
static struct str
lower(struct str s, char *room)
{
	for (size_t i = 0; i < s.n; i++)
		room[i] = (char)(s.p[i] >= 'A' && s.p[i] <= 'Z' ? s.p[i] | 0x20 : s.p[i]);
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
	const struct source *source;

	if (is_google(host))
		return STR("google");
	source = source_of(host);
	if (source != NULL)
		return source->name;
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
