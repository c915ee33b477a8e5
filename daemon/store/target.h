/* target.h - where Redis is: the address of the option redis, taken apart. */
#ifndef STORE_TARGET_H
#define STORE_TARGET_H

/* path and host are owned; one of them is NULL. */
struct target {
	char *path; /* of a unix socket */
	char *host;
	int port;
	int db;
};

/* "unix:/path", "redis://host", "redis://host:port/db". */
int target_parse(const char *address, struct target *ret_target) __attribute__((warn_unused_result));
void target_fini(struct target *t);

#endif
