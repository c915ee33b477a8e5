/* audit.c - see verify.lua for the order of keys, arguments and answers. */
#include "store/audit.h"

#include <hiredis/hiredis.h>

#include "base/assets.h"
#include "store/keys.h"
#include "store/resp.h"

enum { CHUNK = 1000 };
enum { AT_HITS, AT_DAYS, AT_PAGES, AT_VISITS, AT_VISITS_OF_DAYS, AT_ODD, AT_WHERE, ANSWERS };

void
audit_command(struct buf *out, struct str site)
{
	resp_array(out, 6);
	resp_bulk(out, STR("EVAL_RO"));
	resp_bulk(out, ASSET(verify));
	resp_int(out, 2);
	key_counts(out, site);
	key_pages(out, site);
	resp_int(out, CHUNK);
}

int
audit_parse(const struct redisReply *reply, struct audit *ret_audit)
{
	if (reply->type != REDIS_REPLY_ARRAY || reply->elements != ANSWERS)
		return -1;
	for (size_t i = 0; i < ANSWERS; i++) {
		if (reply->element[i]->type != (i == AT_WHERE ? REDIS_REPLY_STRING : REDIS_REPLY_INTEGER))
			return -1;
	}
	*ret_audit = (struct audit){
		.hits = reply->element[AT_HITS]->integer,
		.days = reply->element[AT_DAYS]->integer,
		.pages = reply->element[AT_PAGES]->integer,
		.visits = reply->element[AT_VISITS]->integer,
		.visits_of_days = reply->element[AT_VISITS_OF_DAYS]->integer,
		.odd = reply->element[AT_ODD]->integer,
		.where = { reply->element[AT_WHERE]->str, reply->element[AT_WHERE]->len },
	};
	return 0;
}
