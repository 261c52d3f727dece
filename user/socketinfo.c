/* SPDX-License-Identifier: GPL-2.0-only */
#include <linux/tcp.h>
#include <string.h>

#include "report.h"
#include "socketinfo.h"

void socket_info_from(struct socket_info *info, const void *data, size_t length)
{
	struct tcp_info tcp = {};

	memcpy(&tcp, data, min_of(length, sizeof(tcp)));
	*info = (struct socket_info){ .known = true };
#define X(name, field, factor) info->name = (__u64)tcp.field * (factor);
	SOCKET_INFO(X)
#undef X
}

void socket_info_json(FILE *out, const struct socket_info *info)
{
	const char *comma = "";

	if (!info->known) {
		fputs("null", out);
		return;
	}
	fputc('{', out);
#define X(name, field, factor) \
	fprintf(out, "%s\"" #name "\":%llu", comma, info->name); \
	comma = ",";
	SOCKET_INFO(X)
#undef X
	fputc('}', out);
}

void socket_info_csv_heading(FILE *out)
{
#define X(name, field, factor) fputs(",tcp_info_" #name, out);
	SOCKET_INFO(X)
#undef X
}

void socket_info_csv(FILE *out, const struct socket_info *info)
{
#define X(name, field, factor) \
	fputc(',', out); \
	if (info->known) \
		fprintf(out, "%llu", info->name);
	SOCKET_INFO(X)
#undef X
}

void socket_info_print(FILE *out, const struct socket_info *info)
{
	char resent[COUNT_TEXT], late[COUNT_TEXT], twice[COUNT_TEXT], queued[COUNT_TEXT];

	if (!info->known)
		return;
	count_text(resent, 5, info->total_retrans);
	count_text(late, 5, info->reord_seen);
	count_text(twice, 5, info->dsack_dups);
	count_text(queued, 5, info->rcv_ooopack);
	fprintf(out, "    rtt %.2f ms cwnd %llu resent %s reord %s dsack %s ooo %s pmtu %llu\n",
		(double)info->rtt_ns / 1e6, info->cwnd, resent, late, twice, queued, info->pmtu);
}
