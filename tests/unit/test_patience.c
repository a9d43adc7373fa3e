// SPDX-License-Identifier: GPL-2.0
/* How long the kernel waits for a handshake's last ACK. */
#include "unit.h"
#include "tracker.h"

/* 1 + 2 + 4 ... seconds, 120 at most; any number that an old kernel takes is bounded. */
static void test_patience(void **state)
{
	(void)state;
	assert_int_equal(tcplife_tracker_patience(0), 1000000);
	assert_int_equal(tcplife_tracker_patience(5), 63000000);
	assert_int_equal(tcplife_tracker_patience(8), 367000000);
	assert_int_equal(tcplife_tracker_patience(~0U),
			 tcplife_tracker_patience(255));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_patience),
	};

	return cmocka_run_group_tests_name("patience", tests, NULL, NULL);
}
