/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TCPLIFE_ADOPT_H
#define TCPLIFE_ADOPT_H

void tcplife_adopt_all(void);
void tcplife_adopt_again(void);

#endif
