/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <molipc/molipc.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
	message m = { .m_type = 1, .m_u.m_m6.m6ca1 = "hello" };
	int server = mnx_bind(0, 40); /* slot 40 of VM 0 */
	int rc = 1;

	if (mnx_bind_failed(server))
		return puts(mnx_strerror(server)), 1;
	if (fork() == 0) { /* the client: ask, print the answer */
		mnx_bind(0, 41);
		rc = mnx_sendrec(server, &m);
		return puts(rc ? mnx_strerror(rc) : m.m6_ca1), rc != OK;
	}
	mnx_rcvrqst(&m); /* the server: take a request, answer it */
	m.m6_ca1[0] = 'H';
	mnx_reply(m.m_source, &m);
	return wait(&rc) < 0 || rc != 0;
}
