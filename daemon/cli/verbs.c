/* verbs.c - the table of verbs, with their help, and the help itself. */
#include <string.h>

#include "base/config_check.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/utf8.h"
#include "cli/cli.h"

enum { SLIPS_MAX = 2, SUMMARY_COLUMN = 27, FORMATS_ALL = FORMAT_TABLE | FORMAT_JSON | FORMAT_CSV | FORMAT_PLAIN };

/* clang-format off */
static const struct verb verbs[] = {
	{ "show", "[SITE]…", FORMATS_ALL, cli_show,
	  { "the figures of the box, of all sites or of those named",
	    "các con số của ô thống kê, của mọi trang web hay của trang nêu tên" },
	  { "Formats: a table; --json, the object that /counts answers, in a list; --csv, a row a\n"
	    "site; --plain, lines of site, figure and value, parted by tabs. A figure that is not\n"
	    "known is … in the table, null in JSON and empty in the others.\n"
	    "\n"
	    "  thongke show myloc\n"
	    "  thongke show --plain | awk -F'\\t' '$2 == \"today\" { print $1, $3 }'\n",
	    "Dạng ra: bảng; --json, danh sách các đối tượng như /counts trả về; --csv, mỗi trang một\n"
	    "dòng; --plain, mỗi dòng gồm trang, tên số liệu và giá trị, cách nhau bằng tab. Số liệu\n"
	    "chưa biết là … trong bảng, null trong JSON và để trống trong các dạng khác.\n"
	    "\n"
	    "  thongke show myloc\n"
	    "  thongke show --plain | awk -F'\\t' '$2 == \"today\" { print $1, $3 }'\n" } },
	{ "sites", NULL, FORMATS_ALL, cli_sites,
	  { "all sites, a row each, and their sum", "mọi trang web, mỗi trang một dòng, và tổng cộng" },
	  { "The sum comes last; in CSV and in plain lines its site is *, in JSON it stands beside\n"
	    "the list of sites. Who is on two sites at once is two of those online.\n"
	    "\n"
	    "  thongke sites\n"
	    "  thongke sites --csv > sites.csv\n"
	    "  thongke sites --plain | sort -t \"$(printf '\\t')\" -k 3 -n\n",
	    "Dòng cuối là tổng cộng; trong CSV và --plain tên trang của nó là *, trong JSON nó nằm\n"
	    "cạnh danh sách trang web. Ai xem hai trang web cùng lúc được tính là hai người online.\n"
	    "\n"
	    "  thongke sites\n"
	    "  thongke sites --csv > sites.csv\n"
	    "  thongke sites --plain | sort -t \"$(printf '\\t')\" -k 3 -n\n" } },
	{ "top", "WHAT SITE", FORMATS_ALL, cli_top,
	  { "pages, countries, referrers … the most frequent first", "xếp hạng trang, quốc gia, nơi đến…" },
	  { "WHAT is pages, countries, referrers, browsers, systems, devices, languages, or refused:\n"
	    "what was not counted, by reason. --period is today (default), yesterday, week, month, year\n"
	    "or all, in the site's time zone; --limit N rows (20), the sum is of all. Details are kept\n"
	    "for details_kept days; pages of all time for good.\n"
	    "\n"
	    "  thongke top pages myloc --period week\n"
	    "  thongke top countries myloc --period month --csv\n",
	    "WHAT là pages (trang), countries (quốc gia), referrers (nơi đến), browsers (trình duyệt),\n"
	    "systems (hệ điều hành), devices (thiết bị), languages (ngôn ngữ) hoặc refused (những lượt\n"
	    "không đếm, theo lý do). --period là today (mặc định), yesterday, week, month, year hoặc all,\n"
	    "theo múi giờ của trang; --limit N dòng (20), dòng tổng tính mọi mục. Chi tiết được giữ\n"
	    "details_kept ngày; lượt xem trang từ trước đến nay được giữ mãi.\n"
	    "\n"
	    "  thongke top pages myloc --period week\n"
	    "  thongke top countries myloc --period month --csv\n" } },
	{ "base", "SITE [N]", FORMAT_TABLE | FORMAT_JSON, cli_base,
	  { "the total that a site brings from its old counter", "số ban đầu mang từ bộ đếm cũ sang" },
	  { "Without N it is shown. It is added to «Tất cả» when that is shown, never mixed into what\n"
	    "was counted, so it can be changed back; the old one is named.\n"
	    "\n"
	    "  thongke base myloc\n"
	    "  thongke base myloc 32302\n",
	    "Không có N thì in ra số hiện tại. Số này chỉ cộng vào «Tất cả» lúc hiển thị, không trộn vào\n"
	    "số liệu đã đếm nên có thể đổi lại; số cũ được in ra.\n"
	    "\n"
	    "  thongke base myloc\n"
	    "  thongke base myloc 32302\n" } },
	{ "purge", "page|site SITE …", FORMAT_TABLE, cli_purge,
	  { "reset a page or a whole site, after asking", "đếm lại từ đầu một trang hoặc cả trang web, có hỏi lại" },
	  { "The views of a page move to «(other)», so that sums stay equal. Of a site everything goes:\n"
	    "counts, details, who is online, its opening total. It asks first; --yes for scripts. The\n"
	    "daemon may run meanwhile.\n"
	    "\n"
	    "  thongke purge page myloc /tin-tuc/thu-nghiem\n"
	    "  thongke purge site thu-nghiem\n",
	    "Lượt xem của một trang được dồn vào «(other)» để các tổng vẫn khớp. Với cả trang web thì xóa\n"
	    "hết: số đếm, chi tiết, ai đang online, số ban đầu. Có hỏi lại; thêm --yes khi chạy tự động.\n"
	    "thongked vẫn có thể đang chạy.\n"
	    "\n"
	    "  thongke purge page myloc /tin-tuc/thu-nghiem\n"
	    "  thongke purge site thu-nghiem\n" } },
	{ "snippet", "SITE [FORM]", FORMAT_TABLE, cli_snippet,
	  { "what to paste into the pages of a site", "đoạn mã để dán vào một trang web" },
	  { "Prints every way to embed the figures that there is, or only that one, with the site's name\n"
	    "and host: script, pinned (script with SRI), markup, article, list, iframe, picture, pixel,\n"
	    "php, shell, settings. Redis is not asked.\n"
	    "\n"
	    "  thongke snippet myloc\n"
	    "  thongke snippet myloc iframe\n",
	    "In ra mọi cách nhúng, hoặc chỉ cách được nêu tên, với đúng tên và tên miền của trang web:\n"
	    "script, pinned (script kèm SRI), markup, article, list, iframe, picture, pixel, php, shell,\n"
	    "settings. Không cần tới Redis.\n"
	    "\n"
	    "  thongke snippet myloc\n"
	    "  thongke snippet myloc iframe\n" } },
	{ "check", NULL, FORMATS_ALL, cli_check,
	  { "whether configuration and Redis are as they should be", "kiểm tra cấu hình và Redis" },
	  { "A line for each thing looked at: ok, warning or error, what it is, and after → what to\n"
	    "do about it. Nothing is changed. Exit status 1 when there is an error.\n"
	    "\n"
	    "  thongke check\n"
	    "  thongke check --plain | grep -v ^ok\n",
	    "Mỗi mục một dòng: ok, warning (cảnh báo) hoặc error (lỗi), hiện trạng, và sau dấu → là\n"
	    "việc cần làm. Không thay đổi gì. Mã thoát là 1 khi có lỗi.\n"
	    "\n"
	    "  thongke check\n"
	    "  thongke check --plain | grep -v ^ok\n" } },
	{ "verify", "[SITE]…", FORMAT_TABLE | FORMAT_JSON, cli_verify,
	  { "whether the figures agree, and all is in Redis", "các con số có khớp nhau, đã vào Redis hết chưa" },
	  { "A site's total must be the sum of its days and the sum of its pages; of what lies in\n"
	    "spool_dir nothing may be missing in Redis, nor of what the daemon at the first address\n"
	    "of admin_listen has taken. One line when all is well; else one for each finding, after →\n"
	    "what to do, and exit status 1. What is on its way is given 3 s to arrive. Other machines'\n"
	    "spools and daemons are not looked at. Nothing is changed. Redis does nothing else for\n"
	    "0.6 ms for each 1,000 pages of a site, so 30 ms for 50,000.\n"
	    "\n"
	    "  thongke verify\n"
	    "  thongke verify myloc --json\n",
	    "Tổng của một trang web phải bằng tổng các ngày và bằng tổng các trang của nó; những gì nằm\n"
	    "trong spool_dir và những gì thongked (ở địa chỉ đầu của admin_listen) đã nhận phải vào\n"
	    "Redis hết. Tốt cả thì in một dòng; nếu không, mỗi điều phát hiện một dòng, sau dấu → là\n"
	    "việc cần làm, và mã thoát là 1. Những gì đang trên đường được chờ 3 giây. Không xem spool\n"
	    "và thongked của máy khác. Không thay đổi gì. Redis dừng việc khác 0,6 ms cho mỗi 1.000\n"
	    "trang của một trang web, tức 30 ms với 50.000 trang.\n"
	    "\n"
	    "  thongke verify\n"
	    "  thongke verify myloc --json\n" } },
	{ "spool", "[replay DIR]", FORMATS_ALL, cli_spool,
	  { "what waits in spool_dir for Redis", "những gì trong spool_dir đang chờ Redis" },
	  { "A row for each daemon that wrote there, living or dead, one for what Redis has refused\n"
	    "for good, and their sum. Redis is not asked: some of it may be applied already and kept\n"
	    "for retention, thongke verify tells. Damaged are files that can not be read to their\n"
	    "end; set aside are those that a daemon has read as far as they went. The age is of the\n"
	    "oldest hit, in seconds for programs. Reads only, while daemons run too.\n"
	    "\n"
	    "spool replay has a folder counted that no daemon takes over by itself: of another machine,\n"
	    "older than 80 days (with --yes), and what Redis had refused, once the cause is mended. A\n"
	    "living daemon's spool is left to it, and nothing is counted twice.\n"
	    "\n"
	    "  thongke spool\n"
	    "  thongke spool replay /var/lib/thongke/spool\n"
	    "  thongke spool --plain | awk -F'\\t' '$2 == \"left\"'\n",
	    "Mỗi thongked đã ghi ở đó, đang chạy hay đã dừng, một dòng, những gì Redis từ chối hẳn một\n"
	    "dòng, và tổng cộng. Không hỏi Redis: có thể một phần đã vào Redis và chỉ còn giữ theo\n"
	    "retention, thongke verify cho biết. Tệp hỏng là tệp không đọc được đến cuối; tệp để\n"
	    "riêng là tệp hỏng mà thongked đã đọc hết phần đọc được. Tuổi là của lượt cũ nhất, tính\n"
	    "bằng giây trong các dạng cho chương trình. Chỉ đọc, chạy được cả khi thongked đang chạy.\n"
	    "\n"
	    "spool replay đưa vào Redis một thư mục mà không thongked nào tự nhận: của máy khác, quá 80\n"
	    "ngày (thêm --yes), và những gì Redis đã từ chối, sau khi nguyên nhân được khắc phục. Spool\n"
	    "của thongked đang chạy được để yên, và không lượt nào bị đếm hai lần.\n"
	    "\n"
	    "  thongke spool\n"
	    "  thongke spool replay /var/lib/thongke/spool\n"
	    "  thongke spool --plain | awk -F'\\t' '$2 == \"left\"'\n" } },
	{ "help", "[VERB]", FORMAT_TABLE, cli_help,
	  { "this, or more about a verb", "phần này, hoặc thêm về một lệnh" },
	  { "  thongke help check\n", "  thongke help check\n" } },
};

