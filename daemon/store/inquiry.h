/* inquiry.h - asks Redis for a site's figures: for one who wants to see them,
 * or for applied batches that only lack the sums of the days before. */
#ifndef STORE_INQUIRY_H
#define STORE_INQUIRY_H

#include <stddef.h>
#include <stdint.h>

#include "store/account.h"
#include "store/answer.h"
#include "store/link.h"

struct inquiries;

struct inquiries_options {
	struct link *link; /* borrowed */
	bool (*may_ask)(void *arg); /* whether Redis may be asked now */
	/* The answer to inquiry_past(); past is NULL when there was none. */
	void (*on_past)(void *arg, struct account *a, const struct past *past);
	void *arg;
};

struct inquiries *inquiries_new(const struct inquiries_options *o);
void inquiries_free(struct inquiries *q); /* none may be on its way */

struct inquiry_when {
	int32_t day; /* local, there */
	int64_t now_ms, online_window_ms;
};
void inquiry_past(struct inquiries *q, struct account *a, const struct inquiry_when *when);

/* pages are copied.  When Redis can not be asked, cb gets the last known
 * figures at once. */
struct inquiry_for {
	const struct page_views *pages;
	size_t npages;
	store_cb *cb;
	void *arg;
};
void inquiry_figures(
    struct inquiries *q, struct account *a, const struct inquiry_when *when, const struct inquiry_for *what);

#endif
