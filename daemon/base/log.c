/* log.c - one vfprintf a message: a line is written whole or not at all. */
#include "base/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE_MAX_BYTES = 2048 };

static enum log_level threshold = LOG_INFO;

void
log_set_level(enum log_level level)
{
	threshold = level;
}

static void
write_line(enum log_level level, const char *reason, const char *format, va_list ap)
{
	char line[LINE_MAX_BYTES];

	if (level > threshold)
		return;
	(void)vsnprintf(line, sizeof(line), format, ap);
	(void)fprintf(stderr, "<%d>%s%s%s\n", level, line, reason != NULL ? ": " : "", reason != NULL ? reason : "");
}

void
log_warn(const char *format, ...)
{
	int saved = errno;
	va_list ap;

	va_start(ap, format);
	write_line(LOG_WARNING, strerror(saved), format, ap);
	va_end(ap);
	errno = saved;
}

void
log_warnx(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	write_line(LOG_WARNING, NULL, format, ap);
	va_end(ap);
}

void
log_info(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	write_line(LOG_INFO, NULL, format, ap);
	va_end(ap);
}

void
log_debug(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	write_line(LOG_DEBUG, NULL, format, ap);
	va_end(ap);
}

void
fatal(const char *format, ...)
{
	int saved = errno;
	va_list ap;

	va_start(ap, format);
	write_line(LOG_ERROR, strerror(saved), format, ap);
	va_end(ap);
	exit(1);
}

void
fatalx(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	write_line(LOG_ERROR, NULL, format, ap);
	va_end(ap);
	exit(1);
}