static const char *const usage[LANGUAGES] = {
	"usage: thongke [-c FILE] VERB …\n"
	"\n"
	"Reads Redis itself, so it works while thongked is down.\n"
	"\n",
	"usage: thongke [-c FILE] LỆNH …\n"
	"\n"
	"Đọc số liệu thẳng từ Redis nên chạy được cả khi thongked đang dừng.\n"
	"\n",
};

static const char *const usage_options[LANGUAGES] = {
	"\n"
	"  -c, --config FILE    the daemon's configuration (default: $THONGKE_CONFIG,\n"
	"                       else /etc/thongke/thongke.ini)\n"
	"      --json           JSON instead of a table\n"
	"      --csv            CSV with a header\n"
	"      --plain          lines of words parted by tabs, for grep and awk\n"
	"      --color[=WHEN]   auto, always or never; auto is for terminals, without NO_COLOR\n"
	"      --lang LANGUAGE  en or vi (default: as LC_ALL, LC_MESSAGES or LANG has it)\n"
	"      --period PERIOD  of top: today, yesterday, week, month, year or all\n"
	"      --limit N        of top: so many rows\n"
	"      --yes            do what thongke would otherwise ask about, or not do\n"
	"      --version        print the version\n"
	"  -h, --help           print this; after a verb, more about it\n"
	"\n"
	"Exit status: 0 done, 1 it failed, 2 it was called wrongly.\n",
	"\n"
	"  -c, --config TỆP     cấu hình của thongked (mặc định: $THONGKE_CONFIG,\n"
	"                       nếu không có thì /etc/thongke/thongke.ini)\n"
	"      --json           JSON thay cho bảng\n"
	"      --csv            CSV có dòng tiêu đề\n"
	"      --plain          từng dòng, các cột cách nhau bằng tab, cho grep và awk\n"
	"      --color[=KHI]    auto, always hoặc never; auto: chỉ tô màu trên màn hình, khi\n"
	"                       không có NO_COLOR\n"
	"      --lang NGÔN-NGỮ  en hoặc vi (mặc định: theo LC_ALL, LC_MESSAGES hoặc LANG)\n"
	"      --period KỲ      của top: today, yesterday, week, month, year hoặc all\n"
	"      --limit N        của top: số dòng\n"
	"      --yes            cứ làm điều mà thongke sẽ hỏi lại hoặc không làm\n"
	"      --version        in phiên bản\n"
	"  -h, --help           in phần này; sau một lệnh: thêm về lệnh ấy\n"
	"\n"
	"Mã thoát: 0 xong, 1 không làm được, 2 gọi sai.\n",
};
/* clang-format on */

