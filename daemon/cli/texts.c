/* texts.c - one table; a text whose words stand in another order in
 * Vietnamese numbers them differently. */
#include "cli/texts.h"

#include <inttypes.h>
#include <stdio.h>
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
	[T_REPLAY_USAGE] = {
		{ "spool replay needs one folder: thongke spool replay DIR",
		  "spool replay cần đúng một thư mục: thongke spool replay THƯ-MỤC" } },
	[T_REPLAY_DIR] = { { "spool {0}: {1}", "spool {0}: {1}" } },
	[T_REPLAY_PROGRESS] = { { "{0} batches counted, {1} to come", "đã đếm {0} lô, còn {1} lô" } },
	[T_REPLAY_UNREACHED] = {
		{ "Redis was not reached within 10 s; nothing was counted, and the spool is as it was",
		  "sau 10 giây vẫn không kết nối được Redis; chưa đếm gì, spool còn nguyên" } },
	[T_REPLAYED] = { { "{0} hits in {1} batches are in Redis", "{0} lượt truy cập trong {1} lô đã vào Redis" } },
	[T_REPLAYED_NOTHING] = {
		{ "nothing to replay: spools of living daemons are theirs", "không có gì để đếm lại: spool của thongked đang chạy là việc của nó" } },
	[T_REPLAY_REJECTED] = {
		{ "{0} batches could not be counted and stay in quarantine; «thongke check» and «thongke verify» help to find the cause",
		  "{0} lô không đếm được và ở lại trong quarantine; hãy tìm nguyên nhân bằng «thongke check» và «thongke verify»" } },
	[T_REPLAY_TOO_OLD] = {
		{ "{0} spools are more than 80 days old, so that what was counted already would be counted again; --yes counts them",
		  "{0} spool đã quá 80 ngày nên những lượt đã đếm có thể bị đếm lại; muốn đếm thì thêm --yes" } },
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
	[T_NOT_FOLDED] = { { "site {0}: the latest hits are not among these yet: {1}",
	    "trang web {0}: chưa gồm những lượt truy cập mới nhất: {1}" } },

	[T_ONLINE] = { { "Online now", "Đang online" } },
	[T_TODAY] = { { "Today", "Hôm nay" } },
	[T_YESTERDAY] = { { "Yesterday", "Hôm qua" } },
	[T_WEEK] = { { "This week", "Trong tuần" } },
	[T_MONTH] = { { "This month", "Trong tháng" } },
	[T_YEAR] = { { "This year", "Trong năm" } },
	[T_TOTAL] = { { "Total", "Tất cả" } },
	[T_SITE] = { { "Site", "Trang web" } },
	[T_SUM] = { { "All sites", "Tổng cộng" } },

	[T_SNIPPET_USAGE] = {
		{ "snippet takes the name of a site, and of one form if only that is wanted",
		  "snippet cần tên một trang web, và tên một cách nhúng nếu chỉ cần cách ấy" } },
	[T_SNIPPET_NO_FORM] = {
		{ "{0} is no form; the forms are {1}",
		  "không có cách nhúng {0}; các cách là {1}" } },
	[T_SNIPPET_PROXY] = {
		{ "For all of these {0}/ of the portal is proxied to thongked.",
		  "Mọi cách dưới đây đều cần máy chủ web của cổng chuyển tiếp {0}/ tới thongked." } },
	[T_SNIPPET_SCRIPT] = {
		{ "script: the box, filled by the script, or by a frame where none runs; in every page, once",
		  "script: ô thống kê do script tự điền, không có script thì hiện khung; đặt một lần trong mỗi trang" } },
	[T_SNIPPET_PINNED] = {
		{ "pinned: the same with a script that can not be changed unseen (SRI); paste it anew after every upgrade of thongked, else browsers refuse it",
		  "pinned: như trên, nhưng script không thể bị thay đổi lén (SRI); mỗi lần nâng cấp thongked phải dán lại, nếu không trình duyệt sẽ từ chối" } },
	[T_SNIPPET_MARKUP] = {
		{ "markup: markup of the theme's own instead of the box, filled by the same script; leave out what is not wanted",
		  "markup: thay cho ô, giữ HTML của giao diện sẵn có, script trên chỉ điền số; bỏ bớt dòng không dùng" } },
	[T_SNIPPET_ARTICLE] = {
		{ "article: the views of this page, by the same script",
		  "article: lượt xem của chính trang này, cũng do script trên điền" } },
	[T_SNIPPET_LIST] = {
		{ "list: the views of other pages, all read at once by the same script; data-path is the address of each",
		  "list: lượt xem của các trang khác, script trên đọc tất cả trong một lần; data-path là địa chỉ từng trang" } },
	[T_SNIPPET_IFRAME] = {
		{ "iframe: the box as a page of its own, counts one view; where it is pasted into pages of another host, add &amp;page=/path; also &amp;look=portal (then height 150), &amp;lang=en, &amp;count=0",
		  "iframe: ô thống kê là một trang riêng, đếm một lượt xem; nếu dán vào trang thuộc tên miền khác thì thêm &amp;page=/đường-dẫn; còn có &amp;look=portal (khi ấy cao 150), &amp;lang=en, &amp;count=0" } },
	[T_SNIPPET_PICTURE] = {
		{ "picture: the box, or the views of a page, drawn; these do not count",
		  "picture: ô thống kê, hoặc lượt xem của một trang, dưới dạng ảnh; cách này không đếm" } },
	[T_SNIPPET_PIXEL] = {
		{ "pixel: counts one view and shows nothing; in pages of another host, and in AMP, add &amp;page=/path",
		  "pixel: đếm một lượt xem mà không hiện gì; trong trang thuộc tên miền khác và trong AMP thì thêm &amp;page=/đường-dẫn" } },
	[T_SNIPPET_PHP] = {
		{ "php: figures written by the server, kept fresh by the script; by itself this does not count",
		  "php: máy chủ tự ghi số liệu, script sẽ cập nhật tiếp; riêng cách này thì không đếm" } },
	[T_SNIPPET_SHELL] = {
		{ "shell: the same figures as JSON, from any program",
		  "shell: cũng số liệu ấy, dạng JSON, cho mọi chương trình" } },
	[T_SNIPPET_SETTINGS] = {
		{ "settings: attributes of the script, as many as are wanted; on a box itself, data-look and the labels",
		  "settings: các thuộc tính của script, dùng bao nhiêu tùy ý; data-look và nhãn cũng đặt được ngay trên ô" } },
	[T_SNIPPET_LOOK] = {
		{ "how the box looks: plain, portal or digits",
		  "kiểu dáng của ô: plain, portal hoặc digits" } },
	[T_SNIPPET_LANG] = {
		{ "its language: vi or en",
		  "ngôn ngữ: vi hoặc en" } },
	[T_SNIPPET_LIVE] = {
		{ "figures that follow what happens, with a button to pause them",
		  "số liệu tự đổi theo thời gian thực, có nút tạm dừng" } },
	[T_SNIPPET_SPA] = {
		{ "for portals that change pages without loading them: each route is a view",
		  "cho cổng đổi trang mà không tải lại (SPA): mỗi lần chuyển trang là một lượt xem" } },
	[T_SNIPPET_COUNT] = {
		{ "shows and does not count",
		  "chỉ hiện, không đếm" } },
	[T_SNIPPET_LABELS] = {
		{ "other labels: an empty one hides its row, one for yesterday, month or year adds a row",
		  "đổi nhãn: nhãn rỗng thì ẩn dòng ấy; nhãn cho yesterday, month, year thì thêm dòng" } },

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
		{ "user {0} may not run {1}: nothing is counted, or thongke can not look at it",
		  "người dùng {0} không được chạy {1}: không đếm được, hoặc thongke không xem được" } },
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
	[T_REWRITE] = { { "each night, by the daemon", "mỗi đêm, do thongked" } },
	[T_REWRITE_FAILED] = {
		{ "the last one failed: the file grows and keeps what has expired",
		  "lần cuối thất bại: tệp cứ lớn dần và giữ cả dữ liệu đã hết hạn" } },
	[T_REWRITE_SELDOM] = {
		{ "not each night: the file keeps hashed visitors, and their keys, that have expired",
		  "không chạy mỗi đêm: tệp giữ cả mã băm của khách và khóa băm đã hết hạn" } },
	[T_REWRITE_SELDOM_FIX] = {
		{ "set rewrite_log = yes, or run BGREWRITEAOF every night",
		  "đặt rewrite_log = yes, hoặc chạy BGREWRITEAOF mỗi đêm" } },
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

	[T_NO_SUBVERB] = { { "{0} has no {1}; see thongke help {0}", "lệnh {0} không có {1}; xem thongke help {0}" } },
	[T_SPOOL_OFF] = {
		{ "spool_dir is empty: nothing is kept on disk, hits are answered 503 while Redis is away",
		  "spool_dir để trống: không giữ gì trên đĩa, khi mất Redis thì lượt truy cập bị trả lời 503" } },
	[T_SPOOL_MISSING] = {
		{ "{0} is not there; thongked makes it when it starts: if it has run, it has another spool_dir than {1}",
		  "không có thư mục {0}; thongked tự tạo khi khởi động: nếu nó đã chạy thì spool_dir của nó khác trong {1}" } },
	[T_SPOOL_DENIED] = {
		{ "{0}: {1}; run this as root or as the user that thongked has",
		  "{0}: {1}; hãy chạy bằng root hoặc bằng người dùng của thongked" } },
	[T_SPOOL_FAILED] = { { "{0}: {1}", "{0}: {1}" } },
	[T_SPOOL_NOTHING] = { { "{0}: nothing waits there", "{0}: không có gì đang chờ" } },
	[T_WRITER] = { { "Writer", "Bộ ghi" } },
	[T_STATE] = { { "State", "Tình trạng" } },
	[T_HELD] = { { "held by a living daemon", "thongked đang chạy giữ" } },
	[T_LEFT] = { { "left behind", "bị bỏ lại" } },
	[T_REFUSED] = { { "refused by Redis, set aside", "Redis không nhận, để riêng" } },
	[T_SEGMENTS] = { { "Segments", "Số tệp" } },
	[T_BATCHES] = { { "Batches", "Số lô" } },
	[T_HITS] = { { "Hits", "Lượt" } },
	[T_BYTES] = { { "Bytes", "Byte" } },
	[T_OLDEST] = { { "Oldest", "Cũ nhất" } },
	[T_DAMAGED_SEGMENTS] = { { "Damaged", "Tệp hỏng" } },
	[T_SET_ASIDE] = { { "Set aside", "Tệp để riêng" } },
	[T_SPOOL_SUM] = { { "Sum", "Tổng cộng" } },
	[T_SECONDS] = { { "{0} s", "{0} giây" } },
	[T_MINUTES] = { { "{0} min", "{0} phút" } },
	[T_HOURS] = { { "{0} h {1} min", "{0} giờ {1} phút" } },
	[T_DAYS] = { { "{0} d {1} h", "{0} ngày {1} giờ" } },

	[T_VERIFY_GOOD] = {
		{ "{0} sites, {1} hits: days = totals = pages; nothing unresolved; ",
		  "{0} trang web, {1} lượt: các ngày = tổng = các trang; không lượt nào còn treo; " } },
	[T_DAYS_DIFFER] = { { "the total is {0}, its days make {1}", "tổng là {0}, cộng các ngày lại được {1}" } },
	[T_PAGES_DIFFER] = { { "the total is {0}, its pages make {1}", "tổng là {0}, cộng các trang lại được {1}" } },
	[T_VISITS_DIFFER] = {
		{ "{0} visits in all, but its days are {1}", "tổng cộng {0} lượt khách, nhưng các ngày cộng lại là {1}" } },
	[T_ODD_VALUES] = {
		{ "values that are no number of hits: {0}, the first is {1}", "số giá trị không phải số lượt: {0}, đầu tiên là {1}" } },
	[T_CHANGED_FIX] = {
		{ "something other than thongked has changed it; keep a copy of Redis's data before you correct it",
		  "có thứ khác ngoài thongked đã sửa; hãy sao lưu dữ liệu Redis trước khi sửa lại" } },
	[T_WAITS_HELD] = {
		{ "{0}, held by a living daemon: {1} are not in Redis yet", "{0}, thongked đang chạy giữ: {1} chưa vào Redis" } },
	[T_WAITS_HELD_FIX] = {
		{ "it sends them itself once Redis takes them; run thongke check, and look again",
		  "nó sẽ tự gửi khi Redis nhận; hãy chạy thongke check rồi kiểm tra lại" } },
	[T_WAITS_LEFT] = { { "{0}, left behind: {1} are not in Redis", "{0}, bị bỏ lại: {1} chưa vào Redis" } },
	[T_WAITS_LEFT_FIX] = {
		{ "start thongked with this spool_dir: it takes them over; what is older than 80 days «thongke spool replay» counts",
		  "khởi động thongked với spool_dir này: nó sẽ nhận và gửi tiếp; phần đã quá 80 ngày thì dùng «thongke spool replay»" } },
	[T_AMOUNT] = { { "{0} batches with {1} hits", "{0} lô với {1} lượt" } },
	[T_SPOOL_DAMAGED] = {
		{ "{0}: files damaged or set aside: {1}; what stands behind the damage is not counted",
		  "{0}: số tệp hỏng hoặc để riêng: {1}; phần sau chỗ hỏng không được đếm" } },
	[T_SPOOL_DAMAGED_FIX] = {
		{ "look after the disk; when nothing else can be had of them, remove the files *.bad",
		  "kiểm tra ổ đĩa; khi không còn lấy được gì từ các tệp *.bad thì xóa chúng" } },
	[T_QUARANTINED] = {
		{ "{0}: {1} were acknowledged and are not counted: Redis refuses them",
		  "{0}: {1} đã xác nhận nhưng không được đếm: Redis từ chối" } },
	[T_QUARANTINED_FIX] = {
		{ "find in thongked's log what is wrong with the site's data and correct that, then: thongke spool replay",
		  "xem nhật ký của thongked để biết dữ liệu của trang web sai ở đâu rồi sửa lại, sau đó: thongke spool replay" } },
	[T_SPOOL_UNREAD] = { { "not checked: {0}: {1}", "chưa kiểm tra được: {0}: {1}" } },
	[T_SPOOL_UNREAD_FIX] = {
		{ "run this as root or as the user that thongked has", "chạy bằng root hoặc bằng người dùng của thongked" } },
	[T_DAEMON_DONE] = { { "daemon: 0 unresolved", "thongked: 0 lượt còn treo" } },
	[T_DAEMON_BUSY] = { { "daemon: {0} on their way", "thongked: {0} đang trên đường" } },
	[T_DAEMON_AMOUNT] = { { "{0} batches and {1} waiting hits", "{0} lô và {1} lượt đang đợi" } },
	[T_DAEMON_UNCHECKED] = { { "daemon: not checked ({0})", "thongked: chưa kiểm tra được ({0})" } },
	[T_DAEMON_WAITS] = { { "{0} are not in Redis yet", "{0} chưa vào Redis" } },
	[T_DAEMON_WAITS_FIX] = {
		{ "thongked sends them itself once Redis takes them; run thongke check, and look again",
		  "thongked sẽ tự gửi khi Redis nhận; hãy chạy thongke check rồi kiểm tra lại" } },

	[T_TOP_USAGE] = {
		{ "top needs what and where: thongke top pages|countries|referrers|browsers|systems|devices|languages|refused SITE",
		  "top cần biết xếp hạng gì, của trang nào: thongke top pages|countries|referrers|browsers|systems|devices|languages|refused TRANG" } },
	[T_TOP_CUT] = {
		{ "details are kept for details_kept days: this begins on {0}", "chi tiết chỉ được giữ details_kept ngày: bảng này tính từ {0}" } },
	[T_PAGE] = { { "Page", "Trang" } },
	[T_COUNTRY] = { { "Country", "Quốc gia" } },
	[T_REFERRER] = { { "From", "Đến từ" } },
	[T_BROWSER] = { { "Browser", "Trình duyệt" } },
	[T_SYSTEM] = { { "System", "Hệ điều hành" } },
	[T_DEVICE] = { { "Device", "Thiết bị" } },
	[T_LANGUAGE] = { { "Language", "Ngôn ngữ" } },
	[T_REASON] = { { "Not counted because", "Lý do không đếm" } },
	[T_VIEWS] = { { "Views", "Lượt xem" } },
	[T_SHARE] = { { "Share", "Tỷ lệ" } },
	[T_SUM_OF_ALL] = { { "All", "Tổng cộng" } },
	[T_OTHER] = { { "(other)", "(khác)" } },
	[T_DIRECT] = { { "(direct)", "(vào thẳng)" } },
	[T_INTERNAL] = { { "(the site itself)", "(trong trang)" } },
	[T_UNKNOWN] = { { "(unknown)", "(không rõ)" } },
	[T_BASE_USAGE] = {
		{ "base needs a site and, to set it, a number: thongke base SITE [N]",
		  "base cần tên trang và, nếu muốn đặt lại, một số: thongke base TRANG [SỐ]" } },
	[T_BASE_SET] = {
		{ "site {0}: {1} is added to «Tất cả» from now on", "trang {0}: từ nay cộng thêm {1} vào «Tất cả»" } },
	[T_BASE_BACK] = { { "to undo it: thongke base {0} {1}", "để lấy lại số cũ: thongke base {0} {1}" } },
	[T_PURGE_USAGE] = {
		{ "purge needs what to reset: thongke purge page SITE PATH, or thongke purge site SITE",
		  "purge cần biết xóa gì: thongke purge page TRANG ĐƯỜNG-DẪN, hoặc thongke purge site TRANG" } },
	[T_PURGE_NO_PAGE] = { { "{0} is no path of a page of that site", "{0} không phải là đường dẫn của trang web này" } },
	[T_PURGE_YES] = {
		{ "nothing was changed: without a terminal to ask on, --yes is needed",
		  "chưa thay đổi gì: không có màn hình để hỏi lại thì cần thêm --yes" } },
	[T_PURGE_PAGE_ASK] = {
		{ "the views of {0} will be moved to «(other)», for good; type its path again to do it:",
		  "lượt xem của {0} sẽ được dồn vào «(other)», không lấy lại được; gõ lại đường dẫn để xác nhận:" } },
	[T_PURGE_SITE_ASK] = {
		{ "all figures of {0} will be deleted for good, its opening total too; type its name again to do it:",
		  "mọi số liệu của {0} sẽ bị xóa hẳn, kể cả số ban đầu (base); gõ lại tên trang để xác nhận:" } },
	[T_PURGE_LEFT] = { { "that is something else: nothing was changed", "không đúng tên: chưa thay đổi gì" } },
	[T_PURGED_PAGE] = {
		{ "{0} begins anew; its {1} views are counted under «(other)»", "{0} đếm lại từ đầu; {1} lượt xem cũ nằm trong «(other)»" } },
	[T_PURGED_SITE] = { { "site {0} begins anew; it had {1} hits", "trang {0} đếm lại từ đầu; trước đó có {1} lượt truy cập" } },
};
/* clang-format on */

