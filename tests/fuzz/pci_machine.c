/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/fuzz/pci_machine.h"

#include <errno.h>
#include <linux/pci_regs.h>

#include "base/util.h"
#include "tests/fuzz/check.h"

/* --- the machine's part ------------------------------------------------- */

/* Half the doorbells are refused, so kicks go both ways. */
static int bell_add(void *arg, const struct doorbell *bell)
{
	struct machine *m = arg;

	if (bell->addr & 4)
		return -ENOSPC;
	m->bells++;
	return 0;
}

static void bell_remove(void *arg, const struct doorbell *bell)
{
	struct machine *m = arg;

	check(!(bell->addr & 4));
	m->bells--;
}

static int message_add(void *arg, int fd)
{
	struct machine *m = arg;

	check(fd >= 0);
	return m->messages++;
}

static void message_remove(void *arg, int handle, int fd)
{
	(void)arg;
	(void)handle;
	check(fd >= 0);
}

static int message_route(void *arg, int handle, uint64_t addr, uint32_t data)
{
	struct machine *m = arg;

	(void)data;
	check(handle < m->messages);
	return addr >> 20 == 0xfee ? 0 : -EINVAL;
}

/* A caller who is the device, too, does not wait for it, for even no time at
 * all is a sleep.  The program is linked so that this is called instead. */
static bool impatient;

int __real_pthread_cond_timedwait(pthread_cond_t *cond, pthread_mutex_t *mutex,
				  const struct timespec *deadline);
int __wrap_pthread_cond_timedwait(pthread_cond_t *cond, pthread_mutex_t *mutex,
				  const struct timespec *deadline);

int __wrap_pthread_cond_timedwait(pthread_cond_t *cond, pthread_mutex_t *mutex,
				  const struct timespec *deadline)
{
	if (impatient)
		return ETIMEDOUT;
	return __real_pthread_cond_timedwait(cond, mutex, deadline);
}

/* --- the device's ------------------------------------------------------- */

static struct machine *machine_of(struct virtio_device *dev)
{
	return (struct machine *)(void *)((char *)dev -
					  offsetof(struct machine, echo.dev));
}

static void lend(struct virtio_device *dev, unsigned index)
{
	struct machine *m = machine_of(dev);

	check(!(m->lent & BIT(index)));
	check(dev->queue[index].vq.ops);
	m->lent |= BIT(index);
}

static void recall(struct virtio_device *dev, unsigned index)
{
	struct machine *m = machine_of(dev);

	check(m->lent & BIT(index) && !(m->recalled & BIT(index)));
	m->recalled |= BIT(index);
}

void machine_serve(struct machine *m, unsigned i)
{
	struct virtio_device *dev = &m->echo.dev;
	struct virtq *vq = &dev->queue[i].vq;

	if (!(m->lent & BIT(i)))
		return;
	vq_mute(vq);
	m->echo.worker.ops->serve(dev, i);
	vq_arm(vq);
	if (vq->broken)
		virtio_broken(dev, i);
}

void machine_give_back(struct machine *m, unsigned i)
{
	if (!(m->recalled & BIT(i)))
		return;
	m->lent &= ~BIT(i);
	m->recalled &= ~BIT(i);
	virtio_queue_stopped(&m->echo.dev, i);
}

void machine_settle(struct machine *m)
{
	for (unsigned i = 0; i < ECHO_QUEUES; i++) {
		machine_give_back(m, i);
		machine_serve(m, i);
		machine_give_back(m, i);
	}
}

/* --- what must hold ----------------------------------------------------- */

static void check_queue(const struct machine *m, unsigned i)
{
	const struct virtio_pci *vp = &m->vp;
	const struct virtio_pci_queue *q = &vp->queue[i];
	bool lent = m->lent >> i & 1, recalled = m->recalled >> i & 1;
	uint8_t dead = VIRTIO_CONFIG_S_FAILED | VIRTIO_CONFIG_S_NEEDS_RESET;

	check(q->place == (recalled ? QUEUE_RECALLED :
			   lent	    ? QUEUE_LENT :
				      QUEUE_HELD));
	check(!lent || q->enabled);
	check(!q->enabled || m->echo.queue[i].vq.ops);
	if (!lent || recalled)
		return;
	check(vp->function.config[PCI_COMMAND] & PCI_COMMAND_MASTER);
	check(!(vp->status & dead) && !vp->resetting && !q->resetting);
	check(vp->legacy || vp->status & VIRTIO_CONFIG_S_DRIVER_OK);
}