const struct verb *
verb_at(size_t i)
{
	return i < NITEMS(verbs) ? &verbs[i] : NULL;
}

/* «name» is none; perhaps a slip for another. */
static void
say_unknown(const struct cli *cli, const char *name)
{
	const struct verb *nearest = NULL;
	size_t least = SLIPS_MAX + 1;
	struct buf quoted = { 0 };

	for (size_t i = 0; i < NITEMS(verbs); i++) {
		size_t distance = str_distance(str_of(verbs[i].name), str_of(name));
		if (distance < least) {
			least = distance;
			nearest = &verbs[i];
		}
	}
	config_quote(str_of(name), &quoted);
	buf_putc(&quoted, '\0');
	if (nearest != NULL)
		cli_say(cli, T_NO_VERB_BUT, quoted.p, nearest->name, NULL);
	else
		cli_say(cli, T_NO_VERB, quoted.p, NULL);
	buf_fini(&quoted);
}

const struct verb *
verb_find(const struct cli *cli, const char *name)
{
	for (size_t i = 0; i < NITEMS(verbs); i++) {
		if (strcmp(verbs[i].name, name) == 0)
			return &verbs[i];
	}
	say_unknown(cli, name);
	return NULL;
}

static void
help_on_program(struct cli *cli)
{
	buf_puts(&cli->out, usage[cli->language]);
	for (size_t i = 0; i < NITEMS(verbs); i++) {
		const char *arguments = verbs[i].arguments != NULL ? verbs[i].arguments : "";
		size_t at = cli->out.n;

		buf_printf(&cli->out, "  %-7s %s", verbs[i].name, arguments);
		while (utf8_columns((struct str){ cli->out.p + at, cli->out.n - at }) < SUMMARY_COLUMN)
			buf_putc(&cli->out, ' ');
		buf_printf(&cli->out, "%s\n", verbs[i].summary[cli->language]);
	}
	buf_puts(&cli->out, usage_options[cli->language]);
}

