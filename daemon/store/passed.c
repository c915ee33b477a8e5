/* passed.c - a marker counts when it was heard some time before the file goes:
 * what an everysec Redis has just said may still be lost, and then the batch
 * comes again. */
#include "store/passed.h"

#include <hiredis/hiredis.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "store/keys.h"
#include "store/link.h"
#include "store/quarantine.h"
#include "store/resp.h"
#include "store/takeover.h"

enum { SAFE_US = 2000000 };

struct passed {
	struct link *link; /* borrowed */
	int dir;
	struct files_names names; /* without .done */
	bool *past; /* owned; of each name */
	bool any_past;
	size_t due; /* answers */
	int64_t asked_us;
};

/* A question of ours that was not answered. */
struct question {
	struct passed *passed; /* borrowed */
	size_t i;
	uint64_t sequence;
};

struct passed *
passed_new(struct link *link, int dir)
{
	struct passed *p = xcalloc(1, sizeof(*p));

	p->link = link;
	p->dir = dir;
	return p;
}

void
passed_forget(struct passed *p)
{
	files_names_fini(&p->names);
	free(p->past);
	p->past = NULL;
	p->any_past = false;
}

void
passed_free(struct passed *p)
{
	if (p == NULL)
		return;
	passed_forget(p);
	free(p);
}

static void
on_marker(void *arg, const struct redisReply *reply)
{
	struct question q = *(struct question *)arg;
	uint64_t marker;

	free(arg);
	q.passed->due--;
	if (reply == NULL || reply->type != REDIS_REPLY_STRING ||
	    str_to_uint((struct str){ reply->str, reply->len }, 0, INT64_MAX, &marker) != 0 || marker < q.sequence)
		return;
	q.passed->past[q.i] = q.passed->any_past = true;
}

/* Cut off .done, and tell site and sequence; -1: it is not a name of ours. */
static int
take_apart(char name[FILES_NAME], struct str *ret_site, uint64_t *ret_sequence)
{
	char *done = strstr(name + WRITER_HEX + 1, QUARANTINE_DONE), *point;

	if (done != NULL && strcmp(done, QUARANTINE_DONE) == 0)
		*done = '\0';
	point = strrchr(name, '.');
	if (point <= name + WRITER_HEX)
		return -1;
	*ret_site = (struct str){ name + WRITER_HEX + 1, (size_t)(point - name) - WRITER_HEX - 1 };
	return str_to_uint((struct str){ point + 1, strlen(point + 1) }, 1, INT64_MAX, ret_sequence);
}

static void
ask(struct passed *p, size_t i)
{
	char writer[WRITER_HEX + 1];
	struct question *q = xcalloc(1, sizeof(*q));
	struct buf command = { 0 };
	struct str site;

	*q = (struct question){ .passed = p, .i = i };
	if (take_apart(p->names.names[i], &site, &q->sequence) != 0) {
		free(q);
		return;
	}
	(void)snprintf(writer, sizeof(writer), "%.*s", WRITER_HEX, p->names.names[i]);
	resp_array(&command, 2);
	resp_bulk(&command, STR("GET"));
	key_marker(&command, site, writer);
	p->due++;
	link_send(p->link, buf_view(&command), on_marker, q);
	buf_fini(&command);
}

void
passed_ask(struct passed *p)
{
	passed_forget(p);
	p->asked_us = clock_mono_us();
	if (quarantine_names(p->dir, &p->names) != 0) {
		log_warn("spool " QUARANTINE ": cannot be read");
		return;
	}
	p->past = xcalloc(p->names.n + 1, sizeof(*p->past));
	for (size_t i = 0; i < p->names.n; i++)
		ask(p, i);
}

bool
passed_is_known(const struct passed *p)
{
	return p->due == 0 && (!p->any_past || clock_mono_us() - p->asked_us > SAFE_US);
}

static bool
is_past(void *arg, const char *name)
{
	const struct passed *p = arg;

	for (size_t i = 0; i < p->names.n; i++) {
		if (p->past[i] && strcmp(p->names.names[i], name) == 0)
			return true;
	}
	return false;
}

void
passed_clear(struct passed *p)
{
	quarantine_clear(p->dir, clock_wall_ms() - TAKEOVER_OLD_MS, is_past, p);
}
