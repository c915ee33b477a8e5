/* snippet.c - thongke snippet SITE [FORM]: every way to embed the figures,
 * ready to paste.  The words in it are those of the portals, the comments
 * those of whoever asks. */
#include <string.h>

#include "base/config_check.h"
#include "base/mem.h"
#include "cli/cli.h"
#include "count/site.h"
#include "render/labels.h"
#include "render/script.h"

/* A path that nobody has: to be replaced by the page's own. */
#define SOME_PAGE "/tin-tuc/bai-viet"

static void
add_comment(struct cli *cli, enum text id)
{
	buf_puts(&cli->out, "<!-- ");
	text_add(&cli->out, cli->language, id, cli->config->base_path, NULL);
	buf_puts(&cli->out, " -->\n");
}

/* ---- the forms ---------------------------------------------------------- */

static void
add_frame(struct cli *cli, const struct site *site)
{
	buf_printf(&cli->out, "<iframe src=\"%s/box.html?site=%s\" title=\"%s\" width=\"220\" height=\"130\"></iframe>",
	    cli->config->base_path, site->config->name, label_word(VIETNAMESE, WORD_BOX));
}

static void
add_box(struct cli *cli, const struct site *site)
{
	buf_printf(&cli->out, "<div class=\"thongke-box\">%s: …\n  <noscript>", label_word(VIETNAMESE, WORD_BOX));
	add_frame(cli, site);
	buf_puts(&cli->out, "</noscript></div>\n");
}

static void
form_script(struct cli *cli, const struct site *site)
{
	add_box(cli, site);
	buf_printf(&cli->out, "<script async src=\"%s/thongke.js\" data-site=\"%s\"></script>\n",
	    cli->config->base_path, site->config->name);
}

static void
form_pinned(struct cli *cli, const struct site *site)
{
	struct str integrity = script_integrity();

	add_box(cli, site);
	buf_printf(&cli->out, "<script async src=\"%s/", cli->config->base_path);
	script_name(&cli->out);
	buf_puts(&cli->out, "\" integrity=\"");
	buf_str(&cli->out, integrity);
	buf_printf(&cli->out, "\" crossorigin=\"anonymous\" data-site=\"%s\"></script>\n", site->config->name);
}

static void
form_markup(struct cli *cli, const struct site *site)
{
	(void)site;
	buf_puts(&cli->out, "<ul>\n");
	for (int i = 0; i < LABELS; i++)
		buf_printf(&cli->out, "  <li>%s: <b data-thongke=\"%s\">…</b></li>\n",
		    label_text(VIETNAMESE, (enum label)i), label_name((enum label)i));
	buf_puts(&cli->out, "</ul>\n");
}

static void
form_article(struct cli *cli, const struct site *site)
{
	(void)site;
	buf_printf(&cli->out, "<p>%s: <b class=\"thongke-views\">…</b></p>\n", label_word(VIETNAMESE, WORD_VIEWS));
}

static void
form_list(struct cli *cli, const struct site *site)
{
	(void)site;
	buf_puts(&cli->out, "<ul>\n");
	for (int i = 1; i <= 2; i++)
		buf_printf(&cli->out,
		    "  <li><a href=\"" SOME_PAGE "-%d\">Bài viết %d</a>, %s:"
		    " <b class=\"thongke-views\" data-path=\"" SOME_PAGE "-%d\">…</b></li>\n",
		    i, i, label_word(VIETNAMESE, WORD_VIEWS), i);
	buf_puts(&cli->out, "</ul>\n");
}

static void
form_iframe(struct cli *cli, const struct site *site)
{
	add_frame(cli, site);
	buf_putc(&cli->out, '\n');
}

static void
form_picture(struct cli *cli, const struct site *site)
{
	buf_printf(&cli->out,
	    "<img src=\"%s/box.svg?site=%s\" alt=\"%s\">\n"
	    "<img src=\"%s/views.svg?site=%s&amp;page=" SOME_PAGE "\" alt=\"%s\">\n",
	    cli->config->base_path, site->config->name, label_word(VIETNAMESE, WORD_BOX), cli->config->base_path,
	    site->config->name, label_word(VIETNAMESE, WORD_VIEWS));
}

static void
form_pixel(struct cli *cli, const struct site *site)
{
	buf_printf(&cli->out, "<img src=\"%s/hit.gif?site=%s\" alt=\"\" width=\"1\" height=\"1\">\n",
	    cli->config->base_path, site->config->name);
}

/* Where the site's own server finds the daemon: its first host that is a
 * name, or some name below its first pattern. */
static void
add_counts_url(struct cli *cli, const struct site *site)
{
	const struct config_list *hosts = &site->config->hosts;
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
	buf_puts(&cli->out, secure ? "https://" : "http://");
	if (host[0] == '*') {
		buf_puts(&cli->out, "portal");
		host++;
	}
	buf_printf(&cli->out, "%s%s/counts?site=%s", host, cli->config->base_path, site->config->name);
}

