/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef _HOSTED_LINUX_LIST_H_
#define _HOSTED_LINUX_LIST_H_

#include_next <linux/list.h>

#define	__list_del_entry(e)	list_del(e)

/* All of one list behind the head of another; the first is empty then. */
static inline void
list_splice_init(struct list_head *from, struct list_head *head)
{
	if (list_empty(from))
		return;
	from->prev->next = head->next;
	head->next->prev = from->prev;
	head->next = from->next;
	from->next->prev = head;
	INIT_LIST_HEAD(from);
}

#endif /* _HOSTED_LINUX_LIST_H_ */
