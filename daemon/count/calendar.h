/* calendar.h - days, weeks, months and years as numbers.  A day is the count
 * of days since 1970-01-01 of the proleptic Gregorian calendar, in whatever
 * zone its moment was looked at.  Algorithms: Howard Hinnant,
 * "chrono-Compatible Low-Level Date Algorithms". */
#ifndef COUNT_CALENDAR_H
#define COUNT_CALENDAR_H

#include <stdint.h>

#include "base/config.h"

struct zone;

struct date {
	int32_t year;
	uint8_t month; /* 1 to 12 */
	uint8_t day; /* 1 to 31 */
};

struct date date_of_day(int32_t day);
int32_t day_of_date(struct date d);

/* 20261123: how a day of the years 0 to 9999 is spelled in keys and on the
 * wire. */
uint32_t day_number(int32_t day);
int32_t day_of_number(uint32_t yyyymmdd);

/* The local day on which that moment falls. */
int32_t calendar_day(struct zone *z, int64_t at_ms);

/* The moment (ms since 1970) at which that local day begins: the first
 * moment whose calendar_day() is the day, daylight saving or not.  Where the
 * zone left the day out (Pacific/Apia, 30 December 2011): the next day's. */
int64_t calendar_day_start(struct zone *z, int32_t day);

int32_t calendar_week_start(int32_t day, enum config_week_start start);
int32_t calendar_month_start(int32_t day);
int32_t calendar_year_start(int32_t day);

/* ISO 8601: the week's number and the year it belongs to. */
void calendar_iso_week(int32_t day, int32_t *ret_year, unsigned *ret_week);

#endif