_Static_assert(NITEMS(texts) == TEXT_COUNT, "a text is missing at the end");

enum language
language_of_locale(const char *locale)
{
	bool letter_follows = strncmp(locale, "vi", 2) == 0 &&
			      ((locale[2] >= 'a' && locale[2] <= 'z') || (locale[2] >= 'A' && locale[2] <= 'Z'));

	return strncmp(locale, "vi", 2) == 0 && !letter_follows ? VIETNAMESE : ENGLISH;
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

void
text_add_age(struct buf *out, enum language language, int64_t seconds)
{
	enum { MINUTE = 60, HOUR = 60 * MINUTE, DAY = 24 * HOUR };
	static const struct {
		int64_t from, large, small; /* seconds */
		enum text text;
	} rows[] = {
		{ DAY, DAY, HOUR, T_DAYS },
		{ HOUR, HOUR, MINUTE, T_HOURS },
		{ MINUTE, MINUTE, 1, T_MINUTES },
		{ INT64_MIN, 1, 1, T_SECONDS },
	};
	size_t i = 0;
	char large[32], small[32];

	while (seconds < rows[i].from)
		i++;
	if (seconds < 0)
		seconds = 0;
	(void)snprintf(large, sizeof(large), "%" PRId64, seconds / rows[i].large);
	(void)snprintf(small, sizeof(small), "%" PRId64, seconds % rows[i].large / rows[i].small);
	text_add(out, language, rows[i].text, large, small, NULL);
}
