/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * virtio_pci.c - the PCI function: identity, capabilities, and what the
 * command register and the PCI_CFG window do (VIRTIO 1.2, sections 4.1.2 and
 * 4.1.4)
 */
#include "devices/virtio/virtio_pci.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/pci_regs.h>
#include <linux/virtio_pci.h>
#include <linux/virtio_ring.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>

#include "base/util.h"
#include "devices/virtio/virtio_pci_parts.h"

#define PATIENCE_NS (5 * NSEC_PER_SEC)

/* A vector for each queue, and one for changes of the configuration. */
static unsigned count_vectors(const struct virtio_device *dev)
{
	return MIN(dev->n_queues + 1, PCI_MSIX_VECTORS_MAX);
}

/* 4.1.2.3; 0: legacy drivers know no such device. */
static uint16_t legacy_id(const struct virtio_device *dev)
{
	static const uint16_t ids[] = {
		[1] = 0x1000, [2] = 0x1001, [3] = 0x1003, [4] = 0x1005,
		[5] = 0x1002, [8] = 0x1004, [9] = 0x1009,
	};

	return dev->type < ARRAY_SIZE(ids) ? ids[dev->type] : 0;
}

/* 4.1.2.1, and for those who know legacy devices only, 4.1.2.3. */
static struct pci_identity identity(const struct virtio_device *dev,
				    bool transitional)
{
	struct pci_identity id = {
		.vendor = 0x1af4,
		.device = 0x1040 + dev->type,
		.class_code = dev->class_code,
		.revision = 1,
		.subsystem_vendor = 0x1af4,
		.subsystem = 0x40 + dev->type,
	};

	if (transitional) {
		id.device = legacy_id(dev);
		id.revision = 0;
		id.subsystem = dev->type;
	}
	return id;
}

/* A capability of @len bytes, the structure's place in BAR 4: 4.1.4. */
static unsigned add_capability(struct virtio_pci *vp, uint8_t type,
			       unsigned len, uint32_t offset, uint32_t length)
{
	struct pci_function *f = &vp->function;
	unsigned at = pci_add_capability(f, PCI_CAP_ID_VNDR, len);

	f->config[at + VIRTIO_PCI_CAP_LEN] = (uint8_t)len;
	f->config[at + VIRTIO_PCI_CAP_CFG_TYPE] = type;
	f->config[at + VIRTIO_PCI_CAP_BAR] = VIRTIO_PCI_BAR;
	pci_put32(f, at + VIRTIO_PCI_CAP_OFFSET, offset);
	pci_put32(f, at + VIRTIO_PCI_CAP_LENGTH, length);
	return at;
}

static void add_window(struct virtio_pci *vp)
{
	uint8_t *writable = vp->function.writable;
	unsigned at = add_capability(vp, VIRTIO_PCI_CAP_PCI_CFG,
				     sizeof(struct virtio_pci_cfg_cap), 0, 0);

	vp->window = at;
	writable[at + VIRTIO_PCI_CAP_BAR] = 0xff;
	memset(writable + at + VIRTIO_PCI_CAP_OFFSET, 0xff,
	       sizeof(struct virtio_pci_cfg_cap) - VIRTIO_PCI_CAP_OFFSET);
}

static void add_capabilities(struct virtio_pci *vp)
{
	unsigned len = sizeof(struct virtio_pci_cap), at;

	add_capability(vp, VIRTIO_PCI_CAP_COMMON_CFG, len, VIRTIO_PCI_COMMON,
		       VIRTIO_PCI_COMMON_SIZE);
	at = add_capability(vp, VIRTIO_PCI_CAP_NOTIFY_CFG,
			    sizeof(struct virtio_pci_notify_cap),
			    VIRTIO_PCI_NOTIFY,
			    vp->dev->n_queues * VIRTIO_PCI_NOTIFY_MULTIPLIER);
	pci_put32(&vp->function, at + VIRTIO_PCI_NOTIFY_CAP_MULT,
		  VIRTIO_PCI_NOTIFY_MULTIPLIER);
	add_capability(vp, VIRTIO_PCI_CAP_ISR_CFG, len, VIRTIO_PCI_ISR_STATUS,
		       1);
	if (vp->dev->config_len)
		add_capability(vp, VIRTIO_PCI_CAP_DEVICE_CFG, len,
			       VIRTIO_PCI_DEVICE, vp->dev->config_len);
	add_window(vp);
}

static bool overlaps(unsigned offset, unsigned size, unsigned at, unsigned len)
{
	return offset < at + len && at < offset + size;
}

