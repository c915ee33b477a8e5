/* config.c - where values come from and in which order; which option is what
 * stands in config_table.c, what a value may be in config_check.c. */
#include "base/config.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/config_check.h"
#include "base/config_ini.h"
#include "base/config_table.h"
#include "base/mem.h"

enum { PROBLEMS_MAX = 20 };

extern char **environ;

/* The line that gave each option: 0 if none did, LINE_ELSEWHERE if it came
 * from the environment or --set. */
struct given {
	unsigned lines[OPTIONS_MAX];
};
enum { LINE_ELSEWHERE = INT_MAX };

/* Whose option it is: [daemon], or the site of that index. */
struct section {
	enum { IN_NONE, IN_DAEMON, IN_SITE, IN_WRONG } kind; /* IN_WRONG: told already, its options are passed over */
	size_t site;
};

struct loader {
	struct config *c;
	struct config_error *error;
	struct given daemon;
	struct given *sites; /* one for each of c->sites */
	size_t cap; /* of both */
	unsigned daemon_line; /* of the title [daemon], 0 if not met */

	struct section in; /* the section that is being read */
	const struct option *gathering; /* the option whose value may go on; NULL if none */
	unsigned gathering_line;
	struct buf value;
};

/* Where a value stands: a line of the file, or (file 0) what. */
struct place {
	unsigned line;
	const char *what;
};

/* Append "FILE:LINE: " or "--set x: " for the caller to go on; NULL when
 * enough has been said. */
static struct buf *
begin_problem(struct loader *l, struct place at)
{
	struct buf *out = &l->error->text;

	if (++l->error->count > PROBLEMS_MAX)
		return NULL;
	if (at.what != NULL)
		buf_printf(out, "%s: ", at.what);
	else
		buf_printf(out, "%s:%u: ", l->c->path, at.line);
	return out;
}

/* One whole problem; option and subject (quoted) may be NULL or absent. */
static void
problem(struct loader *l, struct place at, struct section in, const char *option, struct str subject, const char *what)
{
	struct buf *out = begin_problem(l, at);

	if (out == NULL)
		return;
	if (in.kind == IN_DAEMON)
		buf_puts(out, "[daemon] ");
	else if (in.kind == IN_SITE)
		buf_printf(out, "[site %s] ", l->c->sites[in.site].name);
	if (option != NULL)
		buf_printf(out, "%s: ", option);
	if (subject.p != NULL) {
		config_quote(subject, out);
		buf_putc(out, ' ');
	}
	buf_puts(out, what);
	buf_putc(out, '\n');
}

static const struct str no_subject = { NULL, 0 };

static struct place
line_of(unsigned line)
{
	return (struct place){ line, NULL };
}

static void *
owner(struct loader *l, struct section in)
{
	return in.kind == IN_SITE ? (void *)&l->c->sites[in.site] : (void *)l->c;
}

static struct given *
given(struct loader *l, struct section in)
{
	return in.kind == IN_SITE ? &l->sites[in.site] : &l->daemon;
}

static enum option_scope
scope(struct section in)
{
	return in.kind == IN_SITE ? SCOPE_SITE : SCOPE_DAEMON;
}

static void
set(struct loader *l, struct place at, struct section in, const struct option *o, struct str text)
{
	struct buf why = { 0 };

	given(l, in)->lines[option_index(o)] = at.what != NULL ? LINE_ELSEWHERE : at.line;
	if (option_set(o, owner(l, in), str_trim(text), &why) != 0) {
		buf_putc(&why, '\0');
		problem(l, at, in, o->name, no_subject, why.p);
	}
	buf_fini(&why);
}

static void
unknown_option(struct loader *l, struct place at, struct section in, struct str name)
{
	const struct option *near = option_nearest(scope(in), name);
	struct buf what = { 0 };

	if (near != NULL)
		buf_printf(&what, "is no option here; did you mean %s?", near->name);
	else if (in.kind == IN_DAEMON && option_find(SCOPE_SITE, name) != NULL)
		buf_puts(&what, "is an option of a site; write it below [site NAME]");
	else if (in.kind == IN_SITE && option_find(SCOPE_DAEMON, name) != NULL)
		buf_puts(&what, "is an option of the daemon; write it below [daemon]");
	else
		buf_puts(&what, "is no option here");
	buf_putc(&what, '\0');
	problem(l, at, in, NULL, name, what.p);
	buf_fini(&what);
}

