/* SPDX-License-Identifier: BSD-2-Clause */
#ifdef HAVE_LIBNBD
#include "devices/disk/nbd_lib.h"

#include <dlfcn.h>
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "base/util.h"

static const struct {
	const char *name;
	size_t offset;
} functions[] = {
#define ROW(name) { "nbd_" #name, offsetof(struct nbd_lib, name) },
	NBD_FUNCTIONS(ROW)
#undef ROW
};

int nbd_lib_load(struct nbd_lib *lib)
{
	void *so = dlopen("libnbd.so.0", RTLD_NOW | RTLD_LOCAL);

	if (!so)
		return -ENOENT;
	for (size_t i = 0; i < ARRAY_SIZE(functions); i++) {
		void *function = dlsym(so, functions[i].name);

		if (!function)
			return -ENOENT;
		memcpy((char *)lib + functions[i].offset, &function,
		       sizeof(function));
	}
	return 0;
}
#endif
