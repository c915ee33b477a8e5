/* labels.c - tables. */
#include "render/labels.h"

#include <inttypes.h>
#include <string.h>

#include "base/mem.h"
#include "count/calendar.h"

static const char *const names[LANGUAGES] = { [ENGLISH] = "en", [VIETNAMESE] = "vi" };

static const struct {
	const char *name;
	size_t at; /* in struct figures */
	bool is_default;
	const char *text[LANGUAGES];
} labels[] = {
	[LABEL_ONLINE] = { "online", offsetof(struct figures, online), true, { "Online now", "Đang online" } },
	[LABEL_TODAY] = { "today", offsetof(struct figures, today), true, { "Today", "Hôm nay" } },
	[LABEL_YESTERDAY] = { "yesterday", offsetof(struct figures, yesterday), false, { "Yesterday", "Hôm qua" } },
	[LABEL_WEEK] = { "week", offsetof(struct figures, week), true, { "This week", "Trong tuần" } },
	[LABEL_MONTH] = { "month", offsetof(struct figures, month), false, { "This month", "Trong tháng" } },
	[LABEL_YEAR] = { "year", offsetof(struct figures, year), false, { "This year", "Trong năm" } },
	[LABEL_TOTAL] = { "total", offsetof(struct figures, total), true, { "All time", "Tất cả" } },
};
_Static_assert(NITEMS(labels) == LABELS, "a row for each label");

static const char *const words[WORDS][LANGUAGES] = {
	[WORD_BOX] = { "Visitor statistics", "Thống kê truy cập" },
	[WORD_VIEWS] = { "Views", "Lượt xem" },
	[WORD_PAUSE] = { "Pause", "Tạm dừng" },
	[WORD_RESUME] = { "Resume", "Tiếp tục" },
};

static const char *const counted[][LANGUAGES] = {
	[FIGURE_HITS] = { "Page views", "Số lượt truy cập" },
	[FIGURE_VISITS] = { "Visits", "Số lượt khách" },
};

int
language_parse(struct str name, enum language *ret_language)
{
	for (int i = 0; i < LANGUAGES; i++) {
		if (str_eq(name, str_of(names[i]))) {
			*ret_language = (enum language)i;
			return 0;
		}
	}
	return -1;
}

const char *
language_name(enum language language)
{
	return names[language];
}

const char *
label_name(enum label label)
{
	return labels[label].name;
}

bool
label_is_default(enum label label)
{
	return labels[label].is_default;
}

const char *
label_text(enum language language, enum label label)
{
	return labels[label].text[language];
}

int64_t
label_figure(enum label label, const struct figures *figures)
{
	return *(const int64_t *)(const void *)((const char *)figures + labels[label].at);
}

const char *
label_word(enum language language, enum label_word word)
{
	return words[word][language];
}

/* ---- what they mean ----------------------------------------------------- */

static void
add_online(struct buf *out, enum language language, uint64_t seconds)
{
	bool minutes = seconds % 60 == 0;
	uint64_t n = minutes ? seconds / 60 : seconds;

	if (language == VIETNAMESE)
		buf_printf(out, "Số khách trong %" PRIu64 " %s gần đây", n, minutes ? "phút" : "giây");
	else
		buf_printf(
		    out, "Visitors in the last %" PRIu64 " %s%s", n, minutes ? "minute" : "second", n > 1 ? "s" : "");
}

static int32_t
first_day(enum label label, const struct label_terms *terms)
{
	switch (label) {
	case LABEL_YESTERDAY:
		return terms->today - 1;
	case LABEL_WEEK:
		return calendar_week_start(terms->today, terms->week_start);
	case LABEL_MONTH:
		return calendar_month_start(terms->today);
	case LABEL_YEAR:
		return calendar_year_start(terms->today);
	default:
		return terms->today;
	}
}

void
label_title(struct buf *out, enum language language, enum label label, const struct label_terms *terms)
{
	static const char *const since[LANGUAGES] = { " since ", " từ " };
	static const char *const on[LANGUAGES] = { " on ", " ngày " };
	static const char *const opening[LANGUAGES] = { "the site was opened", "khi mở trang" };
	struct date first = date_of_day(first_day(label, terms));

	if (label == LABEL_ONLINE) {
		add_online(out, language, terms->online_window);
		return;
	}
	buf_puts(out, counted[terms->figure][language]);
	buf_puts(out, label == LABEL_YESTERDAY ? on[language] : since[language]);
	if (label == LABEL_TOTAL)
		buf_puts(out, opening[language]);
	else
		buf_printf(out, "%02d/%02d/%04" PRId32, first.day, first.month, first.year);
}

void
label_number(struct buf *out, enum language language, int64_t figure)
{
	size_t start = out->n, digits;
	char separator = language == ENGLISH ? ',' : '.';
	char plain[24];

	if (figure == FIGURE_UNKNOWN) {
		buf_puts(out, "…");
		return;
	}
	buf_int(out, figure);
	digits = out->n - start;
	memcpy(plain, out->p + start, digits);
	out->n = start;
	for (size_t i = 0; i < digits; i++) {
		if (i > 0 && (digits - i) % 3 == 0)
			buf_putc(out, separator);
		buf_putc(out, plain[i]);
	}
}
