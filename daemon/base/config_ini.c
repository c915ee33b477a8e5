/* config_ini.c - a reader that stands between the file and libinih, to know
 * the line that libinih calls back for.  The library itself cuts long lines
 * in two and long titles off, tells the number of the first bad line only,
 * and leaves comments behind continuation lines standing. */
#include "base/config_ini.h"

#include <ctype.h>
#include <errno.h>
#include <ini.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#include "base/mem.h"

enum { TITLE_MAX = 49 }; /* libinih keeps a title in 50 bytes */

struct reader {
	FILE *f;
	const struct ini_events *events;
	char *text; /* the line as getline() has it */
	size_t cap;
	unsigned line;
	bool indented; /* the line begins with a blank */
	bool answered; /* libinih has called back for the line, or need not */
	bool continuable; /* an option stands before it in its section */
	int error; /* errno of a read that failed */
};

static void
problem(struct reader *r, const char *what)
{
	r->answered = true;
	r->events->problem(r->events->arg, r->line, what);
}

/* A title is told here and not by libinih, which does not call back for a
 * section without options. */
static void
read_title(struct reader *r, struct str line)
{
	struct str rest = { line.p + 1, line.n - 1 }, title = str_cut(&rest, ']');
	const char *what = NULL;

	rest = str_trim(rest);
	if (rest.p == NULL)
		what = "the section's title lacks its «]»";
	else if (rest.n > 0 && rest.p[0] != ';' && rest.p[0] != '#')
		what = "something stands behind the section's title";
	else if (title.n > TITLE_MAX)
		what = "the section's title is longer than 49 bytes";
	else if (title.n > 0 && memchr(title.p, ';', title.n) != NULL)
		what = "no «;» may stand in a section's title";
	if (what != NULL)
		problem(r, what);
	r->answered = true;
	r->continuable = false;
	r->events->section(r->events->arg, r->line, what == NULL ? str_trim(title) : (struct str){ NULL, 0 });
}

static bool
has_control_bytes(struct str line)
{
	for (size_t i = 0; i < line.n; i++)
		if (iscntrl((unsigned char)line.p[i]) && line.p[i] != '\t')
			return true;
	return false;
}

/* What libinih is to be given for the line: the line, or nothing of it where
 * all has been said here. */
static struct str
examine(struct reader *r, struct str line, size_t room)
{
	struct str trimmed = str_trim(line), nothing = { "", 0 };

	r->indented = trimmed.p != line.p;
	r->answered = trimmed.n == 0 || trimmed.p[0] == ';' || trimmed.p[0] == '#';
	if (line.n > room) {
		char what[80];
		(void)snprintf(
		    what, sizeof(what), "the line is longer than %zu bytes; go on in an indented line", room);
		problem(r, what);
		return nothing;
	}
	if (has_control_bytes(line)) {
		problem(r, "the line has control characters");
		return nothing;
	}
	if (!r->answered && trimmed.p[0] == '[' && !(r->indented && r->continuable)) {
		read_title(r, trimmed);
		return STR("[-]"); /* makes libinih forget the option before it */
	}
	return line;
}

/* An fgets for libinih: the next line into into[size]. */
static char *
next_line(char *into, int size, void *arg)
{
	static const struct str mark = { "\xef\xbb\xbf", 3 }; /* UTF-8's byte order mark */
	struct reader *r = arg;
	size_t room = (size_t)size - 2; /* the newline and NUL */
	struct str line;
	ssize_t n;

	if (!r->answered)
		problem(r, "neither «[section]», «option = value» nor a comment");
	r->answered = true;
	errno = 0;
	n = getline(&r->text, &r->cap, r->f);
	if (n < 0) {
		r->error = ferror(r->f) ? errno : 0;
		return NULL;
	}
	r->line++;
	line = (struct str){ r->text, (size_t)n };
	if (line.n > 0 && line.p[line.n - 1] == '\n')
		line.n--;
	if (line.n > 0 && line.p[line.n - 1] == '\r')
		line.n--;
	if (r->line == 1 && str_starts(line, mark))
		line = (struct str){ line.p + mark.n, line.n - mark.n };
	line = examine(r, line, room);
	memcpy(into, line.p, line.n);
	memcpy(into + line.n, "\n", 2);
	return into;
}

static struct str
without_comment(struct str value)
{
	for (size_t i = 1; i < value.n; i++)
		if (value.p[i] == ';' && (value.p[i - 1] == ' ' || value.p[i - 1] == '\t'))
			value.n = i;
	return str_trim(value);
}

static int
on_value(void *arg, const char *section, const char *name, const char *value)
{
	struct reader *r = arg;

	(void)section;
	r->answered = true;
	if (r->indented && r->continuable) {
		r->events->more(r->events->arg, r->line, without_comment(str_of(value)));
		return 1;
	}
	r->continuable = name[0] != '\0';
	if (r->continuable)
		r->events->option(r->events->arg, r->line, str_of(name), str_of(value));
	else
		problem(r, "no name stands before the «=»");
	return 1;
}

int
ini_read(FILE *f, const struct ini_events *events)
{
	struct reader r = { .f = f, .events = events, .answered = true };

	(void)ini_parse_stream(next_line, &r, on_value, &r);
	free(r.text);
	errno = r.error;
	return r.error == 0 ? 0 : -1;
}
