/* calendar.c - Hinnant's date algorithms.  His years begin on 1 March, so
 * that the leap day is the last of its year, and are counted in eras of 400
 * years, after which the calendar repeats. */
#include "count/calendar.h"

#include "base/zone.h"

enum { ERA_YEARS = 400, ERA_DAYS = 146097, EPOCH_TO_ERA_0 = 719468 }; /* days from 0000-03-01 to 1970-01-01 */
enum { WEEK_DAYS = 7, THURSDAY = 3 };
static const int64_t DAY_MS = 86400000;

static int64_t
floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

struct date
date_of_day(int32_t day)
{
	int64_t since = (int64_t)day + EPOCH_TO_ERA_0;
	int64_t era = floor_div(since, ERA_DAYS);
	int32_t doe = (int32_t)(since - era * ERA_DAYS); /* day of the era */
	int32_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int32_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100); /* 0 is 1 March */
	int32_t mp = (5 * doy + 2) / 153; /* 0 is March */
	int32_t month = mp < 10 ? mp + 3 : mp - 9;

	return (struct date){
		.year = (int32_t)(era * ERA_YEARS) + yoe + (month <= 2),
		.month = (uint8_t)month,
		.day = (uint8_t)(doy - (153 * mp + 2) / 5 + 1),
	};
}

int32_t
day_of_date(struct date d)
{
	int64_t year = (int64_t)d.year - (d.month <= 2);
	int64_t era = floor_div(year, ERA_YEARS);
	int64_t yoe = year - era * ERA_YEARS;
	int64_t mp = d.month > 2 ? d.month - 3 : d.month + 9;
	int64_t doy = (153 * mp + 2) / 5 + d.day - 1;
	int64_t doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;

	return (int32_t)(era * ERA_DAYS + doe - EPOCH_TO_ERA_0);
}

uint32_t
day_number(int32_t day)
{
	struct date d = date_of_day(day);

	return (uint32_t)d.year * 10000 + d.month * 100u + d.day;
}

int32_t
day_of_number(uint32_t yyyymmdd)
{
	return day_of_date((struct date){
	    .year = (int32_t)(yyyymmdd / 10000),
	    .month = (uint8_t)(yyyymmdd / 100 % 100),
	    .day = (uint8_t)(yyyymmdd % 100),
	});
}

int32_t
calendar_day(struct zone *z, int64_t at_ms)
{
	return (int32_t)floor_div(at_ms + (int64_t)zone_offset(z, at_ms, NULL) * 1000, DAY_MS);
}

/* Walks over the intervals of equal offset and takes the first in which local
 * midnight, or a later time that day, is ever shown.  Zones are within 16
 * hours of UTC, so that a day before, the local day cannot have begun. */
int64_t
calendar_day_start(struct zone *z, int32_t day)
{
	int64_t midnight = day * DAY_MS; /* as a local time */
	int64_t from = midnight - DAY_MS;

	for (;;) {
		int64_t until, at;

		at = midnight - (int64_t)zone_offset(z, from, &until) * 1000;
		if (at < from)
			at = from; /* the clock was set forward over midnight */
		if (at < until)
			return at;
		from = until;
	}
}

/* 0 is Monday; 1970-01-01 was a Thursday. */
static int32_t
weekday(int32_t day)
{
	int64_t since = (int64_t)day + THURSDAY;

	return (int32_t)(since - floor_div(since, WEEK_DAYS) * WEEK_DAYS);
}

int32_t
calendar_week_start(int32_t day, enum config_week_start start)
{
	return start == WEEK_SUNDAY ? day - weekday(day + 1) : day - weekday(day);
}

int32_t
calendar_month_start(int32_t day)
{
	return day - date_of_day(day).day + 1;
}

int32_t
calendar_year_start(int32_t day)
{
	return day_of_date((struct date){ .year = date_of_day(day).year, .month = 1, .day = 1 });
}

/* A week belongs to the year in which its Thursday lies. */
void
calendar_iso_week(int32_t day, int32_t *ret_year, unsigned *ret_week)
{
	int32_t thursday = day - weekday(day) + THURSDAY;

	*ret_year = date_of_day(thursday).year;
	*ret_week = (unsigned)(thursday - calendar_year_start(thursday)) / WEEK_DAYS + 1;
}
