/* texts.c - one table; a text whose words stand in another order in
 * Vietnamese numbers them differently. */
#include "cli/texts.h"

#include <string.h>

#include "base/mem.h"

/* clang-format off */
static const struct {
	const char *in[LANGUAGES];
} texts[] = {
	[T_AS_IS] = { { "{0}", "{0}" } },
	[T_NO_OPTION] = { { "{0} is no option; see thongke --help", "không có tùy chọn {0}; xem thongke --help" } },
	[T_NO_VALUE] = { { "{0} needs a value; see thongke --help", "{0} thiếu giá trị; xem thongke --help" } },
	[T_NO_SUCH_VALUE] = { { "{0} can not be {1}; see thongke --help", "{0} không nhận giá trị {1}; xem thongke --help" } },
	[T_WHICH_VERB] = { { "which verb? See thongke --help", "thiếu lệnh; xem thongke --help" } },
	[T_NO_VERB] = { { "{0} is no verb; see thongke --help", "không có lệnh {0}; xem thongke --help" } },
	[T_NO_VERB_BUT] = { { "{0} is no verb; did you mean {1}?", "không có lệnh {0}; có phải ý bạn là {1}?" } },
	[T_NO_FORMAT] = { { "{0} has no {1}; see thongke help {0}", "lệnh {0} không có {1}; xem thongke help {0}" } },
	[T_NO_ARGUMENTS] = { { "{0} takes no {1}; see thongke help {0}", "lệnh {0} không nhận {1}; xem thongke help {0}" } },
	[T_NO_FILE] = {
		{ "{0}: {1}; name the configuration with -c FILE or in THONGKE_CONFIG",
		  "{0}: {1}; hãy chỉ ra tệp cấu hình bằng -c FILE hoặc biến THONGKE_CONFIG" } },
	[T_NO_DEFAULT_FILE] = {
		{ "{0}, where the configuration is looked for: {1}; name another with -c FILE or in THONGKE_CONFIG",
		  "{0}, nơi tìm tệp cấu hình mặc định: {1}; hãy chỉ ra tệp khác bằng -c FILE hoặc biến THONGKE_CONFIG" } },
	[T_NOT_WRITTEN] = { { "standard output: {0}", "không ghi được kết quả: {0}" } },
	[T_NO_SITE] = { { "no [site] {0} in {1}", "không có [site] {0} trong {1}" } },
	[T_NO_SITES] = { { "{0} declares no [site NAME]", "{0} chưa khai báo [site TÊN] nào" } },
	[T_NO_REDIS] = {
		{ "redis {0}: {1}; is it running, and is this the configuration that it belongs to?",
		  "redis {0}: {1}; Redis có đang chạy không, và cấu hình này có đúng là của nó không?" } },
	[T_REDIS_LOST] = { { "redis {0}: {1}", "redis {0}: {1}" } },
	[T_NEWER_DATA] = {
		{ "the data in Redis is of version {0}, this program reads {1}; upgrade Thongke",
		  "số liệu trong Redis thuộc phiên bản {0}, chương trình này chỉ đọc được {1}; hãy nâng cấp Thongke" } },
	[T_SITE_UNREAD] = { { "site {0}: {1}", "trang web {0}: {1}" } },
	[T_MORE_UNREAD] = { { "and {0} more sites could not be read", "và {0} trang web khác không đọc được" } },
	[T_DAMAGED] = { { "its data in Redis can not be read", "không đọc được số liệu trong Redis" } },
	[T_ONE_SITE] = { { "{0} takes one site; see thongke help {0}", "lệnh {0} cần đúng một trang web; xem thongke help {0}" } },

	[T_ONLINE] = { { "Online now", "Đang online" } },
	[T_TODAY] = { { "Today", "Hôm nay" } },
	[T_YESTERDAY] = { { "Yesterday", "Hôm qua" } },
	[T_WEEK] = { { "This week", "Trong tuần" } },
	[T_MONTH] = { { "This month", "Trong tháng" } },
	[T_YEAR] = { { "This year", "Trong năm" } },
	[T_TOTAL] = { { "Total", "Tất cả" } },
	[T_SITE] = { { "Site", "Trang web" } },
	[T_SUM] = { { "All sites", "Tổng cộng" } },

	[T_SNIPPET_PROXY] = {
		{ "For all of these {0}/ of the portal is proxied to thongked.",
		  "Mọi cách dưới đây đều cần máy chủ web của cổng chuyển tiếp {0}/ tới thongked." } },
	[T_SNIPPET_SCRIPT] = {
		{ "1. The box, filled by the script; in every page, once",
		  "1. Ô thống kê do script tự điền; đặt một lần trong mỗi trang" } },
	[T_SNIPPET_MARKUP] = {
		{ "2. Or markup of the theme's own, filled by the script; leave out what is not wanted",
		  "2. Hoặc giữ HTML của giao diện sẵn có, script chỉ điền số; bỏ bớt dòng không dùng" } },
	[T_SNIPPET_SERVER] = {
		{ "3. Or figures written by the server (PHP). It does not count: the script of 1 or 2 does",
		  "3. Hoặc máy chủ tự ghi số liệu (PHP). Cách này không đếm: vẫn cần script ở cách 1 hoặc 2" } },
	[T_SNIPPET_SHELL] = { { "The same from a shell:", "Cũng số liệu ấy, từ dòng lệnh:" } },

	[T_UNCHECKED] = { { "not checked: Redis does not tell", "chưa kiểm tra được: Redis không cho biết" } },
	[T_UNCHECKED_FIX] = {
		{ "allow {0}, or ask whoever runs Redis", "cho phép lệnh {0}, hoặc hỏi người quản trị Redis" } },
	[T_NO_TZDATA] = {
		{ "no time zones in {0}: no day can be told from the next",
		  "không có dữ liệu múi giờ trong {0}: không biết khi nào sang ngày mới" } },
	[T_NO_TZDATA_FIX] = { { "install the package tzdata", "cài gói tzdata" } },
	[T_CONFIGURATION] = { { "{0}, sites: {1}", "{0}, số trang web: {1}" } },
	[T_CONFIGURATION_EMPTY] = { { "{0}: no site, so nothing is counted", "{0}: chưa có trang web nào nên không đếm gì" } },
	[T_CONFIGURATION_EMPTY_FIX] = {
		{ "add [site NAME] with its hosts", "thêm mục [site TÊN] với hosts của trang web" } },
	[T_CONFIGURATION_FIX] = {
		{ "correct it: thongked does not start so", "sửa lại: thongked không khởi động được như vậy" } },
	[T_TIMEZONE] = { { "{0} now, sites: {1}", "bây giờ là {0}, số trang web: {1}" } },
	[T_REACHED] = { { "{0} answers in {1} ms", "{0} trả lời sau {1} ms" } },
	[T_UNREACHED] = {
		{ "{0}: {1}; hits wait in spool_dir, or are answered 503 where that is empty or full", "{0}: {1}; lượt truy cập chờ trong spool_dir, hoặc bị trả lời 503 nếu không đặt spool_dir hay đã đầy" } },
	[T_UNREACHED_FIX] = {
		{ "start it, or correct the option redis", "khởi động Redis, hoặc sửa tùy chọn redis" } },
	[T_VERSION] = { { "Redis {0}", "Redis {0}" } },
	[T_VERSION_OLD] = { { "Redis {0} is too old: nothing is counted", "Redis {0} quá cũ: không đếm được" } },
	[T_VERSION_OLD_FIX] = { { "install Redis 7.0 or newer", "cài Redis 7.0 trở lên" } },
	[T_LAYOUT] = { { "version {0}", "phiên bản {0}" } },
	[T_LAYOUT_NONE] = { { "no data yet", "chưa có số liệu" } },
	[T_LAYOUT_NEWER] = {
		{ "the data is of version {0}, this program reads {1}",
		  "số liệu thuộc phiên bản {0}, chương trình này chỉ đọc được {1}" } },
	[T_LAYOUT_NEWER_FIX] = { { "upgrade Thongke", "nâng cấp Thongke" } },
	[T_RIGHTS] = { { "user {0} may run every command that is used", "người dùng {0} được chạy mọi lệnh cần dùng" } },
	[T_RIGHTS_MISSING] = {
		{ "user {0} may not run {1}: nothing is counted", "người dùng {0} không được chạy {1}: không đếm được" } },
	[T_RIGHTS_MISSING_FIX] = {
		{ "allow it with ACL SETUSER, for keys tk:*", "cấp quyền bằng ACL SETUSER, cho các khóa tk:*" } },
	[T_WRITES] = { { "taken", "ghi được" } },
	[T_WRITES_REFUSED] = {
		{ "refused: {0}; hits wait in spool_dir, or are answered 503 where that is empty or full", "bị từ chối: {0}; lượt truy cập chờ trong spool_dir, hoặc bị trả lời 503 nếu không đặt spool_dir hay đã đầy" } },
	[T_READONLY_FIX] = {
		{ "name the master in the option redis", "ghi địa chỉ máy chính (master) vào tùy chọn redis" } },
	[T_OOM_FIX] = { { "raise maxmemory", "tăng maxmemory" } },
	[T_DISK_FIX] = {
		{ "make room on Redis's disk and read its log", "giải phóng ổ đĩa của Redis và xem nhật ký của nó" } },
	[T_REFUSED_FIX] = { { "read Redis's log", "xem nhật ký của Redis" } },
	[T_POLICY_GOOD] = { { "noeviction", "noeviction" } },
	[T_POLICY_EVICTS] = {
		{ "{0}: Redis deletes figures when its memory is full", "{0}: Redis sẽ xóa số liệu khi đầy bộ nhớ" } },
	[T_POLICY_WOULD] = {
		{ "{0}: Redis would delete figures if maxmemory were set",
		  "{0}: Redis sẽ xóa số liệu nếu có đặt maxmemory" } },
	[T_POLICY_FIX] = { { "set maxmemory-policy noeviction", "đặt maxmemory-policy noeviction" } },
	[T_MEMORY] = { { "{0} MB of {1} MB", "{0} MB trong {1} MB" } },
	[T_MEMORY_FULL] = {
		{ "{0} MB of {1} MB: when it is full, hits wait in spool_dir, or are answered 503 where that is empty or full",
		  "{0} MB trong {1} MB: khi đầy, lượt truy cập chờ trong spool_dir, hoặc bị trả lời 503 nếu không đặt spool_dir hay đã đầy" } },
	[T_MEMORY_FREE] = { { "{0} MB, no limit set", "{0} MB, không đặt giới hạn" } },
	[T_AOF_ON] = { { "yes", "yes" } },
	[T_AOF_OFF] = {
		{ "no: when Redis restarts, what was counted since its last snapshot is lost, or all of it",
		  "no: khi Redis khởi động lại sẽ mất số đã đếm từ lần chụp cuối, hoặc mất tất cả" } },
	[T_AOF_OFF_FIX] = {
		{ "CONFIG SET appendonly yes, and the same in redis.conf",
		  "chạy CONFIG SET appendonly yes, và ghi như vậy trong redis.conf" } },
	[T_FSYNC_ALWAYS] = {
		{ "always: what was acknowledged is on the disk", "always: lượt đã xác nhận đều nằm trên đĩa" } },
	[T_FSYNC_EVERYSEC] = {
		{ "everysec: hits of up to 2 s are lost when Redis's machine loses power",
		  "everysec: có thể mất số đếm của 2 giây cuối khi máy chạy Redis mất điện" } },
	[T_FSYNC_NO] = {
		{ "{0}: hits of half a minute or more are lost when Redis's machine loses power",
		  "{0}: có thể mất số đếm của nửa phút hoặc hơn khi máy chạy Redis mất điện" } },
	[T_FSYNC_FIX] = { { "set appendfsync always", "đặt appendfsync always" } },
	[T_AOF_WRITTEN] = { { "the last one succeeded", "lần ghi cuối thành công" } },
	[T_AOF_FAILED] = {
		{ "the last one failed: hits wait in spool_dir, or are answered 503 where that is empty or full",
		  "lần ghi cuối thất bại: lượt truy cập chờ trong spool_dir, hoặc bị trả lời 503 nếu không đặt spool_dir hay đã đầy" } },
	[T_REWRITE] = { { "after {0} % of growth", "khi tệp lớn thêm {0} %" } },
	[T_REWRITE_FAILED] = {
		{ "the last one failed: the file grows and keeps what has expired",
		  "lần cuối thất bại: tệp cứ lớn dần và giữ cả dữ liệu đã hết hạn" } },
	[T_REWRITE_NEVER] = {
		{ "never by itself: the file grows and keeps hashed visitors that have expired",
		  "không tự chạy: tệp cứ lớn dần và giữ mã băm của khách đã hết hạn" } },
	[T_REWRITE_NEVER_FIX] = {
		{ "set auto-aof-rewrite-percentage 100, or run BGREWRITEAOF every night",
		  "đặt auto-aof-rewrite-percentage 100, hoặc chạy BGREWRITEAOF mỗi đêm" } },
	[T_SNAPSHOT_FAILED] = {
		{ "the last one failed: Redis may refuse writes until one succeeds",
		  "lần chụp cuối thất bại: Redis có thể từ chối ghi đến khi chụp được" } },
	[T_CLOCK] = { { "{0} ms from Redis's", "lệch {0} ms so với Redis" } },
	[T_CLOCK_OFF] = {
		{ "{0} ms from Redis's, which is the one that counts", "lệch {0} ms so với Redis; giờ của Redis được dùng" } },
	[T_CLOCK_FIX] = { { "keep both machines by NTP", "đồng bộ cả hai máy bằng NTP" } },
	[T_CLOCK_UNCHECKED] = {
		{ "not checked: Redis does not tell its TIME; this machine's is used",
		  "chưa kiểm tra được: Redis không cho biết TIME; dùng giờ của máy này" } },
};
/* clang-format on */