static bool in_window(const struct virtio_pci *vp, unsigned offset,
		      unsigned size)
{
	return overlaps(offset, size,
			vp->window + sizeof(struct virtio_pci_cap), 4);
}

/* Through the window, the access it describes: 4.1.4.9.  One that is no
 * proper access to a BAR reads as all ones. */
static void window_read(struct virtio_pci *vp)
{
	const uint8_t *cap = vp->function.config + vp->window;
	uint32_t value = UINT32_MAX;

	pci_bar_read(&vp->bars, cap[VIRTIO_PCI_CAP_BAR],
		     get_le32(cap + VIRTIO_PCI_CAP_OFFSET),
		     get_le32(cap + VIRTIO_PCI_CAP_LENGTH), &value);
	pci_put32(&vp->function, vp->window + sizeof(struct virtio_pci_cap),
		  value);
}

static void window_write(struct virtio_pci *vp)
{
	const uint8_t *cap = vp->function.config + vp->window;

	pci_bar_write(&vp->bars, cap[VIRTIO_PCI_CAP_BAR],
		      get_le32(cap + VIRTIO_PCI_CAP_OFFSET),
		      get_le32(cap + VIRTIO_PCI_CAP_LENGTH),
		      get_le32(cap + sizeof(struct virtio_pci_cap)));
}

/* Interrupt Status says what the pin would, were it not disabled. */
static void update_pci_status(struct virtio_pci *vp)
{
	uint8_t *status = &vp->function.config[PCI_STATUS];

	/* Relaxed: a snapshot. */
	if (__atomic_load_n(&vp->isr, __ATOMIC_RELAXED) &&
	    !pci_msix_enabled(&vp->msix))
		*status |= PCI_STATUS_INTERRUPT;
	else
		*status &= (uint8_t)~PCI_STATUS_INTERRUPT;
}

static void header_reading(void *arg, unsigned offset, unsigned size)
{
	struct virtio_pci *vp = arg;

	if (overlaps(offset, size, PCI_STATUS, 2))
		update_pci_status(vp);
	if (in_window(vp, offset, size))
		window_read(vp);
}

/* Whatever was written: bring all that depends on the header in line. */
static void header_written(void *arg, unsigned offset, unsigned size)
{
	struct virtio_pci *vp = arg;
	uint16_t command;

	if (in_window(vp, offset, size)) {
		window_write(vp);
		return;
	}
	command = get_le16(vp->function.config + PCI_COMMAND);
	pci_bars_update(&vp->bars);
	pci_msix_update(&vp->msix);
	virtio_pci_disable_intx(vp, command & PCI_COMMAND_INTX_DISABLE);
	virtio_pci_settle(vp);
	virtio_pci_wait(vp, vp->patience_ns);
}

static void fill_header(struct virtio_pci *vp, uint8_t gsi, bool transitional)
{
	static const struct pci_function_ops ops = { header_reading,
						     header_written };
	struct pci_identity id = identity(vp->dev, transitional);
	struct pci_function *f = &vp->function;

	pci_function_init(f, &id);
	f->ops = &ops;
	f->arg = vp;
	f->writable[PCI_COMMAND + 1] = PCI_COMMAND_INTX_DISABLE >> 8;
	f->config[PCI_INTERRUPT_LINE] = gsi;
	f->writable[PCI_INTERRUPT_LINE] = 0xff;
	f->config[PCI_INTERRUPT_PIN] = 1;
}

static void init_queues(struct virtio_pci *vp)
{
	for (unsigned i = 0; i < vp->dev->n_queues; i++) {
		vp->dev->queue[i].doorbell = -1;
		vp->queue[i].vp = vp;
		vp->queue[i].index = i;
	}
}

static int open_doorbell(struct virtio_pci *vp, unsigned i)
{
	struct virtio_device *dev = vp->dev;
	int fd = -1;

	if (dev->ops->queue_doorbell)
		fd = dev->ops->queue_doorbell(dev, i);
	if (fd >= 0)
		fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	else
		fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	dev->queue[i].doorbell = fd;
	return fd < 0 ? -errno : 0;
}

static void add_doorbell(struct virtio_pci *vp, unsigned i)
{
	struct virtio_pci_queue *q = &vp->queue[i];

	q->bell = (struct pci_doorbell){
		.bell = { .addr = VIRTIO_PCI_NOTIFY +
				  i * VIRTIO_PCI_NOTIFY_MULTIPLIER,
			  .fd = vp->dev->queue[i].doorbell },
		.bar = VIRTIO_PCI_BAR,
	};
	pci_bar_add_doorbell(&vp->bars, &q->bell);
}

