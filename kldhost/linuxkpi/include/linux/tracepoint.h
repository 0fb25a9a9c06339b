/* SPDX-License-Identifier: BSD-2-Clause */
/* As in a Linux without CONFIG_TRACEPOINTS: an event is a function that does
 * nothing. */
#ifndef _HOSTED_LINUX_TRACEPOINT_H_
#define _HOSTED_LINUX_TRACEPOINT_H_

#include <linux/export.h>

#define	EXPORT_TRACEPOINT_SYMBOL_GPL(name)	EXPORT_SYMBOL_GPL(name)

#define	TP_PROTO(...)		__VA_ARGS__
#define	TP_ARGS(...)
#define	TP_STRUCT__entry(...)
#define	TP_fast_assign(...)
#define	TP_printk(...)

#define	DECLARE_EVENT_CLASS(name, proto, ...)	struct hosted_event_##name
#define	DEFINE_EVENT(class, name, proto, ...)				\
	static inline __unused void trace_##name(proto) { }		\
	struct hosted_event_##name
#define	TRACE_EVENT(name, proto, ...)	DEFINE_EVENT(, name, proto)

#endif /* _HOSTED_LINUX_TRACEPOINT_H_ */
