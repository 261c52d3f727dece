/* SPDX-License-Identifier: GPL-2.0-only */
/* A capture as traffic of a TAP device, which goes away with this program:
 *
 *     replay DEVICE FILE LOCAL
 *
 * Creates the device, prints "ready", and waits for SIGUSR1. Then the frames whose IPv4 source is LOCAL leave
 * through the device and all others come in, one behind the other as fast as they go; what the capture cut
 * off is zeros. Prints how many were played, and stays until it is ended.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "savefile.h"

#define SOURCE_AT 26 /* of an Ethernet frame with IPv4 */

static int failed(const char *what)
{
	fprintf(stderr, "replay: cannot %s: %s\n", what, strerror(errno));
	return 1;
}

static int create(const char *name)
{
	struct ifreq request = { .ifr_flags = IFF_NO_PI | IFF_TAP };
	int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);

	strncpy(request.ifr_name, name, IFNAMSIZ - 1);
	return fd < 0 || ioctl(fd, TUNSETIFF, &request) ? -1 : fd;
}

static int open_packet_socket(const char *name)
{
	struct sockaddr_ll address = { .sll_family = AF_PACKET,
				       .sll_ifindex = (int)if_nametoindex(name) };
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);

	return fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) ? -1 : fd;
}

/* False where the frame did not go. */
static bool play(const struct savefile_frame *frame, const struct in_addr *local, int device,
		 int packets)
{
	static __u8 whole[FRAME_LIMIT];
	bool out = frame->captured >= SOURCE_AT + sizeof(*local) &&
		   !memcmp(frame->data + SOURCE_AT, local, sizeof(*local));

	if (frame->length > sizeof(whole))
		return false;
	memcpy(whole, frame->data, frame->captured);
	memset(whole + frame->captured, 0, frame->length - frame->captured);
	if (!out)
		return write(device, whole, frame->length) == (ssize_t)frame->length;
	if (send(packets, whole, frame->length, 0) != (ssize_t)frame->length)
		return false;
	return read(device, whole, sizeof(whole)) >= 0 || errno == EAGAIN;
}

int main(int argc, char *argv[])
{
	static const volatile bool stop;
	int device, packets, signal_number;
	struct savefile_frame frame;
	unsigned long played = 0;
	struct savefile file;
	struct in_addr local;
	sigset_t signals;

	if (argc != 4 || !inet_aton(argv[3], &local)) {
		fprintf(stderr, "usage: replay DEVICE FILE LOCAL\n");
		return 2;
	}
	if (!savefile_open(&file, stream_open(open(argv[2], O_RDONLY | O_CLOEXEC), &stop)))
		return failed("read the capture");
	sigemptyset(&signals);
	sigaddset(&signals, SIGUSR1);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	device = create(argv[1]);
	if (device < 0)
		return failed("create the device");
	puts("ready");
	fflush(stdout);
	sigwait(&signals, &signal_number);
	packets = open_packet_socket(argv[1]);
	if (packets < 0)
		return failed("open a packet socket");
	while (savefile_next(&file, &frame)) {
		if (!play(&frame, &local, device, packets))
			return failed("play a frame");
		played++;
	}
	savefile_close(&file);
	printf("%lu played\n", played);
	fflush(stdout);
	for (;;)
		pause();
}
