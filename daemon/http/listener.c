/* listener.c - sockets to listen on, from "host:port", "[v6]:port" and
 * "unix:/path", or from whoever started us. */
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "http/internal.h"

static int
new_socket(int family)
{
	return socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

static int
turn_on(int fd, int level, int option)
{
	const int on = 1;

	return setsockopt(fd, level, option, &on, sizeof(on));
}

/* "127.0.0.1:80" or "[::1]:80" into its two halves, both owned by the caller. */
static int
split_spec(const char *spec, char **ret_host, char **ret_port)
{
	const char *colon = strrchr(spec, ':');
	struct str host, port;
	uint64_t number;

	if (colon == NULL)
		return -1;
	host = (struct str){ spec, (size_t)(colon - spec) };
	port = str_of(colon + 1);
	if (host.n > 2 && host.p[0] == '[' && host.p[host.n - 1] == ']')
		host = (struct str){ host.p + 1, host.n - 2 };
	else if (strcspn(spec, ":[") < host.n)
		return -1; /* an IPv6 address without its brackets, or half of them */
	if (host.n == 0 || str_to_uint(port, 0, UINT16_MAX, &number) != 0)
		return -1;
	*ret_host = xstrndup(host.p, host.n);
	*ret_port = xstrdup(port.p);
	return 0;
}

/* Ours is the address in figures and the port that the kernel chose. */
static char *
inet_address(int fd)
{
	union conn_address a = { 0 };
	socklen_t n = sizeof(a);
	char host[NI_MAXHOST], port[NI_MAXSERV];
	struct buf address = { 0 };

	if (getsockname(fd, &a.sa, &n) != 0 ||
	    getnameinfo(&a.sa, n, host, sizeof(host), port, sizeof(port), NI_NUMERICHOST | NI_NUMERICSERV) != 0)
		return NULL;
	buf_printf(&address, a.sa.sa_family == AF_INET6 ? "http://[%s]:%s" : "http://%s:%s", host, port);
	buf_putc(&address, '\0');
	return address.p;
}

/* "unix:/path" of a socket that somebody else has bound; an abstract one,
 * whose name begins with a zero byte, is written unix:@name. */
static char *
unix_address(int fd)
{
	struct sockaddr_un un = { 0 };
	socklen_t n = sizeof(un);
	struct buf address = { 0 };
	size_t length;

	if (getsockname(fd, (struct sockaddr *)&un, &n) != 0)
		return NULL;
	length = n > offsetof(struct sockaddr_un, sun_path) ? n - offsetof(struct sockaddr_un, sun_path) : 0;
	buf_puts(&address, "unix:");
	if (length > 0 && un.sun_path[0] == '\0')
		un.sun_path[0] = '@';
	buf_add(&address, un.sun_path, strnlen(un.sun_path, length));
	buf_putc(&address, '\0');
	return address.p;
}

/* Linux hands TCP_NODELAY on to the sockets that are accepted. */
static int
open_inet(struct listener *l, const struct addrinfo *ai)
{
	l->family = (sa_family_t)ai->ai_family;
	l->fd = new_socket(ai->ai_family);
	if (l->fd < 0)
		return -1;
	if (turn_on(l->fd, SOL_SOCKET, SO_REUSEADDR) != 0 || turn_on(l->fd, IPPROTO_TCP, TCP_NODELAY) != 0 ||
	    (ai->ai_family == AF_INET6 && turn_on(l->fd, IPPROTO_IPV6, IPV6_V6ONLY) != 0) ||
	    bind(l->fd, ai->ai_addr, ai->ai_addrlen) != 0 || listen(l->fd, SOMAXCONN) != 0)
		return -1;
	l->address = inet_address(l->fd);
	return l->address != NULL ? 0 : -1;
}

/* Of a name with several addresses the first that getaddrinfo() gives. */
static int
open_inet_spec(struct listener *l, const char *spec)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV };
	struct addrinfo *ai = NULL;
	char *host = NULL, *port = NULL;
	int failed, result = -1;

	if (split_spec(spec, &host, &port) != 0) {
		log_warnx("listen %s: not host:port, [v6]:port or unix:/path", spec);
		return -1;
	}
	failed = getaddrinfo(host, port, &hints, &ai);
	if (failed != 0) {
		log_warnx("listen %s: %s", spec, gai_strerror(failed));
	} else {
		result = open_inet(l, ai);
		if (result != 0)
			log_warn("listen %s", spec);
		freeaddrinfo(ai);
	}
	free(host);
	free(port);
	return result;
}

