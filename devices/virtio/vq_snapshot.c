/* SPDX-License-Identifier: BSD-2-Clause */
#include "devices/virtio/vq_snapshot.h"

#include "devices/virtio/vq_ring.h"

enum {
	/* Descriptors shown. */
	DUMPED = 8,
};

/* Relaxed: see vq.h. */
static uint16_t get(const uint16_t *position)
{
	return __atomic_load_n(position, __ATOMIC_RELAXED);
}

void vq_look(const struct virtq *vq, struct vq_snapshot *snapshot)
{
	*snapshot = (struct vq_snapshot){ .running = vq->ops };
	if (!vq->ops)
		return;
	snapshot->packed = vq->ops == &vq_packed;
	snapshot->event_idx = vq->event_idx;
	snapshot->armed = __atomic_load_n(&vq->armed, __ATOMIC_RELAXED);
	snapshot->broken = __atomic_load_n(&vq->broken, __ATOMIC_RELAXED);
	snapshot->size = vq->size;
	snapshot->modulus = vq->modulus;
	snapshot->avail = get(&vq->avail);
	snapshot->seen = get(&vq->seen);
	snapshot->used = get(&vq->used);
	snapshot->told = get(&vq->told);
	snapshot->stock = get(&vq->stock);
	snapshot->lent = vq->ops->offered(vq, snapshot->avail);
	snapshot->unseen = vq->ops->offered(vq, snapshot->seen);
	snapshot->asks = vq->ops->asks(vq, snapshot->seen);
	snapshot->wish = vq->ops->event(vq, &snapshot->wish_at);
	snapshot->driver = (uint64_t)snapshot->wish << 48 |
			   (uint64_t)snapshot->wish_at << 32 |
			   vq_after(vq, snapshot->avail, snapshot->lent);
	snapshot->buffers = count_get(&vq->stats.used);
	snapshot->kicks = count_get(&vq->stats.kicks);
}

uint16_t vq_snapshot_behind(const struct vq_snapshot *snapshot)
{
	uint32_t lap =
		snapshot->used >= snapshot->wish_at ? 0 : snapshot->modulus;
	uint32_t ahead = lap + snapshot->used - snapshot->wish_at;

	return snapshot->wish == VQ_EVENT_AT && ahead <= snapshot->size ?
		       (uint16_t)ahead :
		       0;
}

static const char *wish_name(enum vq_event wish)
{
	switch (wish) {
	case VQ_EVENT_ALWAYS:
		return "always";
	case VQ_EVENT_NEVER:
		return "never";
	default:
		return "at";
	}
}

/* The descriptor in ring slot @slot: flags are the last word of a packed
 * one, the last but one of a split one. */
static void dump_descriptor(const struct virtq *vq, size_t slot,
			    const char *prefix, FILE *out)
{
	bool packed = vq->ops == &vq_packed;
	uint8_t d[VIRTQ_DESC_SIZE];
	unsigned flags;

	vq_copy(d, (const uint8_t *)vq->desc + slot * VIRTQ_DESC_SIZE);
	flags = get_le16(d + (packed ? 14 : 12));
	fprintf(out, "%s  desc %zu: 0x%llx +%u %s%s%s%s%s%s %u\n", prefix, slot,
		(unsigned long long)get_le64(d), get_le32(d + 8),
		flags & VIRTQ_DESC_F_WRITE ? "write" : "read",
		flags & VIRTQ_DESC_F_NEXT ? " next" : "",
		flags & VIRTQ_DESC_F_INDIRECT ? " indirect" : "",
		packed && flags & 1 << 7 ? " AVAIL" : "",
		packed && flags & 1 << 15 ? " USED" : "",
		packed ? ", id" : ", next", get_le16(d + (packed ? 12 : 14)));
}

/* Those before the next to be popped: of a split ring the heads the driver
 * put into its ring, of a packed one the slots. */
static void dump_descriptors(const struct virtq *vq, uint16_t avail,
			     const char *prefix, FILE *out)
{
	uint32_t n = MIN(vq->size, (uint32_t)DUMPED);

	for (uint32_t i = n; i > 0; i--) {
		uint16_t pos = vq_after(vq, avail, vq->modulus - i);

		dump_descriptor(vq, vq->ops->slot(vq, pos), prefix, out);
	}
}

void vq_dump(const struct virtq *vq, const char *prefix, FILE *out)
{
	struct vq_snapshot s;

	vq_look(vq, &s);
	if (!s.running) {
		fprintf(out, "%snot set up\n", prefix);
		return;
	}
	fprintf(out, "%s%s, %u slots%s%s%s\n", prefix,
		s.packed ? "packed" : "split", s.size,
		s.event_idx ? ", EVENT_IDX" : "", s.broken ? ", broken: " : "",
		s.broken ? s.broken : "");
	fprintf(out, "%sdevice: next %u, seen %u, used %u; %s%s\n", prefix,
		s.avail, s.seen, s.used,
		s.asks ? "asks for a kick" : "asks for no kick",
		s.armed ? ", waits" : "");
	fprintf(out, "%sdriver: %u lent, %u unseen; interrupt %s", prefix,
		s.lent, s.unseen, wish_name(s.wish));
	if (s.wish == VQ_EVENT_AT)
		fprintf(out, " %u", s.wish_at);
	fprintf(out, ", last sent at %u\n", s.told);
	dump_descriptors(vq, s.avail, prefix, out);
}
