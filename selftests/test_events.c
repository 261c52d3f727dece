/* SPDX-License-Identifier: GPL-2.0-only */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "report_event.h"

/* A retransmission that leaves. */
static struct event some_event(void)
{
	return (struct event){
		.local = { 0, 0, htonl(0xffff), htonl(0x0a000001) },
		.remote = { 0, 0, htonl(0xffff), htonl(0x0a000002) },
		.local_port = htons(40000),
		.remote_port = htons(443),
		.family = 4,
		.dir = OUT,
		.seq = 4000000000U,
		.payload = 1448,
		.segments = 1,
		.verdict = { .seen = 1, .evidence = BY_POSITION, .cause = CAUSE_FAST },
		.tcp_flags = TCP_ACK,
		.state = FLOW_ESTABLISHED,
	};
}

static char *printed(const struct event *event, enum output output, bool sequence)
{
	struct event_report report = { .output = output, .sequence = sequence };
	struct event_line line = { .time = { 1714564800, 7 },
				   .interface = "eth0",
				   .event = *event,
				   .process = { 12, "curl" } };
	char *text = NULL;
	size_t size;

	setenv("TZ", "UTC", 1);
	report.out = open_memstream(&text, &size);
	event_report_begin(&report);
	event_report_line(&report, &line);
	fclose(report.out);
	return text;
}

static void a_packet_is_the_first_kind_that_holds(void **state)
{
	struct event event = some_event();

	assert_int_equal(event_kind(&event), EVENT_retransmission);
	event.verdict.cause = CAUSE_TLP;
	event.verdict.zero_window = 1;
	assert_int_equal(event_kind(&event), EVENT_tail_loss_probe);
	event.tcp_flags = TCP_RST;
	assert_int_equal(event_kind(&event), EVENT_reset);
	event.tcp_flags = TCP_ACK;
	event.verdict = (struct verdict){ .duplicated = 1, .reordered = 1 };
	assert_int_equal(event_kind(&event), EVENT_duplicate);
	event.verdict = (struct verdict){ .late_original = 1 };
	assert_int_equal(event_kind(&event), EVENT_reordering);
	event.verdict = (struct verdict){ .ambiguous = 1 };
	assert_int_equal(event_kind(&event), EVENT_ambiguous);
	event.verdict = (struct verdict){ .zero_window = 1 };
	assert_int_equal(event_kind(&event), EVENT_zero_window);
}

static void what_is_in_order_is_no_event(void **state)
{
	struct work work = {};

	assert_false(event_is(&work));
	work.verdict.evidence = BY_TIMING;
	work.verdict.cause = CAUSE_RTO;
	work.pkt.tcp_flags = TCP_SYN | TCP_FIN;
	assert_false(event_is(&work));
	work.pkt.tcp_flags = TCP_RST;
	assert_true(event_is(&work));
	work.pkt.tcp_flags = TCP_ACK;
	work.verdict.late_original = 1;
	assert_true(event_is(&work));
}

static void a_connection_has_so_many_events_and_no_more_in_a_second(void **state)
{
	const __u64 second = 1ULL << EVENT_SLOT_SHIFT;
	unsigned int admitted = 0;
	struct flow flow = {};

	for (int i = 0; i < 5000; i++)
		admitted += event_admit(&flow, 7 * second + i);
	assert_int_equal(admitted, EVENTS_IN_SLOT);
	assert_true(event_admit(&flow, 8 * second));
}

/* In a handshake there is no flow yet: who opened it is told by the flags. */
static void the_end_that_opens_a_connection_is_told_from_its_packet(void **state)
{
	static const struct {
		enum direction dir;
		__u8 flags;
		enum direction opener;
	} packets[] = {
		{ OUT, TCP_SYN, OUT },          { IN, TCP_SYN, IN },
		{ OUT, TCP_SYN | TCP_ACK, IN }, { IN, TCP_SYN | TCP_ACK, OUT },
		{ IN, TCP_RST | TCP_ACK, OUT }, { OUT, TCP_RST, IN },
	};
	struct work work = { .pkt = { .family = 4,
				      .source = { htonl(1) },
				      .dest = { htonl(2) },
				      .source_port = htons(3),
				      .dest_port = htons(4) } };
	struct event event;

	for (size_t i = 0; i < ARRAY_SIZE(packets); i++) {
		work.pkt.dir = packets[i].dir;
		work.pkt.tcp_flags = packets[i].flags;
		event_fill(&event, &work, NULL, 9);
		assert_int_equal(event.opener, packets[i].opener);
		assert_int_equal(event.state, FLOW_HANDSHAKE);
		assert_int_equal(ntohl(event.local[3]), packets[i].dir == OUT ? 1 : 2);
		assert_int_equal(ntohs(event.remote_port), packets[i].dir == OUT ? 4 : 3);
		assert_int_equal(ntohl(event.local[2]), 0xffff);
	}
}

static void a_line_is_as_tcpretrans_has_it(void **state)
{
	struct event event = some_event();
	char *text = printed(&event, OUTPUT_TABLE, false);

	assert_string_equal(
		text,
		"TIME     PID    COMM     IP LADDR:LPORT        T> RADDR:RPORT        STATE\n"
		"12:00:00 12     curl     4  10.0.0.1:40000     R> 10.0.0.2:443       ESTABLISHED\n");
	free(text);
	event.dir = IN;
	text = printed(&event, OUTPUT_TABLE, true);
	assert_string_equal(
		text,
		"TIME     PID    COMM     IP LADDR:LPORT        T> RADDR:RPORT        STATE"
		"       SEQ        LEN\n"
		"12:00:00 12     curl     4  10.0.0.1:40000     R< 10.0.0.2:443       ESTABLISHED"
		" 4000000000 1448\n");
	free(text);
}

static void json_and_csv_say_what_decided(void **state)
{
	struct event event = some_event();
	char *text = printed(&event, OUTPUT_JSON, false);

	assert_string_equal(
		text,
		"{\"type\":\"event\",\"time\":\"2024-05-01T12:00:00.000000007Z\",\"interface\":\"eth0\","
		"\"direction\":\"out\",\"kind\":\"retransmission\",\"family\":4,"
		"\"local_address\":\"10.0.0.1\",\"local_port\":40000,\"remote_address\":\"10.0.0.2\","
		"\"remote_port\":443,\"seq\":4000000000,\"length\":1448,\"segments\":1,"
		"\"evidence\":\"position\",\"class\":\"seen\",\"cause\":\"fast\","
		"\"state\":\"ESTABLISHED\",\"pid\":12,\"comm\":\"curl\"}\n");
	free(text);
	event.verdict = (struct verdict){ .zero_window = 1 };
	text = printed(&event, OUTPUT_CSV, false);
	assert_non_null(strstr(text,
			       "\nevent,2024-05-01T12:00:00.000000007Z,eth0,out,zero_window,4,"
			       "10.0.0.1,40000,10.0.0.2,443,4000000000,1448,1,,,,"
			       "ESTABLISHED,12,curl\n"));
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_packet_is_the_first_kind_that_holds),
		cmocka_unit_test(what_is_in_order_is_no_event),
		cmocka_unit_test(a_connection_has_so_many_events_and_no_more_in_a_second),
		cmocka_unit_test(the_end_that_opens_a_connection_is_told_from_its_packet),
		cmocka_unit_test(a_line_is_as_tcpretrans_has_it),
		cmocka_unit_test(json_and_csv_say_what_decided),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
