/* config_print.c - the option table read the other way: values as a file,
 * differences by name, options in words. */
#include <stdlib.h>
#include <string.h>

#include "base/config.h"
#include "base/config_table.h"
#include "base/log.h"

enum { PRINT_COLUMNS = 100 }; /* libinih takes twice as many */

/* One option with its comment; a long value goes on in indented lines. */
static void
print_option(const struct option *o, const void *owner, FILE *out)
{
	struct buf text = { 0 };
	struct str rest, word;
	size_t column;

	option_allowed(o, &text);
	(void)fprintf(out, "; %s\n; %.*s; %s%s\n", o->help, (int)text.n, text.p,
	    o->fallback != NULL ? "default: " : "must be given", o->fallback != NULL ? o->fallback : "");
	buf_clear(&text);
	option_write(o, owner, &text);
	column = strlen(o->name) + 2;
	(void)fprintf(out, "%s =", o->name);
	rest = buf_view(&text);
	while (rest.n > 0) {
		word = str_cut(&rest, ' ');
		if (column + 1 + word.n > PRINT_COLUMNS) {
			(void)fputs("\n   ", out);
			column = 3;
		}
		(void)fprintf(out, " %.*s", (int)word.n, word.p);
		column += 1 + word.n;
	}
	(void)fputc('\n', out);
	buf_fini(&text);
}

static void
print_section(enum option_scope scope, const void *owner, FILE *out)
{
	const struct option *o;

	for (size_t i = 0; (o = option_at(i)) != NULL; i++)
		if (o->scope == scope)
			print_option(o, owner, out);
}

void
config_print(const struct config *c, FILE *out)
{
	(void)fputs("[daemon]\n", out);
	print_section(SCOPE_DAEMON, c, out);
	for (size_t i = 0; i < c->nsites; i++) {
		(void)fprintf(out, "\n[site %s]\n", c->sites[i].name);
		print_section(SCOPE_SITE, &c->sites[i], out);
	}
}

static int
compare_name(const void *name, const void *site)
{
	return strcmp(name, ((const struct config_site *)site)->name);
}

/* Append the names of what differs, each with the site before it if any. */
static void
add_differences(enum option_scope scope, const char *site, const void *running, const void *next, struct buf *names)
{
	const struct option *o;

	for (size_t i = 0; (o = option_at(i)) != NULL; i++) {
		if (o->scope != scope || o->reload == RELOADABLE || option_equal(o, running, next))
			continue;
		buf_printf(names, "%s%s%s%s", names->n > 0 ? ", " : "", site, site[0] != '\0' ? "." : "", o->name);
	}
}

void
config_fixed_differences(const struct config *running, const struct config *next, struct buf *ret_names)
{
	buf_clear(ret_names);
	add_differences(SCOPE_DAEMON, "", running, next, ret_names);
	for (size_t i = 0; i < running->nsites && next->nsites > 0; i++) {
		const struct config_site *site = &running->sites[i];
		const struct config_site *other =
		    bsearch(site->name, next->sites, next->nsites, sizeof(*next->sites), compare_name);
		if (other != NULL)
			add_differences(SCOPE_SITE, site->name, site, other, ret_names);
	}
}

void
config_keep_fixed(struct config *next, const struct config *running)
{
	const struct option *o;
	struct buf text = { 0 }, why = { 0 };

	for (size_t i = 0; (o = option_at(i)) != NULL; i++) {
		if (o->scope != SCOPE_DAEMON || o->reload == RELOADABLE || option_equal(o, running, next))
			continue;
		buf_clear(&text);
		option_write(o, running, &text);
		if (option_set(o, next, buf_view(&text), &why) != 0)
			fatalx("%s: its running value is not taken back: %.*s", o->name, (int)why.n, why.p);
	}
	buf_fini(&text);
	buf_fini(&why);
}

void
config_each_option(void (*each)(void *arg, const struct config_option_text *option), void *arg)
{
	const struct option *o;

	for (size_t i = 0; (o = option_at(i)) != NULL; i++) {
		struct buf allowed = { 0 };
		struct config_option_text text = {
			.section = o->scope == SCOPE_DAEMON ? "daemon" : "site",
			.name = o->name,
			.fallback = o->fallback,
			.help = o->help,
			.reloadable = o->reload == RELOADABLE,
		};

		option_allowed(o, &allowed);
		buf_putc(&allowed, '\0');
		text.allowed = allowed.p;
		each(arg, &text);
		buf_fini(&allowed);
	}
}
