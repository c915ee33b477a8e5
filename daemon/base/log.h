/* log.h - messages to standard error, one line each, with the <N> priority
 * prefix that journald reads.  Say the object first:
 * "redis unix:/run/redis.sock: connection lost, 12 batches unanswered". */
#ifndef BASE_LOG_H
#define BASE_LOG_H

enum log_level { LOG_ERROR = 3, LOG_WARNING = 4, LOG_INFO = 6, LOG_DEBUG = 7 };

/* Messages above this level are dropped; LOG_INFO until set. */
void log_set_level(enum log_level level);

/* With and without ": strerror(errno)" at the end. */
void log_warn(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_warnx(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_debug(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Say it and exit 1: for what cannot happen or cannot be survived. */
void fatal(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));
void fatalx(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));

#endif
