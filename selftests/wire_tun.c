/* SPDX-License-Identifier: GPL-2.0-only */
/* The wire's ends: TUN or TAP devices, and the bytes that come out of them. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <linux/virtio_net.h>
#include <net/if.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "wire.h"

/* Room for what the stack sends while the wire is not running: a packet lost there would be lost
 * without the truth knowing. The device counts it as tx_dropped; the tests look.
 */
#define QUEUE_LENGTH 20000

static int enter_netns(const char *name)
{
	char path[256];
	int fd, err;

	snprintf(path, sizeof(path), "%s%s", strchr(name, '/') ? "" : "/run/netns/", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return fail("cannot open network namespace %s: %s", name, strerror(errno));
	err = setns(fd, CLONE_NEWNET) ?
		      fail("cannot enter network namespace %s: %s", name, strerror(errno)) :
		      0;
	close(fd);
	return err;
}

/* A device that goes away with its file descriptor. */
static int create(struct device *d, const char *name)
{
	struct ifreq request = { .ifr_flags = IFF_NO_PI | (d->tap ? IFF_TAP : IFF_TUN) };
	int s = -1, err = -1;

	if (d->offload)
		request.ifr_flags |= IFF_VNET_HDR;
	strncpy(request.ifr_name, name, IFNAMSIZ - 1);
	d->fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (d->fd < 0 || ioctl(d->fd, TUNSETIFF, &request))
		goto out;
	if (d->offload && ioctl(d->fd, TUNSETOFFLOAD, TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6))
		goto out;
	s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	request.ifr_qlen = QUEUE_LENGTH;
	if (s < 0 || ioctl(s, SIOCSIFTXQLEN, &request))
		goto out;
	err = 0;
out:
	if (err)
		fail("cannot create device %s: %s", name, strerror(errno));
	if (s >= 0)
		close(s);
	return err;
}

int tun_open(struct device *d, const char *netns, const char *name)
{
	int home = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC), err;

	if (home < 0)
		return fail("cannot open the own network namespace: %s", strerror(errno));
	err = netns ? enter_netns(netns) : 0;
	if (!err)
		err = create(d, name);
	if (setns(home, CLONE_NEWNET) && !err)
		err = fail("cannot return to the own network namespace: %s", strerror(errno));
	close(home);
	return err;
}

struct packet *tun_read(const struct device *d)
{
	static uint8_t buffer[sizeof(struct virtio_net_hdr) + 14 + 65536];
	ssize_t size = read(d->fd, buffer, sizeof(buffer));
	struct packet *p;

	if (size <= 0)
		return NULL;
	p = calloc(1, sizeof(*p) + size);
	if (!p) {
		fail("cannot keep a packet: out of memory");
		return NULL;
	}
	memcpy(p->data, buffer, size);
	p->size = size;
	return p;
}

int tun_write(const struct device *d, const struct packet *p)
{
	return write(d->fd, p->data, p->size) == (ssize_t)p->size ? 0 : -1;
}

static uint16_t get16(const uint8_t *at)
{
	return at[0] << 8 | at[1];
}

static uint32_t get32(const uint8_t *at)
{
	return (uint32_t)get16(at) << 16 | get16(at + 2);
}

static void parse_options(struct packet *p, const uint8_t *at, const uint8_t *end)
{
	while (at < end && *at != 0) {
		if (*at == 1) {
			at++;
			continue;
		}
		if (end - at < 2 || at[1] < 2 || at[1] > end - at)
			return;
		if (*at == 8 && at[1] == 10)
			p->tsval = get32(at + 2);
		if (*at == 5)
			p->sack_blocks = (at[1] - 2) / 8;
		at += at[1];
	}
}

static void parse_tcp(struct packet *p, const uint8_t *at, const uint8_t *end)
{
	size_t header;

	if (end - at < 20)
		return;
	header = (at[12] >> 4) * 4;
	if (header < 20 || end - at < (ptrdiff_t)header)
		return;
	p->tcp = true;
	p->source_port = get16(at);
	p->dest_port = get16(at + 2);
	p->seq = get32(at + 4);
	p->ack = get32(at + 8);
	p->flags = at[13] & 63;
	p->payload = end - at - header;
	p->checksum_at = at + 16 - p->data;
	parse_options(p, at + 20, at + header);
}

/* Whole IPv4 and IPv6 packets without fragments or extension headers: what the tests send. */
static void parse_ip(struct packet *p, const uint8_t *at, const uint8_t *end)
{
	if (end - at >= 20 && at[0] >> 4 == 4) {
		size_t header = (at[0] & 15) * 4, total = get16(at + 2);

		if (at[9] != 6 || header < 20 || total < header || total > (size_t)(end - at) ||
		    get16(at + 6) & 0x3fff)
			return;
		p->family = 4;
		p->id = get16(at + 4);
		memcpy(p->source, at + 12, 4);
		memcpy(p->dest, at + 16, 4);
		parse_tcp(p, at + header, at + total);
	} else if (end - at >= 40 && at[0] >> 4 == 6) {
		if (at[6] != 6 || get16(at + 4) > end - at - 40)
			return;
		p->family = 6;
		memcpy(p->source, at + 8, 16);
		memcpy(p->dest, at + 24, 16);
		parse_tcp(p, at + 40, at + 40 + get16(at + 4));
	}
}

void packet_parse(struct packet *p, const struct device *d)
{
	const uint8_t *at = p->data, *end = p->data + p->size;
	struct virtio_net_hdr offload = { 0 };

	if (d->offload) {
		memcpy(&offload, at, sizeof(offload));
		at += sizeof(offload);
	}
	if (d->tap)
		at += 14;
	if (at < end) {
		p->ip_bytes = end - at;
		p->ip_at = at - p->data;
		parse_ip(p, at, end);
	}
	p->segments = 1;
	p->segment_size = p->payload;
	if (p->tcp && offload.gso_type != VIRTIO_NET_HDR_GSO_NONE && offload.gso_size) {
		p->segment_size = offload.gso_size;
		p->segments = (p->payload + offload.gso_size - 1) / offload.gso_size;
	}
}

void packet_corrupt(struct packet *p)
{
	p->data[p->checksum_at] ^= 0x55;
	p->corrupted = true;
}

/* The two bits below the DSCP. IPv4's header has a checksum, which the change is taken out of (RFC 1624). */
void packet_mark(struct packet *p)
{
	uint8_t *ip = p->data + p->ip_at;
	uint16_t old = get16(ip), marked = old | (p->family == 4 ? 0x0003 : 0x0030);
	uint32_t sum;

	if (marked == old || !(old & (p->family == 4 ? 0x0003 : 0x0030)))
		return;
	ip[0] = marked >> 8;
	ip[1] = marked;
	if (p->family != 4)
		return;
	sum = (uint16_t)~get16(ip + 10) + (uint16_t)~old + marked;
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	ip[10] = (uint16_t)~sum >> 8;
	ip[11] = (uint16_t)~sum;
}
