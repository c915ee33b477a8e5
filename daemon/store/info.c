/* info.c - reads the lines anew for each field: there are some hundred, and
 * few are asked for. */
#include "store/info.h"

struct str
info_field(struct str info, const char *name)
{
	struct str wanted = str_of(name);

	while (info.p != NULL) {
		struct str value = str_cut(&info, '\n'), is;

		if (value.n > 0 && value.p[value.n - 1] == '\r')
			value.n--;
		is = str_cut(&value, ':');
		if (value.p != NULL && str_eq(is, wanted))
			return value;
	}
	return (struct str){ NULL, 0 };
}

bool
info_is(struct str info, const char *name, const char *value)
{
	struct str field = info_field(info, name);

	return field.p != NULL && str_eq(field, str_of(value));
}

int
info_version(struct str info, uint64_t *ret_major)
{
	struct str rest = info_field(info, "redis_version"), major = str_cut(&rest, '.');

	return str_to_uint(major, 0, UINT32_MAX, ret_major);
}

bool
info_may_evict(struct str info)
{
	return !info_is(info, "maxmemory_policy", "noeviction");
}

bool
info_is_limited(struct str info)
{
	return !info_is(info, "maxmemory", "0");
}