/* The value that was being gathered is whole. */
static void
finish_option(struct loader *l)
{
	if (l->gathering != NULL)
		set(l, line_of(l->gathering_line), l->in, l->gathering, buf_view(&l->value));
	l->gathering = NULL;
	buf_clear(&l->value);
}

/* NULL when there is no such site. */
static struct config_site *
find_site(struct loader *l, struct str name)
{
	for (size_t i = 0; i < l->c->nsites; i++)
		if (str_eq(str_of(l->c->sites[i].name), name))
			return &l->c->sites[i];
	return NULL;
}

static void
declare_site(struct loader *l, unsigned line, struct str name)
{
	static const struct section nowhere = { IN_WRONG, 0 };
	const struct config_site *twin = find_site(l, name);
	char *copy = xstrndup(name.n > 0 ? name.p : "", name.n);
	struct buf what = { 0 };

	if (twin != NULL)
		buf_printf(&what, "is declared in line %u already", twin->line);
	if (twin != NULL || config_site_name(copy, &what) != 0) {
		buf_putc(&what, '\0');
		problem(l, line_of(line), nowhere, "[site]", str_of(copy), what.p);
		buf_fini(&what);
		free(copy);
		return;
	}
	if (l->c->nsites == l->cap) {
		l->cap = l->cap > 0 ? l->cap * 2 : 16;
		l->c->sites = xrealloc(l->c->sites, l->cap * sizeof(*l->c->sites));
		l->sites = xrealloc(l->sites, l->cap * sizeof(*l->sites));
	}
	l->in = (struct section){ IN_SITE, l->c->nsites };
	l->sites[l->c->nsites] = (struct given){ 0 };
	l->c->sites[l->c->nsites++] = (struct config_site){ .name = copy, .file = l->c->path, .line = line };
}

static void
on_section(void *arg, unsigned line, struct str title)
{
	struct loader *l = arg;
	struct str rest = title, kind = str_cut(&rest, ' ');

	finish_option(l);
	l->in = (struct section){ IN_WRONG, 0 };
	if (title.p == NULL)
		return;
	if (str_eq(kind, STR("site"))) {
		declare_site(l, line, str_trim(rest));
	} else if (!str_eq(title, STR("daemon"))) {
		problem(l, line_of(line), l->in, NULL, title, "is no section; there are [daemon] and [site NAME]");
	} else if (l->daemon_line > 0) {
		char what[64];
		(void)snprintf(what, sizeof(what), "stands in line %u already", l->daemon_line);
		problem(l, line_of(line), l->in, "[daemon]", no_subject, what);
	} else {
		l->in.kind = IN_DAEMON;
		l->daemon_line = line;
	}
}

static void
on_option(void *arg, unsigned line, struct str name, struct str value)
{
	struct loader *l = arg;
	const struct option *o;
	unsigned before;

	finish_option(l);
	if (l->in.kind == IN_WRONG)
		return;
	if (l->in.kind == IN_NONE) {
		problem(l, line_of(line), l->in, NULL, name, "stands in no section; write [daemon] above it");
		return;
	}
	o = option_find(scope(l->in), name);
	if (o == NULL) {
		unknown_option(l, line_of(line), l->in, name);
		return;
	}
	before = given(l, l->in)->lines[option_index(o)];
	if (before > 0) {
		char what[80];
		(void)snprintf(
		    what, sizeof(what), "is given in line %u already; go on there in indented lines", before);
		problem(l, line_of(line), l->in, o->name, no_subject, what);
		return;
	}
	l->gathering = o;
	l->gathering_line = line;
	buf_str(&l->value, value);
}

/* Whoever indents all options would have them end up in the value of the
 * first: a line that looks like one of them is not taken for a value. */
static void
on_more(void *arg, unsigned line, struct str value)
{
	struct loader *l = arg;
	struct str rest = value, name = str_trim(str_cut(&rest, '='));

	if (l->gathering == NULL)
		return;
	if (rest.p != NULL && option_find(scope(l->in), name) != NULL) {
		problem(l, line_of(line), l->in, NULL, name,
		    "is indented and would go on with the option above; write it at the start of its line");
		return;
	}
	buf_putc(&l->value, ' ');
	buf_str(&l->value, value);
}

static void
on_problem(void *arg, unsigned line, const char *what)
{
	struct loader *l = arg;

	finish_option(l);
	problem(l, line_of(line), (struct section){ IN_WRONG, 0 }, NULL, no_subject, what);
}

