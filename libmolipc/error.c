// SPDX-License-Identifier: LGPL-2.1-or-later
#define _GNU_SOURCE
#include <stddef.h>
#include <string.h>

#include <molipc/molipc.h>

struct text {
	int code;
	const char *text;
};

#define TEXT(name, sentence)              \
	{                                 \
		name, #name ": " sentence \
	}

static const struct text texts[] = {
	TEXT(OK, "no error"),
	TEXT(EMOLPERM, "not permitted without CAP_SYS_ADMIN over the node, "
		       "or rights over the process"),
	TEXT(EMOLNOENT, "no such file, or the driver is not loaded"),
	TEXT(EMOLINTR, "interrupted by a signal"),
	TEXT(EMOLAGAIN, "it would have to wait"),
	TEXT(EMOLNOMEM, "out of memory"),
	{ -EACCES, "EACCES: no permission to open the device" },
	TEXT(EMOLFAULT, "bad address"),
	TEXT(EMOLBUSY, "busy: bound already, or another call is under way"),
	TEXT(EMOLEXIST, "a VM of that name exists already"),
	TEXT(EMOLNODEV, "no such device"),
	TEXT(EMOLINVAL, "an argument cannot be, or a reserved member is not 0"),
	TEXT(EMOLNOTTY, "the driver does not know this call"),
	TEXT(EMOLRANGE, "a number is out of its range"),
	TEXT(EMOLNAMETOOLONG, "the file name is too long"),
	TEXT(EMOLNOSYS, "not implemented by this version"),
	TEXT(EMOLNOTCONN, "the node is not connected"),
	TEXT(EMOLTIMEDOUT, "the time to wait has passed"),
	TEXT(EMOLBADMSG, "a bad command from another node"),
	TEXT(EMOLSTALE, "the message page is that of an earlier binding"),
	TEXT(EMOLERRCODE, "the limit of the numbers of IPC errors"),
	TEXT(EMOLBADNODEID, "no such node number, or that of this node"),
	TEXT(EMOLBADVMID, "no such VM number"),
	TEXT(EMOLVMNOTRUN, "the VM is not running on this node"),
	TEXT(EMOLBADPROC, "no such process slot"),
	TEXT(EMOLBADPID, "no such process"),
	TEXT(EMOLENDPOINT, "not an endpoint that this call can take"),
	TEXT(EMOLNOPROXY, "the node has no proxy"),
	TEXT(EMOLRMTPROC, "the process is on another node"),
	TEXT(EMOLLCLPROC, "the process is on this node"),
	TEXT(EMOLNOTBIND, "not bound to an endpoint"),
	TEXT(EMOLPROXYRUN, "the proxy is running"),
	TEXT(EMOLNODEBUSY, "the node is in use"),
	TEXT(EMOLNONODE, "there is no such node"),
	TEXT(EMOLDRVSBUSY, "the node is initialised already"),
	TEXT(EMOLDRVSINIT, "the node is not initialised"),
	TEXT(EMOLNOVMNODE, "the node is not one of the VM's"),
	TEXT(EMOLPROCRUN, "the process is running"),
	TEXT(EMOLVMRUN, "the VM is running"),
	TEXT(EMOLPROCSTS, "the process is in another state"),
	TEXT(EMOLNODEFREE, "the node is free"),
	TEXT(EMOLVMNODE, "the node is one of the VM's already"),
	TEXT(EMOLBADPROXY, "no such proxy"),
	TEXT(EMOLONCOPY, "the process takes part in a copy"),
	TEXT(EMOLENQUEUED, "it is queued already"),
	TEXT(EMOLOVERRUN, "more than there may be, or than is kept"),
	TEXT(EMOLBADOWNER, "the slot is another node's, or nobody's"),
	TEXT(EMOLMIGRATE, "the process is migrating"),
	TEXT(EMOLPROXYFREE, "the proxy is free"),
	TEXT(EMOLGRPLEADER, "the main thread is not bound in this VM"),
	TEXT(EMOLPRIVILEGES, "only system slots may do this"),
	TEXT(EMOLBINDTYPE, "the process is bound in another way"),
	TEXT(EMOLSLOTUSED, "another process has the slot"),
	TEXT(EMOLNAMESIZE, "the name is too long"),
	TEXT(EMOLREPLPROC, "the process is a replica"),
	TEXT(EMOLPRIMARY, "it is the primary"),
	TEXT(EMOLNOREPLICA, "there is no replica"),
	TEXT(EMOLLOCKED, "deadlock: all of a cycle would wait for ever"),
	TEXT(EMOLBADCALL, "no such call"),
	TEXT(EMOLBADSRCDST, "bad source or destination"),
	TEXT(EMOLCALLDENIED, "the privileges forbid this request or peer"),
	TEXT(EMOLDEADSRCDST, "the source or the destination is dead"),
	TEXT(EMOLNOTREADY, "the destination does not wait for the caller"),
	TEXT(EMOLBADREQUEST, "bad request"),
	TEXT(EMOLSRCDIED, "the source is not bound here, or died"),
	TEXT(EMOLDSTDIED, "the destination is not bound here, or died"),
	TEXT(EMOLTRAPDENIED, "the privileges forbid this primitive"),
	TEXT(EMOLDONTREPLY, "no reply is to be sent"),
};

const char *mnx_strerror(int code)
{
	const char *text = NULL;
	size_t i;

	code = MNX_ERR(code);
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (texts[i].code == code)
			return texts[i].text;

	/* Any other error of open() or mmap() */
	if (code < 0 && code > EMOLERRCODE)
		text = strerrordesc_np(-code);
	return text ? text : "unknown error";
}
