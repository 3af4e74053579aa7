// SPDX-License-Identifier: GPL-2.0-or-later
#include "priv.h"

priv_usr_t priv_get(int ep)
{
	priv_usr_t priv;

	ASSERT_RC(mnx_getpriv(VMID, ep, &priv), OK);
	return priv;
}

void priv_set(int ep, const priv_usr_t *priv)
{
	ASSERT_RC(mnx_setpriv(VMID, ep, priv), OK);
}

void set_traps(int ep, uint32_t mask)
{
	priv_usr_t priv = priv_get(ep);

	priv.s_trap_mask = mask;
	priv_set(ep, &priv);
}
