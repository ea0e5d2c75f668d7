/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * io.h - ports and memory-mapped registers, from CPL 3
 */
#ifndef GUEST_LIB_IO_H
#define GUEST_LIB_IO_H

#include <stdint.h>

#define IO_ACCESSORS(type, suffix)                                             \
	static inline type in##suffix(uint16_t port)                           \
	{                                                                      \
		type v;                                                        \
                                                                               \
		__asm__ volatile("in %1, %0" : "=a"(v) : "Nd"(port));          \
		return v;                                                      \
	}                                                                      \
	static inline void out##suffix(uint16_t port, type v)                  \
	{                                                                      \
		__asm__ volatile("out %0, %1" : : "a"(v), "Nd"(port));         \
	}                                                                      \
	static inline void ins##suffix(uint16_t port, void *to, uint64_t n)    \
	{                                                                      \
		__asm__ volatile("rep ins" #suffix                             \
				 : "+D"(to), "+c"(n)                           \
				 : "d"(port)                                   \
				 : "memory");                                  \
	}                                                                      \
	static inline void outs##suffix(uint16_t port, const void *from,       \
					uint64_t n)                            \
	{                                                                      \
		__asm__ volatile("rep outs" #suffix                            \
				 : "+S"(from), "+c"(n)                         \
				 : "d"(port)                                   \
				 : "memory");                                  \
	}

IO_ACCESSORS(uint8_t, b)
IO_ACCESSORS(uint16_t, w)
IO_ACCESSORS(uint32_t, l)

/* A plain mov, which every hypervisor can emulate. */
#define MMIO_ACCESSORS(type, bits, reg)                                        \
	static inline type mmio_read##bits(uint64_t addr)                      \
	{                                                                      \
		type v;                                                        \
                                                                               \
		__asm__ volatile("mov (%1), %" reg "0"                         \
				 : "=r"(v)                                     \
				 : "r"(addr)                                   \
				 : "memory");                                  \
		return v;                                                      \
	}                                                                      \
	static inline void mmio_write##bits(uint64_t addr, type v)             \
	{                                                                      \
		__asm__ volatile("mov %" reg "0, (%1)"                         \
				 :                                             \
				 : "r"(v), "r"(addr)                           \
				 : "memory");                                  \
	}

MMIO_ACCESSORS(uint8_t, 8, "b")
MMIO_ACCESSORS(uint16_t, 16, "w")
MMIO_ACCESSORS(uint32_t, 32, "k")
MMIO_ACCESSORS(uint64_t, 64, "q")

#endif
