// SPDX-License-Identifier: GPL-2.0
/*
 * A program that does nothing, at an address of its own: a plugin of QEMU's sees it run,
 * so the guest can say when.  exit(0), without a library.
 */
__asm__(".globl _start\n"
	"_start:\n"
	"	mov $60, %eax\n"
	"	xor %edi, %edi\n"
	"	syscall\n");
