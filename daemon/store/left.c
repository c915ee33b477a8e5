/* left.c - sizes only: no segment is read. */
#include "store/left.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "store/folder.h"

void
left_fini(struct left *l)
{
	free(l->writers);
	*l = (struct left){ NULL, 0, 0, 0 };
}

void
left_add(struct left *l, const char *writer, uint64_t bytes)
{
	struct left_writer *w;

	if (l->n == l->cap) {
		l->cap = l->cap > 0 ? l->cap * 2 : 8;
		l->writers = xrealloc(l->writers, l->cap * sizeof(*l->writers));
	}
	w = &l->writers[l->n++];
	(void)snprintf(w->writer, sizeof(w->writer), "%s", writer);
	w->bytes = bytes;
	l->bytes += bytes;
}

static void
forget(struct left *l, size_t i)
{
	l->bytes -= l->writers[i].bytes;
	l->writers[i] = l->writers[--l->n];
}

void
left_forget(struct left *l, const char *writer)
{
	for (size_t i = 0; i < l->n; i++) {
		if (strcmp(l->writers[i].writer, writer) == 0) {
			forget(l, i);
			return;
		}
	}
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(a, b);
}

void
left_forget_others(struct left *l, const struct files_names *writers)
{
	for (size_t i = l->n; i-- > 0;) {
		if (writers->n == 0 ||
		    bsearch(l->writers[i].writer, writers->names, writers->n, sizeof(*writers->names), by_name) == NULL)
			forget(l, i);
	}
}

static uint64_t
size_of(const struct folder *f)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < f->segments.n; i++) {
		struct stat st;
		int fd = files_open(f->fd, f->segments.names[i], O_RDONLY);

		if (fd >= 0 && files.fstat(fd, &st) == 0)
			bytes += (uint64_t)st.st_size;
		files_close(&fd);
	}
	return bytes;
}

void
left_count(struct left *l, int dir, const char *own)
{
	struct files_names writers;

	if (files_list(dir, folder_is_writer, &writers) != 0)
		return;
	for (size_t i = 0; i < writers.n; i++) {
		struct folder f;

		if (strcmp(writers.names[i], own) == 0)
			continue;
		if (folder_open(&f, dir, writers.names[i]) == 0 && !folder_is_held(&f) && folder_find_segments(&f) == 0)
			left_add(l, writers.names[i], size_of(&f));
		folder_fini(&f);
	}
	files_names_fini(&writers);
}
