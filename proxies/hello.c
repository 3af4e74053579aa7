// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <string.h>

#include "hello.h"

void hello_fill(struct wire_hello *hello, const struct settings *set,
		const struct settings_node *peer, uint64_t start)
{
	*hello = (struct wire_hello){
		.start = start,
		.max_copybuf = set->max_copybuf,
		.maxbytes = set->maxbytes,
		.port = set->local.port,
		.listens = peer->port,
	};
	strcpy(hello->cluster, set->cluster);
	for (char *c = hello->cluster; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = '?';
}

void hello_compare(const struct wire_hello *here,
		   const struct wire_hello *there, char why[WHY_REASON])
{
	*why = '\0';
	if (strcmp(here->cluster, there->cluster) != 0)
		snprintf(why, WHY_REASON,
			 "it is of cluster \"%s\", this node of \"%s\"",
			 there->cluster, here->cluster);
	else if (here->max_copybuf != there->max_copybuf)
		snprintf(why, WHY_REASON,
			 "its max_copybuf is %d, that of this node %d",
			 there->max_copybuf, here->max_copybuf);
	else if (here->maxbytes != there->maxbytes)
		snprintf(why, WHY_REASON,
			 "its maxbytes is %d, that of this node %d",
			 there->maxbytes, here->maxbytes);
}

void hello_port_out(const struct wire_hello *here,
		    const struct wire_hello *there, char why[WHY_REASON])
{
	*why = '\0';
	if (here->port != there->listens)
		snprintf(why, WHY_REASON,
			 "it listens for this node at port %d, not at %d",
			 there->listens, here->port);
}

void hello_port_in(const struct wire_hello *here,
		   const struct wire_hello *there, char why[WHY_REASON])
{
	*why = '\0';
	if (here->listens != there->port)
		snprintf(why, WHY_REASON,
			 "it connects to port %d, but this node listens for "
			 "it at port %d",
			 there->port, here->listens);
}
