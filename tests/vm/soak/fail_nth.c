// SPDX-License-Identifier: GPL-2.0
/*
 * fail_nth - load a module, and have one of the allocations of this task fail.
 *
 * usage: fail_nth FILE NTH [PARAMETERS]
 *
 * Prints the error of the system call, 0 if it loads, and how many allocations were
 * still to come before the one that was to fail: 0 if that one failed.  What counts
 * is what the settings of /sys/kernel/debug/fail* let through.  The program itself
 * has all its memory before, so that no allocation of its own is counted.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	int file, nth, failed = 0;
	char left[32];
	ssize_t len;

	if (argc < 3)
		errx(2, "usage: fail_nth FILE NTH [PARAMETERS]");
	file = open(argv[1], O_RDONLY | O_CLOEXEC);
	nth = open("/proc/self/fail-nth", O_RDWR | O_CLOEXEC);
	if (file < 0 || nth < 0)
		err(1, "open");
	memset(left, 0, sizeof(left));
	if (mlockall(MCL_CURRENT | MCL_FUTURE))
		err(1, "mlockall");
	if (pwrite(nth, argv[2], strlen(argv[2]), 0) < 0)
		err(1, "fail-nth");
	if (syscall(SYS_finit_module, file, argc > 3 ? argv[3] : "", 0))
		failed = errno;
	len = pread(nth, left, sizeof(left) - 1, 0);
	if (len < 0 || pwrite(nth, "0", 1, 0) < 0)
		err(1, "fail-nth");
	printf("%d %s", failed, left);
	return 0;
}