_Static_assert(NITEMS(texts) == TEXT_COUNT, "a text is missing at the end");

static const char *const names[LANGUAGES] = { [ENGLISH] = "en", [VIETNAMESE] = "vi" };

enum language
language_of_locale(const char *locale)
{
	bool letter_follows = strncmp(locale, "vi", 2) == 0 &&
			      ((locale[2] >= 'a' && locale[2] <= 'z') || (locale[2] >= 'A' && locale[2] <= 'Z'));

	return strncmp(locale, "vi", 2) == 0 && !letter_follows ? VIETNAMESE : ENGLISH;
}

int
language_parse(const char *name, enum language *ret_language)
{
	for (size_t i = 0; i < NITEMS(names); i++) {
		if (strcmp(name, names[i]) == 0) {
			*ret_language = (enum language)i;
			return 0;
		}
	}
	return -1;
}

const char *
text_of(enum language language, enum text id)
{
	return texts[id].in[language];
}

void
text_addv(struct buf *out, enum language language, enum text id, va_list words)
{
	const char *word[2] = { "", "" }, *p = text_of(language, id), *next;

	for (size_t i = 0; i < NITEMS(word); i++) {
		next = va_arg(words, const char *);
		if (next == NULL)
			break;
		word[i] = next;
	}
	for (; (next = strchr(p, '{')) != NULL; p = next + 3) {
		buf_add(out, p, (size_t)(next - p));
		buf_puts(out, word[next[1] == '1']);
	}
	buf_puts(out, p);
}

void
text_add(struct buf *out, enum language language, enum text id, ...)
{
	va_list words;

	va_start(words, id);
	text_addv(out, language, id, words);
	va_end(words);
}
