/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is no error of a configuration, but will not do what is wanted: that the
 * address of this node is one of its loopback.  Debian's /etc/hosts has the
 * name of the host so.
 */
#ifndef COMMON_CONFIG_WARN_H
#define COMMON_CONFIG_WARN_H

#include <stdbool.h>

struct config;

#define CONFIG_WARNING 320

/* Puts a warning into text, without a newline; false if there is none. */
bool config_warn(const struct config *config, char text[CONFIG_WARNING]);

#endif /* COMMON_CONFIG_WARN_H */
