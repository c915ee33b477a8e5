/* process.h - what the kernel says of this process. */
#ifndef BASE_PROCESS_H
#define BASE_PROCESS_H

#include <stdint.h>

struct process_status {
	double cpu_seconds; /* user and system */
	double start_time; /* seconds since 1970 */
	uint64_t resident_bytes;
	uint64_t open_fds, max_fds;
};

/* -1 when /proc does not say; *ret_status is then untouched. */
int process_status(struct process_status *ret_status) __attribute__((warn_unused_result));

/* Let that many descriptors be open, as far as the hard limit goes; returns
 * how many may be. */
uint64_t process_allow_descriptors(uint64_t n);

#endif