static int
read_file(struct loader *l)
{
	struct ini_events events = { on_section, on_option, on_more, on_problem, l };
	FILE *f = fopen(l->c->path, "re");

	if (f != NULL && ini_read(f, &events) == 0) {
		finish_option(l);
		(void)fclose(f);
		return 0;
	}
	l->gathering = NULL;
	problem(l, (struct place){ 0, l->c->path }, (struct section){ IN_WRONG, 0 }, NULL, no_subject, strerror(errno));
	if (f != NULL)
		(void)fclose(f);
	return -1;
}

/* CONFIG tells the thongke program where the file is; Kubernetes and Docker
 * set the others for a service that is called thongke. */
static bool
is_no_option(struct str name)
{
	return str_eq(name, STR("CONFIG")) || str_starts(name, STR("SERVICE_")) || str_eq(name, STR("PORT")) ||
	       str_starts(name, STR("PORT_"));
}

/* "THONGKE_LISTEN" is listen; a small letter makes no option's name. */
static void
add_option_name(struct str upper, struct buf *out)
{
	for (size_t i = 0; i < upper.n; i++) {
		char c = upper.p[i];
		if (c >= 'A' && c <= 'Z')
			buf_putc(out, (char)(c - 'A' + 'a'));
		else if (c >= 'a' && c <= 'z')
			buf_putc(out, '?');
		else
			buf_putc(out, c);
	}
}

static void
read_variable(struct loader *l, struct str name, struct str value)
{
	const struct section in = { IN_DAEMON, 0 };
	struct buf option = { 0 }, source = { 0 };
	const struct option *o;

	add_option_name(name, &option);
	buf_printf(&source, "environment THONGKE_%.*s", (int)name.n, name.p);
	buf_putc(&source, '\0');
	o = option_find(SCOPE_DAEMON, buf_view(&option));
	if (o != NULL)
		set(l, (struct place){ 0, source.p }, in, o, value);
	else
		unknown_option(l, (struct place){ 0, source.p }, in, buf_view(&option));
	buf_fini(&option);
	buf_fini(&source);
}

static void
read_environment(struct loader *l)
{
	static const struct str prefix = { "THONGKE_", 8 };

	for (char **entry = environ; *entry != NULL; entry++) {
		struct str value = str_of(*entry), name = str_cut(&value, '=');

		if (!str_starts(name, prefix))
			continue;
		name = (struct str){ name.p + prefix.n, name.n - prefix.n };
		if (!is_no_option(name))
			read_variable(l, name, value);
	}
}

/* Cut key at its last dot; the part before it is absent without one. */
static struct str
cut_site(struct str *key)
{
	for (size_t i = key->n; i > 0; i--) {
		if (key->p[i - 1] == '.') {
			struct str site = { key->p, i - 1 };
			*key = (struct str){ key->p + i, key->n - i };
			return site;
		}
	}
	return no_subject;
}

static void
read_override(struct loader *l, const char *item)
{
	struct str value = str_of(item), key = str_trim(str_cut(&value, '=')), site;
	struct section in = { IN_DAEMON, 0 };
	struct place at = { 0, "--set" };
	const struct option *o;

	if (value.p == NULL) {
		problem(l, at, (struct section){ IN_WRONG, 0 }, NULL, key,
		    "has no «=»; write option=value or site.option=value");
		return;
	}
	site = cut_site(&key);
	if (site.p != NULL) {
		const struct config_site *declared = find_site(l, site);
		if (declared == NULL) {
			problem(
			    l, at, (struct section){ IN_WRONG, 0 }, NULL, site, "is no site that the file declares");
			return;
		}
		in = (struct section){ IN_SITE, (size_t)(declared - l->c->sites) };
	}
	o = option_find(scope(in), key);
	if (o != NULL)
		set(l, at, in, o, value);
	else
		unknown_option(l, at, in, key);
}

/* What no source gave. */
static void
fill_defaults(struct loader *l, struct section in)
{
	unsigned line = in.kind == IN_SITE ? l->c->sites[in.site].line : 0;
	struct place at = { line, in.kind == IN_SITE ? NULL : "default" };
	const struct option *o;

	for (size_t i = 0; (o = option_at(i)) != NULL; i++) {
		if (o->scope != scope(in) || given(l, in)->lines[i] > 0)
			continue;
		if (o->fallback != NULL)
			set(l, at, in, o, str_of(o->fallback));
		else
			problem(l, at, in, o->name, no_subject, "must be given");
	}
}

