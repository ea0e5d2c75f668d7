/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/count.h"

void count_show_flat(const struct count_table *table, const void *object,
		     const struct count_view *view)
{
	for (unsigned i = 0; i < table->n; i++) {
		const struct count_spec *spec = &table->spec[i];
		const uint64_t *counter =
			(const void *)((const char *)object + spec->offset);
		unsigned n = spec->kind == COUNT_HISTOGRAM ? COUNT_BUCKETS : 1;
		uint64_t value[COUNT_BUCKETS];

		for (unsigned j = 0; j < n; j++)
			value[j] = count_get(&counter[j]);
		view->counter(view->arg, spec, value);
	}
}

void count_show(const struct count_table *table, const void *object,
		const struct count_view *view)
{
	view->begin(view->arg, table->name);
	count_show_flat(table, object, view);
	view->end(view->arg);
}
