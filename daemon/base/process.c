/* process.c - /proc/self/stat, see proc(5). */
#include "base/process.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

/* Of the 3rd field on, as the 2nd may hold anything. */
enum { FIELD_UTIME = 11, FIELD_STIME = 12, FIELD_START = 19, FIELD_RSS = 21, FIELDS = 22 };

static int
read_fields(unsigned long long fields[FIELDS])
{
	char line[1024];
	FILE *in = fopen("/proc/self/stat", "re");
	size_t n;
	char *at;

	if (in == NULL)
		return -1;
	n = fread(line, 1, sizeof(line) - 1, in);
	(void)fclose(in);
	line[n] = '\0';
	at = strrchr(line, ')');
	for (size_t i = 0; i < FIELDS; i++) {
		at = at != NULL ? strchr(at, ' ') : NULL;
		if (at == NULL)
			return -1;
		at++;
		/* The first is a letter, some are negative: none of those is asked for. */
		fields[i] = strtoull(at, NULL, 10);
	}
	return 0;
}

static uint64_t
count_fds(void)
{
	DIR *dir = opendir("/proc/self/fd");
	uint64_t n = 0;

	if (dir == NULL)
		return 0;
	while (readdir(dir) != NULL)
		n++;
	(void)closedir(dir);
	return n > 3 ? n - 3 : 0; /* without . and .. and the directory's own */
}

int
process_status(struct process_status *ret_status)
{
	unsigned long long fields[FIELDS] = { 0 };
	double ticks = (double)sysconf(_SC_CLK_TCK);
	struct timespec now, up;
	struct rlimit limit;

	if (read_fields(fields) != 0 || clock_gettime(CLOCK_REALTIME, &now) != 0 ||
	    clock_gettime(CLOCK_BOOTTIME, &up) != 0 || getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return -1;
	*ret_status = (struct process_status){
		.cpu_seconds = (double)(fields[FIELD_UTIME] + fields[FIELD_STIME]) / ticks,
		.start_time = (double)(now.tv_sec - up.tv_sec) + (double)fields[FIELD_START] / ticks,
		.resident_bytes = fields[FIELD_RSS] * (uint64_t)sysconf(_SC_PAGESIZE),
		.open_fds = count_fds(),
		.max_fds = limit.rlim_cur,
	};
	return 0;
}

uint64_t
process_allow_descriptors(uint64_t n)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return 0;
	if (limit.rlim_cur < n) {
		const rlim_t before = limit.rlim_cur;

		limit.rlim_cur = n < limit.rlim_max ? n : limit.rlim_max;
		if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
			return before;
	}
	return limit.rlim_cur;
}
