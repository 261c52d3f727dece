/* SPDX-License-Identifier: GPL-2.0-only */
/* What the host itself counts: its network namespace's protocols, and an interface's drops. */
#ifndef PLOSS_NETSTAT_H
#define PLOSS_NETSTAT_H

#include <linux/types.h>

/* X(protocol as /proc/net/snmp and netstat name it, counter) */
#define NETSTAT(X) \
	X(Tcp, RetransSegs) \
	X(TcpExt, TCPSynRetrans) \
	X(TcpExt, TCPRetransFail) /* included in RetransSegs */ \
	X(TcpExt, TCPOFOQueue) \
	X(TcpExt, TCPDSACKRecv) \
	X(TcpExt, TCPDSACKOfoRecv) \
	X(TcpExt, PAWSEstab) \
	X(IcmpMsg, InType3) /* destination unreachable; "fragmentation needed" is one of these */ \
	X(Icmp6, InPktTooBigs)

struct netstat {
#define X(protocol, name) __u64 name;
	NETSTAT(X)
#undef X
};

/* 0 where the kernel has no such counter; -errno where there are none at all. */
int netstat_read(struct netstat *netstat);

/* What an interface dropped. In the order in which a packet would meet them. X(name) */
#define DROPS(X) \
	X(rx_missed)  /* the card had no room */ \
	X(rx_errors)  /* checksums, lengths, ... of frames */ \
	X(rx_dropped) /* the driver or the stack had no room */ \
	X(qdisc_dropped) \
	X(tx_dropped) \
	X(tx_errors)

struct drops {
#define X(name) __u64 name;
	DROPS(X)
#undef X
};

/* By rtnetlink; -errno. */
int drops_read(struct drops *drops, unsigned int ifindex);

#endif
