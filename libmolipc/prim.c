// SPDX-License-Identifier: LGPL-2.1-or-later
#include "call.h"

static inline int send(int dst, const message *m, long ms)
{
	if (mi_unlikely(!m))
		return EMOLFAULT;
	return mi_call(M3IPC_IOC_SEND,
		       (struct mi_args){ .peer = dst, .timeout = ms, .in = m });
}

int mnx_send(int dst, const message *m)
{
	return send(dst, m, TIMEOUT_FOREVER);
}

int mnx_send_T(int dst, const message *m, long ms)
{
	return send(dst, m, ms);
}

static inline int receive(int src, message *m, long ms)
{
	if (mi_unlikely(!m))
		return EMOLFAULT;
	return mi_call(M3IPC_IOC_RECEIVE, (struct mi_args){ .peer = src,
							    .timeout = ms,
							    .out = m });
}

int mnx_receive(int src, message *m)
{
	return receive(src, m, TIMEOUT_FOREVER);
}

int mnx_receive_T(int src, message *m, long ms)
{
	return receive(src, m, ms);
}

static inline int sendrec(int dst, message *m, long ms)
{
	if (mi_unlikely(!m))
		return EMOLFAULT;
	return mi_call(M3IPC_IOC_SENDREC, (struct mi_args){ .peer = dst,
							    .timeout = ms,
							    .in = m,
							    .out = m });
}

int mnx_sendrec(int dst, message *m)
{
	return sendrec(dst, m, TIMEOUT_FOREVER);
}

int mnx_sendrec_T(int dst, message *m, long ms)
{
	return sendrec(dst, m, ms);
}

static inline int rcvrqst(message *m, long ms)
{
	if (mi_unlikely(!m))
		return EMOLFAULT;
	return mi_call(M3IPC_IOC_RCVRQST, (struct mi_args){ .peer = ANY,
							    .timeout = ms,
							    .out = m });
}

int mnx_rcvrqst(message *m)
{
	return rcvrqst(m, TIMEOUT_FOREVER);
}

int mnx_rcvrqst_T(message *m, long ms)
{
	return rcvrqst(m, ms);
}

int mnx_reply(int dst, const message *m)
{
	if (mi_unlikely(!m))
		return EMOLFAULT;
	return mi_call(M3IPC_IOC_REPLY,
		       (struct mi_args){ .peer = dst, .in = m });
}

int mnx_reply_T(int dst, const message *m, long ms)
{
	(void)ms;
	return mnx_reply(dst, m);
}

static inline int reply_rcvrqst(int dst, message *m, int *reply_rc, long ms)
{
	int reply = MI_NO_REPLY;
	int rc;

	if (mi_unlikely(!m))
		rc = EMOLFAULT;
	else
		rc = mi_call(M3IPC_IOC_REPLY_RCVRQST,
			     (struct mi_args){ .peer = dst,
					       .timeout = ms,
					       .in = m,
					       .out = m,
					       .reply_rc = &reply });

	/* What kept the call from being made kept the reply from it too. */
	if (mi_unlikely(reply == MI_NO_REPLY))
		reply = dst == NONE ? OK : rc;
	if (reply_rc)
		*reply_rc = reply;
	return rc;
}

int mnx_reply_rcvrqst(int dst, message *m, int *reply_rc)
{
	return reply_rcvrqst(dst, m, reply_rc, TIMEOUT_FOREVER);
}

int mnx_reply_rcvrqst_T(int dst, message *m, int *reply_rc, long ms)
{
	return reply_rcvrqst(dst, m, reply_rc, ms);
}

int mnx_relay(int dst, const message *m)
{
	if (mi_unlikely(!m))
		return EMOLFAULT;
	return mi_call(M3IPC_IOC_RELAY,
		       (struct mi_args){ .peer = dst, .in = m });
}

int mnx_ntfy_value(int src_nr, int dst, int value)
{
	return mi_call(M3IPC_IOC_NOTIFY, (struct mi_args){ .peer = dst,
							   .src_nr = src_nr,
							   .value = value });
}

int mnx_src_notify(int src_nr, int dst)
{
	return mnx_ntfy_value(src_nr, dst, 0);
}

int mnx_notify(int dst)
{
	return mnx_ntfy_value(SELF, dst, 0);
}
