/* language.c - a list of ranges with weights (RFC 9110, 12.5.4 and 12.4.2):
 *
 *	vi-VN, vi;q=0.9, en-US;q=0.8
 *	^^       ^^^^^
 *	code     weight, in thousandths 900
 */
#include "count/language.h"

#include <stdbool.h>
#include <string.h>

#include "base/mem.h"

enum { RANGES_MAX = 32, SUBTAG_MAX = 8, CODE = 2, WEIGHT_ONE = 1000 };

/* ISO 639-1, in order. */
static const char codes[] =
    "aaabaeafakamanarasavayazbabebgbhbibmbnbobrbscacechcocrcscucvcydadedvdzeeeleneoeseteu"
    "fafffifjfofrfygagdglgngugvhahehihohrhthuhyhziaidieigiiikioisitiujajv"
    "kakgkikjkkklkmknkokrkskukvkwkylalblglilnloltlulvmgmhmimkmlmnmrmsmtmynanbndnengnlnnnonrnvny"
    "ocojomorospapiplpsptqurmrnrorurwsascsdsesgsiskslsmsnsosqsrssstsusvswtatetgthtitktltntotrtstttwty"
    "ugukuruzvevivowawoxhyiyozazhzu";

_Static_assert(sizeof(codes) == 184 * CODE + 1, "ISO 639-1 has 184 codes");

/* What old systems still write for them. */
static const struct {
	char old[CODE], code[CODE];
} renamed[] = { { "in", "id" }, { "iw", "he" }, { "ji", "yi" }, { "jw", "jv" }, { "mo", "ro" }, { "sh", "sr" } };

static bool
is_alpha(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* "zh-Hant-TW": letters first, then letters and digits, 1 to 8 of them. */
static bool
is_range(struct str range)
{
	bool first = true;

	do {
		struct str subtag = str_cut(&range, '-');

		if (subtag.n == 0 || subtag.n > SUBTAG_MAX)
			return false;
		for (size_t i = 0; i < subtag.n; i++)
			if (!is_alpha(subtag.p[i]) && (first || !is_digit(subtag.p[i])))
				return false;
		first = false;
	} while (range.p != NULL);
	return true;
}

/* "q=0.85" is 850; absent is 1000; -1 for what is no weight. */
static int
weight_of(struct str parameter)
{
	struct str s = str_trim(parameter);
	int weight, place = WEIGHT_ONE;

	if (parameter.p == NULL)
		return WEIGHT_ONE;
	if (s.n < 3 || s.n > 7 || !str_eq_nocase((struct str){ s.p, 2 }, STR("q=")) || (s.n > 3 && s.p[3] != '.'))
		return -1;
	if (s.p[2] != '0' && s.p[2] != '1')
		return -1;
	weight = (s.p[2] - '0') * WEIGHT_ONE;
	for (size_t i = 4; i < s.n; i++) {
		if (!is_digit(s.p[i]))
			return -1;
		place /= 10;
		weight += (s.p[i] - '0') * place;
	}
	return weight <= WEIGHT_ONE ? weight : -1;
}

/* The code among codes; absent if it is none of them. */
static struct str
find(const char code[CODE])
{
	size_t low = 0, high = sizeof(codes) / CODE;

	while (low < high) {
		size_t middle = (low + high) / 2;
		const char *there = codes + middle * CODE;
		int order = code[0] != there[0] ? code[0] - there[0] : code[1] - there[1];

		if (order == 0)
			return (struct str){ there, CODE };
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return (struct str){ NULL, 0 };
}

static struct str
language_of_range(struct str range)
{
	struct str primary = str_cut(&range, '-'), found = { NULL, 0 };
	char code[CODE];

	if (primary.n == CODE) {
		for (size_t i = 0; i < CODE; i++)
			code[i] = (char)(primary.p[i] | 0x20);
		for (size_t i = 0; i < NITEMS(renamed); i++)
			if (memcmp(code, renamed[i].old, CODE) == 0)
				memcpy(code, renamed[i].code, CODE);
		found = find(code);
	}
	return found.p != NULL ? found : STR("other");
}

struct str
language_of(struct str accept_language)
{
	struct str best = { NULL, 0 };
	int best_weight = 0;

	for (int n = 0; accept_language.n > 0 && n < RANGES_MAX; n++) {
		struct str weight = str_cut(&accept_language, ',');
		struct str range = str_trim(str_cut(&weight, ';'));
		int w = weight_of(weight);

		if (w > best_weight && is_range(range)) {
			best_weight = w;
			best = range;
		}
		if (best_weight == WEIGHT_ONE)
			break;
	}
	return best.p != NULL ? language_of_range(best) : best;
}