/* A page must not wait for its figures: a second, then without. */
static void
form_php(struct cli *cli, const struct site *site)
{
	buf_puts(&cli->out, "<?php\n$thongke = @file_get_contents('");
	add_counts_url(cli, site);
	buf_printf(&cli->out,
	    "&page=' . urlencode($_SERVER['REQUEST_URI']),\n"
	    "    false, stream_context_create(['http' => ['timeout' => 1]]));\n"
	    "$thongke = json_decode($thongke ?: '{}', true);\n"
	    "$so = function ($n) { return $n === null ? '…' : number_format($n, 0, ',', '.'); };\n"
	    "?>\n"
	    "<p>%s: <b data-thongke=\"total\"><?= $so($thongke['total'] ?? null) ?></b>,\n"
	    "  %s: <b data-thongke=\"views\"><?= $so($thongke['page']['views'] ?? null) ?></b></p>\n",
	    label_text(VIETNAMESE, LABEL_TOTAL), label_word(VIETNAMESE, WORD_VIEWS));
}

static void
form_shell(struct cli *cli, const struct site *site)
{
	buf_puts(&cli->out, "<!-- curl -s '");
	add_counts_url(cli, site);
	buf_puts(&cli->out, "&page=" SOME_PAGE "' -->\n");
}

static void
form_settings(struct cli *cli, const struct site *site)
{
	static const struct {
		enum text what;
		const char *attributes;
	} lines[] = {
		{ T_SNIPPET_LOOK, " data-look=\"portal\"" },
		{ T_SNIPPET_LANG, " data-lang=\"en\"" },
		{ T_SNIPPET_LIVE, " data-live=\"1\"" },
		{ T_SNIPPET_SPA, " data-spa=\"1\"" },
		{ T_SNIPPET_COUNT, " data-count=\"0\"" },
	};

	for (size_t i = 0; i < NITEMS(lines); i++) {
		add_comment(cli, lines[i].what);
		buf_printf(&cli->out, "<script async src=\"%s/thongke.js\" data-site=\"%s\"%s></script>\n",
		    cli->config->base_path, site->config->name, lines[i].attributes);
	}
	add_comment(cli, T_SNIPPET_LABELS);
	buf_puts(&cli->out, "<div class=\"thongke-box\" data-online=\"Đang truy cập\" data-week=\"\" "
			    "data-month=\"Trong tháng\">…</div>\n");
}

static const struct form {
	const char *name;
	enum text what;
	void (*write)(struct cli *cli, const struct site *site);
} forms[] = {
	{ "script", T_SNIPPET_SCRIPT, form_script },
	{ "pinned", T_SNIPPET_PINNED, form_pinned },
	{ "markup", T_SNIPPET_MARKUP, form_markup },
	{ "article", T_SNIPPET_ARTICLE, form_article },
	{ "list", T_SNIPPET_LIST, form_list },
	{ "iframe", T_SNIPPET_IFRAME, form_iframe },
	{ "picture", T_SNIPPET_PICTURE, form_picture },
	{ "pixel", T_SNIPPET_PIXEL, form_pixel },
	{ "php", T_SNIPPET_PHP, form_php },
	{ "shell", T_SNIPPET_SHELL, form_shell },
	{ "settings", T_SNIPPET_SETTINGS, form_settings },
};

/* ---- the verb ----------------------------------------------------------- */

static const struct form *
find_form(const char *name)
{
	for (size_t i = 0; i < NITEMS(forms); i++) {
		if (strcmp(name, forms[i].name) == 0)
			return &forms[i];
	}
	return NULL;
}

static void
say_no_form(const struct cli *cli, const char *name)
{
	struct buf quoted = { 0 }, names = { 0 };

	for (size_t i = 0; i < NITEMS(forms); i++)
		buf_printf(&names, "%s%s", i > 0 ? ", " : "", forms[i].name);
	buf_putc(&names, '\0');
	config_quote(str_of(name), &quoted);
	buf_putc(&quoted, '\0');
	cli_say(cli, T_SNIPPET_NO_FORM, quoted.p, names.p, NULL);
	buf_fini(&quoted);
	buf_fini(&names);
}

static void
print_form(struct cli *cli, const struct site *site, const struct form *form)
{
	add_comment(cli, form->what);
	form->write(cli, site);
}

int
cli_snippet(struct cli *cli)
{
	const struct form *form = NULL;
	const struct site *site;

	if (cli->argc != 2 && cli->argc != 3) {
		cli_say(cli, T_SNIPPET_USAGE, NULL);
		return EXIT_USAGE;
	}
	if (cli->argc == 3) {
		form = find_form(cli->argv[2]);
		if (form == NULL) {
			say_no_form(cli, cli->argv[2]);
			return EXIT_USAGE;
		}
	}
	if (cli_load(cli) != 0)
		return EXIT_USAGE;
	site = cli_site(cli, cli->argv[1]);
	if (site == NULL)
		return EXIT_USAGE;
	if (form != NULL) {
		print_form(cli, site, form);
		return 0;
	}
	add_comment(cli, T_SNIPPET_PROXY);
	for (size_t i = 0; i < NITEMS(forms); i++) {
		buf_putc(&cli->out, '\n');
		print_form(cli, site, &forms[i]);
	}
	return 0;
}
