/* geo_file.c - a look is a stat(); reading takes longer than a hit may wait,
 * so but for the start a thread does it. */
#include "count/geo_file.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "count/geo.h"

/* By which a file is known from another, or from itself before a change. */
struct look {
	dev_t device;
	ino_t inode; /* 0: nothing was there, or nobody has looked */
	off_t size;
	struct timespec modified, changed;
};

/* The thread has all but done, until done is set. */
struct reading {
	pthread_t thread;
	atomic_bool done;
	char *path; /* owned */
	struct look look; /* just before */
	struct geo *geo; /* NULL: refused */
	struct buf why;
};

struct geo_file {
	char *path; /* owned */
	struct geo *geo; /* in use, or NULL */
	struct reading *reading; /* NULL: none on its way */
	struct look seen; /* at the last tick */
	struct look tried; /* what was read or refused last */
	bool missed; /* and it was said */
};

/* -1: it is not there, or may not be looked at; errno says. */
static int
look_at(const char *path, struct look *ret_look)
{
	struct stat st = { 0 };

	if (stat(path, &st) != 0)
		return -1;
	*ret_look = (struct look){ st.st_dev, st.st_ino, st.st_size, st.st_mtim, st.st_ctim };
	return 0;
}

static bool
same_time(struct timespec a, struct timespec b)
{
	return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

static bool
same_look(const struct look *a, const struct look *b)
{
	return a->device == b->device && a->inode == b->inode && a->size == b->size &&
	       same_time(a->modified, b->modified) && same_time(a->changed, b->changed);
}

static void
say_missing(struct geo_file *f)
{
	if (f->missed)
		return;
	f->missed = true;
	log_warn("geo_db %s: %s (scripts/geo-update brings one)", f->path,
	    f->geo != NULL ? "is gone, what was read of it stays in use" : "countries are not told");
}

static void
say_read(const struct geo_file *f)
{
	time_t built = (time_t)geo_built(f->geo);
	struct tm tm = { 0 };
	char date[16] = "?";

	if (gmtime_r(&built, &tm) != NULL)
		(void)strftime(date, sizeof(date), "%Y-%m-%d", &tm);
	log_info("geo_db %s: in use, built %s", f->path, date);
}

static void
read_file(struct reading *r)
{
	r->geo = geo_load(r->path, &r->why);
}

static void *
read_aside(void *arg)
{
	struct reading *r = arg;

	read_file(r);
	atomic_store(&r->done, true);
	return NULL;
}

static void
reading_free(struct reading *r)
{
	geo_free(r->geo);
	buf_fini(&r->why);
	free(r->path);
	free(r);
}

/* What was read is in use, unless the path has become another meanwhile. */
static void
take_over(struct geo_file *f, struct reading *r)
{
	if (strcmp(r->path, f->path) == 0) {
		f->tried = r->look;
		if (r->geo != NULL) {
			geo_free(f->geo);
			f->geo = r->geo;
			r->geo = NULL;
			say_read(f);
		} else {
			log_warnx("geo_db %s: %.*s; %s (scripts/geo-update brings a new one)", f->path, (int)r->why.n,
			    r->why.p, f->geo != NULL ? "what was read before stays in use" : "countries are not told");
		}
	}
	reading_free(r);
}

static struct reading *
reading_new(const struct geo_file *f, const struct look *look)
{
	struct reading *r = xcalloc(1, sizeof(*r));

	r->path = xstrdup(f->path);
	r->look = *look;
	return r;
}

/* Signals are for the loop's thread. */
static void
start_reading(struct geo_file *f, const struct look *look)
{
	struct reading *r = reading_new(f, look);
	sigset_t all, before;
	int status;

	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	status = pthread_create(&r->thread, NULL, read_aside, r);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (status == 0) {
		f->reading = r;
		return;
	}
	read_file(r); /* no thread to be had: hits wait for once */
	take_over(f, r);
}

struct geo_file *
geo_file_new(const char *path)
{
	struct geo_file *f = xcalloc(1, sizeof(*f));
	struct reading *r;
	struct look look;

	f->path = xstrdup(path);
	if (path[0] == '\0')
		return f;
	if (look_at(path, &look) != 0) {
		say_missing(f);
		return f;
	}
	r = reading_new(f, &look);
	read_file(r);
	take_over(f, r);
	return f;
}

void
geo_file_free(struct geo_file *f)
{
	if (f == NULL)
		return;
	if (f->reading != NULL) {
		(void)pthread_join(f->reading->thread, NULL);
		reading_free(f->reading);
	}
	geo_free(f->geo);
	free(f->path);
	free(f);
}

void
geo_file_set_path(struct geo_file *f, const char *path)
{
	if (strcmp(f->path, path) != 0) {
		free(f->path);
		f->path = xstrdup(path);
		f->tried = (struct look){ 0 };
		f->missed = false;
	}
	if (path[0] == '\0') {
		geo_free(f->geo);
		f->geo = NULL;
	} else if (look_at(path, &f->seen) != 0) {
		f->seen = (struct look){ 0 };
	}
	geo_file_tick(f);
}

void
geo_file_tick(struct geo_file *f)
{
	struct look look;

	if (f->reading != NULL) {
		if (!atomic_load(&f->reading->done))
			return;
		(void)pthread_join(f->reading->thread, NULL);
		take_over(f, f->reading);
		f->reading = NULL;
	}
	if (f->path[0] == '\0')
		return;
	if (look_at(f->path, &look) != 0) {
		say_missing(f);
		return;
	}
	f->missed = false;
	if (!same_look(&look, &f->tried) && same_look(&look, &f->seen))
		start_reading(f, &look);
	f->seen = look;
}

const struct geo *
geo_file_geo(const struct geo_file *f)
{
	return f != NULL ? f->geo : NULL;
}
