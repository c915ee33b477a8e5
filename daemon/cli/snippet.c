/* snippet.c - thongke snippet SITE: every way to embed the figures, ready to
 * paste.  Only what the daemon answers today stands here. */
#include <string.h>

#include "base/mem.h"
#include "cli/cli.h"
#include "count/site.h"

/* Where the site's own server finds the daemon: its first host that is a
 * name, or some name below its first pattern. */
static void
add_origin(struct buf *out, const struct config_list *hosts)
{
	const char *host = hosts->items[0];
	bool secure;

	for (size_t i = 0; i < hosts->n; i++) {
		if (hosts->items[i][0] != '*') {
			host = hosts->items[i];
			break;
		}
	}
	/* A machine's own name or address has no certificate. */
	secure = strchr(host, '.') != NULL && strspn(host, "0123456789.") != strlen(host);
	buf_puts(out, secure ? "https://" : "http://");
	if (host[0] == '*') {
		buf_puts(out, "portal");
		host++;
	}
	buf_puts(out, host);
}

static void
add_comment(struct cli *cli, enum text id)
{
	buf_puts(&cli->out, "<!-- ");
	text_add(&cli->out, cli->language, id, cli->config->base_path, NULL);
	buf_puts(&cli->out, " -->\n");
}

static void
add_script(struct cli *cli, const struct site *site)
{
	buf_printf(&cli->out, "<script async src=\"%s/thongke.js\" data-site=\"%s\"></script>\n\n",
	    cli->config->base_path, site->config->name);
}

static void
add_own_markup(struct cli *cli)
{
	static const struct {
		enum text label;
		const char *name;
	} lines[] = {
		{ T_ONLINE, "online" },
		{ T_TODAY, "today" },
		{ T_YESTERDAY, "yesterday" },
		{ T_WEEK, "week" },
		{ T_MONTH, "month" },
		{ T_YEAR, "year" },
		{ T_TOTAL, "total" },
	};

	buf_puts(&cli->out, "<ul>\n");
	for (size_t i = 0; i < NITEMS(lines); i++)
		buf_printf(&cli->out, "  <li>%s: <b data-thongke=\"%s\">…</b></li>\n",
		    text_of(VIETNAMESE, lines[i].label), lines[i].name);
	buf_puts(&cli->out, "</ul>\n<p>Lượt xem: <b data-thongke=\"views\">…</b></p>\n");
}

/* A page must not wait for its figures: a second, then without. */
static void
add_server_side(struct cli *cli, const char *url)
{
	buf_printf(&cli->out,
	    "<?php\n"
	    "$thongke = @file_get_contents('%s&page=' . urlencode($_SERVER['REQUEST_URI']),\n"
	    "    false, stream_context_create(['http' => ['timeout' => 1]]));\n"
	    "$thongke = json_decode($thongke ?: '{}', true);\n"
	    "?>\n"
	    "<p>Tất cả: <?= $thongke['total'] ?? '…' ?>, lượt xem: <?= $thongke['page']['views'] ?? '…' ?></p>\n\n",
	    url);
	add_comment(cli, T_SNIPPET_SHELL);
	buf_printf(&cli->out, "<!-- curl -s '%s' -->\n", url);
}

int
cli_snippet(struct cli *cli)
{
	const struct site *site;
	struct buf url = { 0 };

	if (cli->argc != 2) {
		cli_say(cli, T_ONE_SITE, cli->argv[0], NULL);
		return EXIT_USAGE;
	}
	if (cli_load(cli) != 0)
		return EXIT_USAGE;
	site = cli_site(cli, cli->argv[1]);
	if (site == NULL)
		return EXIT_USAGE;
	add_comment(cli, T_SNIPPET_PROXY);
	buf_putc(&cli->out, '\n');
	add_comment(cli, T_SNIPPET_SCRIPT);
	buf_puts(&cli->out,
	    "<div class=\"thongke-box\"><noscript>Trình duyệt cần bật JavaScript để hiện số liệu.</noscript></div>\n");
	add_script(cli, site);
	add_comment(cli, T_SNIPPET_MARKUP);
	add_own_markup(cli);
	add_script(cli, site);
	add_comment(cli, T_SNIPPET_SERVER);
	add_origin(&url, &site->config->hosts);
	buf_printf(&url, "%s/counts?site=%s", cli->config->base_path, site->config->name);
	buf_putc(&url, '\0');
	add_server_side(cli, url.p);
	buf_fini(&url);
	return 0;
}