/* A vector is live or it is not, and then has the message in its entry. */
static void check_vector(const struct pci_msix *msix, unsigned i)
{
	const uint8_t *config = msix->function->config;
	uint16_t control = get_le16(config + msix->capability + PCI_MSIX_FLAGS);
	const struct msix_vector *v = &msix->vector[i];
	bool enabled = control & PCI_MSIX_FLAGS_ENABLE;

	check(msix->enabled == enabled);
	check(v->live ==
	      (enabled && !(control & PCI_MSIX_FLAGS_MASKALL) &&
	       config[PCI_COMMAND] & PCI_COMMAND_MASTER && !v->masked));
	check(!v->pending || (enabled && !v->live));
	check(!v->live || (v->routed && v->routed_addr == v->addr &&
			   v->routed_data == v->data));
}

void machine_check(struct machine *m)
{
	struct virtio_pci *vp = &m->vp;

	for (unsigned i = 0; i < ECHO_QUEUES; i++)
		check_queue(m, i);
	for (unsigned i = 0; i < vp->msix.n_vectors; i++)
		check_vector(&vp->msix, i);
	/* Finished or not, a reset leaves nothing half done. */
	check(!vp->resetting || m->lent);
	check(vp->status || vp->legacy || !m->lent);
	check(m->line.level ==
	      (vp->isr && !vp->intx_disabled && !pci_msix_enabled(&vp->msix)));
	check(m->bells >= 0 && m->bells <= 2 * ECHO_QUEUES);
}

/* --- the whole ---------------------------------------------------------- */

static void init_host(struct machine *m)
{
	static const struct doorbell_ops bells = { bell_add, bell_remove };
	static const struct msi_ops messages = { message_add, message_remove,
						 message_route };

	m->host = (struct pci_host){
		.pci = &m->pci,
		.port = &m->port,
		.mmio = &m->mmio,
		.port_window = { MACHINE_PORT, 0x10000 },
		.mmio_window = { MACHINE_MMIO, 0xd0000000 },
		.doorbells = &bells,
		.doorbells_arg = m,
		.msi = &messages,
		.msi_arg = m,
	};
}

/* The thread is made once: it sleeps while it isn't wanted. */
static void init_device(struct machine *m, bool threaded)
{
	static const struct virtio_ops *threads;
	static struct virtio_ops callers;
	struct echo *echo = &m->echo;

	if (!threads) {
		echo_init(echo);
		threads = echo->dev.ops;
		callers = *threads;
		callers.queue_start = lend;
		callers.queue_stop = recall;
	}
	m->threaded = threaded;
	impatient = !threaded;
	m->lent = m->recalled = 0;
	echo->dev.ops = threaded ? threads : &callers;
	for (uint8_t i = 0; i < ECHO_CONFIG; i++)
		echo->config[i] = i;
	/* Relaxed: the thread has no queue. */
	__atomic_store_n(&echo->fail, false, __ATOMIC_RELAXED);
	memset(echo->queue, 0, sizeof(echo->queue));
}

void machine_build(struct machine *m, bool threaded,
		   const struct virtio_pci_options *options)
{
	static uint8_t ram[MACHINE_RAM] __attribute__((aligned(4096)));

	memset(ram, 0, sizeof(ram));
	m->ram = ram;
	m->mem = (struct mem){ .region = { { 0, MACHINE_RAM, ram } },
			       .n_regions = 1,
			       .size = MACHINE_RAM };
	m->messages = m->bells = 0;
	bus_init(&m->port, "port");
	bus_init(&m->mmio, "mmio");
	check(!bus_reserve(&m->mmio, &m->ram_range, 0, MACHINE_RAM, "RAM"));
	check(!bus_reserve(&m->mmio, &m->apic_range, 0xfec00000, 0x1400000,
			   "APIC"));
	check(!pci_bus_init(&m->pci, &m->port, &m->mmio, MACHINE_ECAM));
	check(!irq_line_init(&m->line));
	init_host(m);
	init_device(m, threaded);
	check(!virtio_pci_init(&m->vp, &m->echo.dev, &m->host, MACHINE_DEVFN,
			       &m->mem, &m->line, 11, options));
}

void machine_take_apart(struct machine *m)
{
	if (!m->threaded)
		check(!m->lent);
	virtio_pci_free(&m->vp);
	check(!m->bells);
	irq_line_free(&m->line);
	pci_bus_free(&m->pci, &m->port, &m->mmio);
	bus_free(&m->port);
	bus_free(&m->mmio);
}

uint64_t machine_bar(struct machine *m, unsigned i)
{
	uint64_t base;

	pthread_mutex_lock(&m->vp.function.lock);
	base = m->vp.bars.bar[i].range.base;
	pthread_mutex_unlock(&m->vp.function.lock);
	return base;
}