/* A host and the site that names it. */
struct claim {
	struct str host; /* without www. */
	size_t site;
};

static int
compare_claims(const void *a, const void *b)
{
	const struct claim *left = a, *right = b;
	size_t n = left->host.n < right->host.n ? left->host.n : right->host.n;
	int order = memcmp(left->host.p, right->host.p, n);

	if (order == 0)
		order = (left->host.n > right->host.n) - (left->host.n < right->host.n);
	return order != 0 ? order : (left->site > right->site) - (left->site < right->site);
}

static void
tell_claim(struct loader *l, const struct claim *first, const struct claim *second)
{
	const struct option *o = option_find(SCOPE_SITE, STR("hosts"));
	struct section in = { IN_SITE, second->site };
	unsigned line = given(l, in)->lines[option_index(o)];
	struct place at = { line, line == LINE_ELSEWHERE ? "--set" : NULL };
	struct buf what = { 0 };

	buf_printf(&what, "belongs to [site %s] already; a host, with www. or without, is of one site",
	    l->c->sites[first->site].name);
	buf_putc(&what, '\0');
	problem(l, at, in, o->name, second->host, what.p);
	buf_fini(&what);
}

/* No host may be of two sites. */
static void
check_claims(struct loader *l)
{
	static const struct str www = { "www.", 4 };
	struct claim *claims;
	size_t n = 0;

	for (size_t i = 0; i < l->c->nsites; i++)
		n += l->c->sites[i].hosts.n;
	claims = xcalloc(n, sizeof(*claims));
	n = 0;
	for (size_t i = 0; i < l->c->nsites; i++) {
		for (size_t j = 0; j < l->c->sites[i].hosts.n; j++) {
			struct str host = str_of(l->c->sites[i].hosts.items[j]);
			if (host.n > www.n && str_starts(host, www))
				host = (struct str){ host.p + www.n, host.n - www.n };
			claims[n++] = (struct claim){ host, i };
		}
	}
	qsort(claims, n, sizeof(*claims), compare_claims);
	for (size_t i = 1, first = 0; i < n; i++) {
		if (!str_eq(claims[i].host, claims[first].host))
			first = i;
		else if (claims[i].site != claims[i - 1].site)
			tell_claim(l, &claims[first], &claims[i]);
	}
	free(claims);
}

static int
compare_sites(const void *a, const void *b)
{
	const struct config_site *left = a, *right = b;

	return strcmp(left->name, right->name);
}

static void
load(struct loader *l, const struct config_overrides *overrides)
{
	if (l->c->path != NULL && read_file(l) != 0)
		return;
	read_environment(l);
	for (size_t i = 0; overrides != NULL && i < overrides->n; i++)
		read_override(l, overrides->items[i]);
	fill_defaults(l, (struct section){ IN_DAEMON, 0 });
	for (size_t i = 0; i < l->c->nsites; i++)
		fill_defaults(l, (struct section){ IN_SITE, i });
	check_claims(l);
	if (l->c->nsites > 0)
		qsort(l->c->sites, l->c->nsites, sizeof(*l->c->sites), compare_sites);
}

struct config *
config_load(const char *path, const struct config_overrides *overrides, struct config_error *ret_error)
{
	struct loader l = { .c = xcalloc(1, sizeof(*l.c)), .error = ret_error };
	unsigned before = ret_error->count;

	l.c->path = path != NULL ? xstrdup(path) : NULL;
	load(&l, overrides);
	free(l.sites);
	buf_fini(&l.value);
	if (ret_error->count == before)
		return l.c;
	if (ret_error->count > PROBLEMS_MAX)
		buf_printf(&ret_error->text, "and %u more\n", ret_error->count - PROBLEMS_MAX);
	config_free(l.c);
	return NULL;
}

void
config_free(struct config *c)
{
	const struct option *o;

	if (c == NULL)
		return;
	for (size_t i = 0; (o = option_at(i)) != NULL; i++) {
		if (o->scope == SCOPE_DAEMON)
			option_fini(o, c);
		for (size_t j = 0; o->scope == SCOPE_SITE && j < c->nsites; j++)
			option_fini(o, &c->sites[j]);
	}
	for (size_t j = 0; j < c->nsites; j++)
		free(c->sites[j].name);
	free(c->sites);
	free(c->path);
	free(c);
}