void
help_print(struct cli *cli, const struct verb *verb)
{
	static const struct {
		enum cli_format format;
		const char *option;
	} formats[] = { { FORMAT_JSON, "--json" }, { FORMAT_CSV, "--csv" }, { FORMAT_PLAIN, "--plain" } };
	const char *separator = " [";

	if (verb == NULL) {
		help_on_program(cli);
		return;
	}
	buf_printf(&cli->out, "usage: thongke [-c FILE] %s", verb->name);
	if (verb->arguments != NULL)
		buf_printf(&cli->out, " %s", verb->arguments);
	for (size_t i = 0; i < NITEMS(formats); i++) {
		if ((verb->formats & formats[i].format) == 0)
			continue;
		buf_printf(&cli->out, "%s%s", separator, formats[i].option);
		separator = "|";
	}
	buf_printf(&cli->out, "%s\n\n%s\n\n%s", separator[0] == '|' ? "]" : "", verb->summary[cli->language],
	    verb->help[cli->language]);
}

int
cli_help(struct cli *cli)
{
	const struct verb *verb = NULL;

	if (cli->argc > 1) {
		verb = verb_find(cli, cli->argv[1]);
		if (verb == NULL)
			return EXIT_USAGE;
	}
	help_print(cli, verb);
	return 0;
}
