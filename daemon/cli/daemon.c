/* daemon.c - by libcurl, without what a command line's environment might want
 * of it: no proxy, no redirect. */
#include "cli/daemon.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum { PATIENCE_MS = 3000, ANSWER_MAX = 4096 };

/* Who listens on all addresses is found on this machine's own. */
static const char *
host_to_dial(struct str host)
{
	if (str_eq(host, STR("0.0.0.0")))
		return "127.0.0.1";
	if (str_eq(host, STR("[::]")))
		return "[::1]";
	return NULL;
}

int
daemon_url(const char *listen, struct buf *ret_url, const char **ret_socket)
{
	const char *colon = strrchr(listen, ':'), *other;
	struct str host;

	*ret_socket = NULL;
	buf_clear(ret_url);
	if (str_starts(str_of(listen), STR("unix:"))) {
		*ret_socket = listen + 5;
		buf_puts(ret_url, "http://localhost/unresolved");
		buf_putc(ret_url, '\0');
		return 0;
	}
	if (colon == NULL || strspn(colon + 1, "0") == strlen(colon + 1))
		return -1;
	host = (struct str){ listen, (size_t)(colon - listen) };
	other = host_to_dial(host);
	buf_puts(ret_url, "http://");
	buf_str(ret_url, other != NULL ? str_of(other) : host);
	buf_printf(ret_url, "%s/unresolved", colon);
	buf_putc(ret_url, '\0');
	return 0;
}

/* The number behind "name": in an object that has no other of that name. */
static int
number_of(struct str body, const char *name, uint64_t *ret_number)
{
	struct str digits = { memmem(body.p, body.n, name, strlen(name)), 0 };

	if (digits.p == NULL)
		return -1;
	digits.p += strlen(name);
	while (digits.p + digits.n < body.p + body.n && digits.p[digits.n] >= '0' && digits.p[digits.n] <= '9')
		digits.n++;
	return str_to_uint(digits, 0, UINT64_MAX, ret_number);
}

int
daemon_parse(struct str body, struct unresolved *ret_unresolved)
{
	struct unresolved u;

	if (body.n == 0 || body.p[0] != '{' || number_of(body, "\"pending_hits\":", &u.hits) != 0 ||
	    number_of(body, "\"unapplied_batches\":", &u.batches) != 0 ||
	    number_of(body, "\"applied_batches\":", &u.applied) != 0)
		return -1;
	*ret_unresolved = u;
	return 0;
}

/* More than this is no answer of ours: fewer bytes taken than given end the transfer. */
static size_t
on_body(char *bytes, size_t size, size_t n, void *arg)
{
	struct buf *body = arg;

	if (size * n > ANSWER_MAX - body->n)
		return 0;
	buf_add(body, bytes, size * n);
	return size * n;
}

static CURL *
new_request(const char *url, const char *socket, struct buf *body)
{
	CURL *curl = curl_easy_init();

	if (curl == NULL || curl_easy_setopt(curl, CURLOPT_URL, url) != CURLE_OK ||
	    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http") != CURLE_OK ||
	    curl_easy_setopt(curl, CURLOPT_PROXY, "") != CURLE_OK ||
	    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L) != CURLE_OK ||
	    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)PATIENCE_MS) != CURLE_OK ||
	    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body) != CURLE_OK ||
	    curl_easy_setopt(curl, CURLOPT_WRITEDATA, body) != CURLE_OK ||
	    (socket != NULL && curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, socket) != CURLE_OK)) {
		curl_easy_cleanup(curl);
		return NULL;
	}
	return curl;
}

static int
ask(CURL *curl, const struct buf *body, struct unresolved *ret_unresolved, struct buf *ret_why)
{
	CURLcode code = curl_easy_perform(curl);
	long status = 0;

	if (code != CURLE_OK) {
		buf_puts(ret_why, curl_easy_strerror(code));
		return -1;
	}
	if (curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status) == CURLE_OK && status == 200 &&
	    daemon_parse(buf_view(body), ret_unresolved) == 0)
		return 0;
	buf_printf(ret_why, "HTTP %ld", status);
	return -1;
}

int
daemon_unresolved(const char *listen, struct unresolved *ret_unresolved, struct buf *ret_why)
{
	struct buf url = { 0 }, body = { 0 };
	const char *socket;
	CURL *curl = NULL;
	int failed = -1;

	if (daemon_url(listen, &url, &socket) != 0) {
		buf_printf(ret_why, "admin_listen = %s", listen);
		buf_fini(&url);
		return -1;
	}
	/* Nothing of what curl would set up for other protocols is needed. */
	if (curl_global_init(CURL_GLOBAL_NOTHING) == CURLE_OK)
		curl = new_request(url.p, socket, &body);
	if (curl != NULL)
		failed = ask(curl, &body, ret_unresolved, ret_why);
	else
		buf_puts(ret_why, "libcurl");
	curl_easy_cleanup(curl);
	curl_global_cleanup();
	buf_fini(&url);
	buf_fini(&body);
	return failed;
}