/* Does nobody listen on the socket at that path?  Only a refused connection
 * proves it; a full backlog (EAGAIN) is that of a live process. */
static bool
is_stale(const struct sockaddr_un *un)
{
	struct stat st;
	int fd, failed;

	if (lstat(un->sun_path, &st) != 0 || !S_ISSOCK(st.st_mode))
		return false;
	fd = new_socket(AF_UNIX);
	if (fd < 0)
		return false;
	failed = connect(fd, (const struct sockaddr *)un, sizeof(*un)) != 0 ? errno : 0;
	(void)close(fd);
	return failed == ECONNREFUSED;
}

static int
bind_unix(int fd, const struct sockaddr_un *un)
{
	if (bind(fd, (const struct sockaddr *)un, sizeof(*un)) == 0)
		return 0;
	if (errno != EADDRINUSE)
		return -1;
	if (!is_stale(un)) {
		errno = EADDRINUSE;
		return -1;
	}
	if (unlink(un->sun_path) != 0)
		return -1;
	return bind(fd, (const struct sockaddr *)un, sizeof(*un));
}

static int
open_unix(struct listener *l, const char *path, mode_t mode)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };

	if (path[0] != '/' || strlen(path) >= sizeof(un.sun_path)) {
		errno = path[0] != '/' ? EINVAL : ENAMETOOLONG;
		return -1;
	}
	memcpy(un.sun_path, path, strlen(path));
	l->family = AF_UNIX;
	l->fd = new_socket(AF_UNIX);
	if (l->fd < 0 || bind_unix(l->fd, &un) != 0)
		return -1;
	l->path = xstrdup(path);
	/* Before listen(), so that no one is ever turned away by the mode. */
	if (lstat(path, &l->made) != 0 || chmod(path, mode) != 0 || listen(l->fd, SOMAXCONN) != 0)
		return -1;
	return 0;
}

int
listener_open(struct listener *l, const char *spec, mode_t unix_mode)
{
	static const char unix_prefix[] = "unix:";
	const size_t n = sizeof(unix_prefix) - 1;
	int result;

	l->fd = -1;
	if (strncmp(spec, unix_prefix, n) != 0) {
		result = open_inet_spec(l, spec);
	} else {
		result = open_unix(l, spec + n, unix_mode);
		if (result == 0)
			l->address = xstrdup(spec);
		else
			log_warn("listen %s", spec);
	}
	if (result != 0)
		listener_close(l);
	return result;
}

static int
get_option(int fd, int option)
{
	int value = -1;
	socklen_t n = sizeof(value);

	return getsockopt(fd, SOL_SOCKET, option, &value, &n) == 0 ? value : -1;
}

/* Whoever made it need not have made it as we want it. */
static int
adopt(struct listener *l, int fd)
{
	int flags = fcntl(fd, F_GETFL), family = get_option(fd, SO_DOMAIN);
	bool is_inet = family == AF_INET || family == AF_INET6;

	if ((!is_inet && family != AF_UNIX) || get_option(fd, SO_TYPE) != SOCK_STREAM ||
	    get_option(fd, SO_ACCEPTCONN) != 1) {
		errno = EINVAL;
		return -1;
	}
	if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0 || fcntl(fd, F_SETFD, FD_CLOEXEC) != 0 ||
	    (is_inet && turn_on(fd, IPPROTO_TCP, TCP_NODELAY) != 0))
		return -1;
	l->family = (sa_family_t)family;
	l->address = is_inet ? inet_address(fd) : unix_address(fd);
	return l->address != NULL ? 0 : -1;
}

int
listener_adopt(struct listener *l, int fd)
{
	int result = adopt(l, fd);

	l->fd = fd;
	if (result != 0) {
		log_warn("descriptor %d, handed over as a listening socket", fd);
		listener_close(l);
	}
	return result;
}

void
listener_close(struct listener *l)
{
	struct stat now;

	/* A successor may have put its own socket there meanwhile.  It has an
	 * inode of its own for as long as ours is open. */
	if (l->path != NULL && lstat(l->path, &now) == 0 && now.st_dev == l->made.st_dev &&
	    now.st_ino == l->made.st_ino)
		(void)unlink(l->path);
	if (l->fd >= 0)
		(void)close(l->fd);
	l->fd = -1;
	free(l->path);
	free(l->address);
	l->path = l->address = NULL;
}