static uint64_t ring_features(const struct virtio_pci_options *options)
{
	uint64_t features = BIT64(VIRTIO_F_VERSION_1) |
			    BIT64(VIRTIO_F_RING_RESET) |
			    BIT64(VIRTIO_RING_F_INDIRECT_DESC) |
			    BIT64(VIRTIO_RING_F_EVENT_IDX);

	if (options->packed)
		features |= BIT64(VIRTIO_F_RING_PACKED);
	if (options->in_order)
		features |= BIT64(VIRTIO_F_IN_ORDER);
	return features;
}

static void init_sync(struct virtio_pci *vp)
{
	pthread_condattr_t attr;

	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&vp->settled, &attr);
	pthread_condattr_destroy(&attr);
	pthread_mutex_init(&vp->intx_lock, NULL);
}

/* BARs and all that is in them. */
static int add_bars(struct virtio_pci *vp, bool transitional)
{
	int err = pci_msix_init(&vp->msix, &vp->bars, VIRTIO_PCI_BAR_MSIX,
				count_vectors(vp->dev));

	if (!err)
		err = pci_bar_add(&vp->bars, VIRTIO_PCI_BAR, PCI_BAR_MEM64,
				  VIRTIO_PCI_BAR_SIZE, &virtio_pci_bar_ops, vp,
				  vp->dev->name);
	for (unsigned i = 0; i < vp->dev->n_queues && !err; i++)
		add_doorbell(vp, i);
	if (!err && transitional)
		err = virtio_pci_legacy_init(vp);
	return err;
}

/* All that may fail; what is half done is undone by tear_down(). */
static int build(struct virtio_pci *vp, uint8_t devfn, bool transitional)
{
	int err = 0;

	for (unsigned i = 0; i < vp->dev->n_queues && !err; i++)
		err = open_doorbell(vp, i);
	if (!err)
		err = add_bars(vp, transitional);
	if (err)
		return err;
	add_capabilities(vp);
	virtio_pci_defaults(vp);
	/* As a firmware leaves it: working. */
	vp->function.config[PCI_COMMAND] |= PCI_COMMAND_MASTER;
	pci_bars_update(&vp->bars);
	return pci_add(vp->host->pci, devfn, &vp->function);
}

static void tear_down(struct virtio_pci *vp)
{
	pci_remove(vp->host->pci, &vp->function);
	pci_bars_free(&vp->bars);
	pci_msix_free(&vp->msix);
	for (unsigned i = 0; i < vp->dev->n_queues; i++)
		close_fd(&vp->dev->queue[i].doorbell);
	free(vp->queue);
	pthread_mutex_destroy(&vp->intx_lock);
	pthread_cond_destroy(&vp->settled);
	pci_function_free(&vp->function);
}

int virtio_pci_init(struct virtio_pci *vp, struct virtio_device *dev,
		    struct pci_host *host, uint8_t devfn, const struct mem *mem,
		    struct irq_line *intx, uint8_t gsi,
		    const struct virtio_pci_options *options)
{
	bool transitional = options->transitional && legacy_id(dev);
	int err;

	*vp = (struct virtio_pci){
		.dev = dev,
		.mem = mem,
		.host = host,
		.offered = dev->features | ring_features(options),
		.patience_ns = PATIENCE_NS,
		.intx = intx,
		.queue = calloc(dev->n_queues, sizeof(*vp->queue)),
	};
	if (!vp->queue)
		return log_fail(-ENOMEM, "%s: %s: free some memory", dev->name,
				strerror(ENOMEM));
	dev->transport = &virtio_pci_transport;
	dev->transport_arg = vp;
	init_sync(vp);
	init_queues(vp);
	fill_header(vp, gsi, transitional);
	pci_bars_init(&vp->bars, &vp->function, host);
	err = build(vp, devfn, transitional);
	if (err) {
		log_err("%s: no place on the PCI bus: %s: %s", dev->name,
			strerror(-err),
			err == -EMFILE ? "raise `ulimit -n`" :
					 "use fewer devices");
		tear_down(vp);
	}
	return err;
}

void virtio_pci_free(struct virtio_pci *vp)
{
	pthread_mutex_lock(&vp->function.lock);
	vp->closing = true;
	virtio_pci_settle(vp);
	virtio_pci_wait(vp, UINT64_MAX);
	pthread_mutex_unlock(&vp->function.lock);
	tear_down(vp);
}
