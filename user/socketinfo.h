/* SPDX-License-Identifier: GPL-2.0-only */
/* The kernel's own view of a local socket (TCP_INFO), as sock_diag gave it when it was last asked. */
#ifndef PLOSS_SOCKETINFO_H
#define PLOSS_SOCKETINFO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <linux/types.h>

/* X(name here, field of struct tcp_info, factor) */
#define SOCKET_INFO(X) \
	X(rtt_ns, tcpi_rtt, 1000) \
	X(rttvar_ns, tcpi_rttvar, 1000) \
	X(min_rtt_ns, tcpi_min_rtt, 1000) \
	X(rto_ns, tcpi_rto, 1000) \
	X(cwnd, tcpi_snd_cwnd, 1) \
	X(ssthresh, tcpi_snd_ssthresh, 1) \
	X(mss, tcpi_snd_mss, 1) \
	X(pmtu, tcpi_pmtu, 1) \
	X(unacked, tcpi_unacked, 1) \
	X(lost, tcpi_lost, 1) \
	X(retrans, tcpi_retrans, 1) \
	X(total_retrans, tcpi_total_retrans, 1) \
	X(bytes_retrans, tcpi_bytes_retrans, 1) \
	X(reordering, tcpi_reordering, 1) \
	X(reord_seen, tcpi_reord_seen, 1) \
	X(dsack_dups, tcpi_dsack_dups, 1) \
	X(rcv_ooopack, tcpi_rcv_ooopack, 1) \
	X(data_segs_out, tcpi_data_segs_out, 1) \
	X(data_segs_in, tcpi_data_segs_in, 1)

struct socket_info {
	bool known; /* else the rest is 0 */
#define X(name, field, factor) __u64 name;
	SOCKET_INFO(X)
#undef X
};

/* From struct tcp_info of a kernel of any age: what it does not have is 0. */
void socket_info_from(struct socket_info *info, const void *data, size_t length);

/* The value of "tcp_info": an object, or null. */
void socket_info_json(FILE *out, const struct socket_info *info);

/* ",tcp_info_rtt_ns ..." and the values, empty where it is not known. */
void socket_info_csv_heading(FILE *out);
void socket_info_csv(FILE *out, const struct socket_info *info);

/* A line below the connection's own, in 80 columns. */
void socket_info_print(FILE *out, const struct socket_info *info);

#endif
