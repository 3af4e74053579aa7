/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <molipc/molipc.h>
#include <molipc/sys.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
	message m = { .m_type = 1, .m_u.m_m6.m6ca1 = "hello" };
	int rc = mnx_bind(0, 40); /* the server: slot 40 of VM 0, and a name */

	if (!mnx_bind_failed(rc))
		rc = sys_publish("hello");
	if (rc)
		return puts(mnx_strerror(rc)), 1;
	if (fork() == 0) { /* the client: find it, ask, print the answer */
		mnx_bind(0, 41);
		rc = sys_lookup("hello", 5000); /* waits for so many ms */
		if (!mnx_bind_failed(rc))
			rc = mnx_sendrec(rc, &m);
		return puts(rc ? mnx_strerror(rc) : m.m6_ca1), rc != OK;
	}
	mnx_rcvrqst(&m); /* take a request, answer it */
	m.m6_ca1[0] = 'H';
	mnx_reply(m.m_source, &m);
	return wait(&rc) < 0 || rc != 0;
}
