/* page.c - the path first, then the parameters that name an article. */
#include "count/page.h"

#include "base/mem.h"
#include "base/utf8.h"
#include "count/form.h"

/* Bring the decoded path in out, from start on, to its one form. */
static void
tidy_path(struct buf *out, size_t start)
{
	static const struct str indexes[] = { { "/index.html", 11 }, { "/index.htm", 10 }, { "/index.php", 10 } };
	size_t end = start;

	for (size_t i = start; i < out->n; i++) {
		if (out->p[i] != '/' || end == start || out->p[end - 1] != '/')
			out->p[end++] = out->p[i];
	}
	for (size_t i = 0; i < NITEMS(indexes); i++) {
		struct str index = indexes[i];
		if (end - start >= index.n && str_eq((struct str){ out->p + end - index.n, index.n }, index)) {
			end -= index.n - 1;
			break;
		}
	}
	if (end - start > 1 && out->p[end - 1] == '/')
		end--;
	out->n = end;
}

/* ?name=value of the first parameter of that name, if there is one. */
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
		return form_decode(value, FORM_PLUS_IS_BLANK, out) == 0 ? 1 : -1;
	}
	return 0;
}

int
page_name(struct str address, const struct config_list *names, struct buf *out)
{
	struct str query = str_cut(&address, '#'), path;
	size_t before = out->n;
	char separator = '?';

	path = str_cut(&query, '?');
	if (path.n == 0 || path.p[0] != '/' || form_decode(path, FORM_PLUS_STAYS, out) != 0)
		return -1;
	tidy_path(out, before);
	for (size_t i = 0; i < names->n; i++) {
		int added = add_parameter(query, str_of(names->items[i]), separator, out);
		if (added < 0) {
			out->n = before;
			return -1;
		}
		if (added > 0)
			separator = '&';
	}
	out->n = before + utf8_cut((struct str){ out->p + before, out->n - before }, PAGE_MAX).n;
	return 0;
}
