/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Numbers in bytes, little-endian, wherever they lie: at that offset */
#ifndef COMMON_LE_H
#define COMMON_LE_H

#include <endian.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

static inline void le_put16(void *to, size_t at, uint16_t value)
{
	value = htole16(value);
	memcpy((char *)to + at, &value, sizeof(value));
}

static inline void le_put32(void *to, size_t at, uint32_t value)
{
	value = htole32(value);
	memcpy((char *)to + at, &value, sizeof(value));
}

static inline void le_put64(void *to, size_t at, uint64_t value)
{
	value = htole64(value);
	memcpy((char *)to + at, &value, sizeof(value));
}

static inline uint16_t le_get16(const void *from, size_t at)
{
	uint16_t value;

	memcpy(&value, (const char *)from + at, sizeof(value));
	return le16toh(value);
}

static inline uint32_t le_get32(const void *from, size_t at)
{
	uint32_t value;

	memcpy(&value, (const char *)from + at, sizeof(value));
	return le32toh(value);
}

static inline uint64_t le_get64(const void *from, size_t at)
{
	uint64_t value;

	memcpy(&value, (const char *)from + at, sizeof(value));
	return le64toh(value);
}

#endif /* COMMON_LE_H */
