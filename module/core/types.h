/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The core's only door to the outside: fixed-width types and memory helpers,
 * from the kernel in the module and from libc in the user-space tests.
 */
#ifndef TCPLIFE_CORE_TYPES_H
#define TCPLIFE_CORE_TYPES_H

#ifdef __KERNEL__
#include <linux/build_bug.h>
#include <linux/errno.h>
#include <linux/string.h>
#include <linux/types.h>
#else
#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
#define likely(x)	__builtin_expect(!!(x), 1)
#define unlikely(x)	__builtin_expect(!!(x), 0)
#endif

#include <linux/tcplife.h>

#endif
