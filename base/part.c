/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/part.h"

const void *part_if_true(const void *config, unsigned i)
{
	return i == 0 && *(const bool *)config ? config : NULL;
}

const void *part_if_port(const void *config, unsigned i)
{
	return i == 0 && *(const unsigned *)config ? config : NULL;
}
