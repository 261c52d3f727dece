/* SPDX-License-Identifier: GPL-2.0-only */
/* The contract between kernel and user space: what the maps hold. Sizes are fixed by assertions.
 *
 * A tap sees two directions, an index everywhere: IN enters through the interface, OUT leaves. The
 * "local" end of a connection is the one whose packets go OUT through the tap, the "remote" one's
 * come IN; so a key needs no sorting, and a packet that a router sends back through the interface it
 * came from belongs to two connections, one for each pass.
 *
 * A connection's state has two tiers. struct flow is what a packet of a clean connection needs: one
 * struct half a direction of travel. struct trouble is added by the first anomaly.
 *
 * Who writes what: half[d] and side[d] are written only by packets that travel in direction d, also
 * what they acknowledge of the other direction's data. The other direction's packets read them without
 * a lock. Worst results of these races stand at the reads, in track.h.
 */
#ifndef PLOSS_PLOSS_H
#define PLOSS_PLOSS_H

#include "compiler.h"
#include "counters.h"

enum direction { IN, OUT, DIRECTIONS };

/* Why a packet was not followed; also the names in health lines. X(name) */
#define REFUSALS(X) \
	X(not_tcp)         /* not IP, or not TCP */ \
	X(fragment)        /* IPv4 or IPv6 fragment, the first one too */ \
	X(truncated)       /* ends before its headers do */ \
	X(malformed)       /* header lengths that contradict each other */ \
	X(extension_limit) /* more IPv6 extension headers than are followed */

enum refusal {
	REFUSED_NOT,
#define X(name) REFUSED_##name,
	REFUSALS(X)
#undef X
		REFUSAL_END
};

struct flow_key4 {
	__u32 ifindex;
	__be32 local;
	__be32 remote;
	__be16 local_port;
	__be16 remote_port;
};

struct flow_key6 {
	__u32 ifindex;
	__be32 local[4];
	__be32 remote[4];
	__be16 local_port;
	__be16 remote_port;
};

/* How far a direction's IPv4 IDs can be trusted (RFC 6864 promises nothing; senders differ). */
enum id_mode {
	ID_UNKNOWN, /* not enough seen */
	ID_SEQ,     /* one for each packet of the connection: gaps count packets */
	ID_MONO,    /* grows, with gaps of other connections: tells order only */
	ID_NONE,    /* constant or random */
};

enum half_flag {
	HALF_SEEDED = 1,      /* next and base hold */
	HALF_ACKED = 2,       /* ack holds */
	HALF_SYN = 4,         /* the SYN was seen: base is its ISN */
	HALF_WSCALE = 8,      /* wscale holds (0 where the option was absent) */
	HALF_TIMESTAMPS = 16, /* tsval holds */
	HALF_LOCAL = 32,      /* sent by this host: nothing is lost before the tap */
	HALF_FIN = 64,
	HALF_ID = 128,         /* id_next holds */
	HALF_PROBE = 256,      /* the newest byte is a window probe's: it will be sent again */
	HALF_WATCH = 512,      /* an episode is open or the window shut: no packet is plain */
	HALF_ID_SHARED = 1024, /* the sender's other connections take IDs from the same counter */
	HALF_REFUSED = 2048,   /* data of its SYN was refused (RFC 7413 4.2.1): it comes again */
	HALF_ID_OWN = 4096,    /* its SYN-ACK had the ID 0: it counts for each connection */
	HALF_LAST = 8192,      /* its FIN answered the other end's */
};

/* What one end sent: 128 bytes, the first 64 for deciding, the others for counting. */
struct half {
	__u32 next;         /* highest end of a segment */
	__u32 base;         /* first sequence number that is followed */
	__u32 ack;          /* highest acknowledgement carried */
	__u32 tsval;        /* newest TSval of a segment that advanced next or carried nothing */
	__u32 ts_recent;    /* TS.Recent of the other end, as RFC 7323 5.3 has it keep it */
	__u32 rtt_end;      /* the sample under way ends when this is acknowledged */
	__u64 rtt_start_ns; /* 0: none, or spoilt by a retransmission (Karn) */
	__u32 last;         /* last packet, in units of 2^20 ns */
	__u16 window;       /* unscaled, of the newest acknowledgement */
	__u16 id_next;      /* expected IPv4 ID */
	__u16 flags;        /* enum half_flag */
	__u8 wscale;
	__u8 id_mode;    /* enum id_mode */
	__u16 mss;       /* largest payload of a segment */
	__u16 id_gaps;   /* IDs skipped before promotion */
	__u32 rtt_tsval; /* of the segment whose acknowledgement ends the sample */
#define X(type, name) type name;
	COUNTERS_FEW(X)
	__u8 id_run; /* IDs in sequence, up to promotion */
	__u8 id_odd; /* IDs that no counter gives, up to promotion */
	COUNTERS_BASE(X)
#undef X
	__u64 rtt_sum_ns; /* round trips of the other direction's data, as these packets ended them */
	__u32 rtt_samples;
	__u32 rtt_min_ns; /* 0: no sample; saturates at 4.29 s */
	__u32 rtt_max_us;
	__u32 rtt_last_us;
};

enum flow_state {
	FLOW_PICKED_UP, /* first seen in mid-stream */
	FLOW_HANDSHAKE,
	FLOW_ESTABLISHED,
	FLOW_CLOSING, /* a FIN went by */
	FLOW_CLOSED,  /* both FINs acknowledged, or a reset */
};

struct flow {
	struct half half[DIRECTIONS];
	__u64 id;      /* key of the trouble entry; creation time in ns << 8, CPU in the low byte */
	__u8 state;    /* enum flow_state */
	__u8 opener;   /* direction of the first SYN */
	__u8 troubled; /* 1: a trouble entry exists; 2: it was refused */
	__u8 event_slot; /* see event.h */
	__u16 events;
	__u16 sack_acks : 13; /* a run of SACKs, see sack_run.h: how many the side has not been told of, */
	__u16 sack_dir : 1;    /* enum direction, */
	__u16 sack_blocks : 2; /* in each; 0: no run, */
	__u32 tsval_from
		[DIRECTIONS]; /* where half.tsval began: half.next before its first packet */
	__u32 sack_end;       /* of the first block of the newest, */
	__u32 sack_others;    /* digest of all else that they say */
};

#define HOLES 32
#define FILLS 8
#define REPEATS 12
#define SACKED 12
#define REPORTED 2
#define ID_WINDOW_WORDS 8 /* 512 IDs */

/* A range below the highest sequence number that never passed the tap, with the send-order clocks of
 * its opener, the first segment above it.
 */
struct hole {
	__u32 start, end;
	__u32 tsval;
	__u32 opened_us;
	__u32 opened_at; /* data_segments of the direction, modulo 2^32, when it opened */
	__u16 id;
	__u16 unit; /* bytes that a missing segment is taken to have had */
	__u8 flags; /* enum hole_flag */
	__u8 ticks; /* from the TSval of what is below it to tsval, 255 and more */
	__u16 echo; /* low bits of the other end's newest TSval when it opened */
};

enum hole_flag {
	HOLE_BURST = 1,   /* its loss burst is counted */
	HOLE_COARSE = 2,  /* merged from several: tsval and id are the newest opener's */
	HOLE_INEXACT = 4, /* some of its bytes have passed the tap */
};

#define HOLE_RESTED 8      /* the other end had sent nothing for longer than a tick */
#define HOLE_HEARD_SHIFT 4 /* above these: low bits of the other end's packets when it opened */
#define HOLE_HEARD_MASK 15
#define HOLE_TICKS_MAX 255

/* A range that passed the tap out of the ordinary: what its repeat or its DSACK will be held against. */
struct mark {
	__u32 start, end;
	__u32 tsval;
	union {
		__u32 when_us;      /* repeat */
		__u32 opener_tsval; /* fill: of the hole, */
	};
	union {
		__u16 id;    /* fill: of its opener too */
		__u16 ticks; /* repeat: from tsval to the newest of a run */
	};
	__u8 kind;  /* enum mark_kind; 0: free */
	__u8 flags; /* enum mark_flag */
};

#define MARK_TICKS_MAX 0xffff

enum mark_kind {
	MARK_NONE,
	MARK_RETRANSMITTED, /* fill: by a retransmission; repeat: seen, not yet acknowledged */
	MARK_REORDERED,
	MARK_AMBIGUOUS,
	MARK_SPURIOUS, /* repeat: known at the tap to be unneeded */
	MARK_DUPLICATED,
	MARK_LATE,
};

enum mark_flag {
	MARK_FAST = 1,    /* repeat: sent because later data had arrived */
	MARK_STAMPED = 2, /* repeat: tsval and ticks hold, not id */
};

struct range {
	__u32 start, end; /* equal: free */
};

/* What later proofs took back of a repeat: of the mark that has this time. */
struct proof {
	__u32 when_us;
	__u32 bytes : 31;
	__u32 echoed : 1; /* its first segment, by an echo */
};

enum side_flag {
	SIDE_SACK_LOST = 1,  /* a SACKed range found no room: no conclusions below fack */
	SIDE_SACK_SEEN = 2,  /* fack holds */
	SIDE_ID = 4,         /* id_window and id_top hold */
	SIDE_MARKS_LOST = 8, /* a mark of data that is not acknowledged yet was overwritten */
	SIDE_TAIL = 16,      /* a lost tail is being repaired, */
	SIDE_TAIL_FAST = 32, /* without a timeout */
	SIDE_COARSE = 64,    /* holes were merged: too many to be followed apart */
};

/* The troubled tier of one direction of travel. */
struct side {
	struct hole holes[HOLES];         /* sorted by sequence number; the first hole_count hold */
	struct mark fills[FILLS];         /* ring: what filled the holes */
	struct mark repeats[REPEATS];     /* ring: what came again */
	struct range sacked[SACKED];      /* of the other direction's data, above ack; unsorted */
	struct range reported[REPORTED];  /* second and third SACK block, as last put on it */
	struct proof proofs[REPEATS];     /* against the other side's repeats */
	__u64 id_window[ID_WINDOW_WORDS]; /* bit n of word 0: ID id_top - n was seen; and so on */
	__u16 id_top;
	__u8 hole_count;
	__u8 fill_at;
	__u8 repeat_at;
	__u8 flags;          /* enum side_flag */
	__u8 sacked_free;    /* a free entry of sacked, SACKED if there is none */
	__u8 id_unexplained; /* gaps in the IDs with no data missing, and nothing to acknowledge */
	__u32 id_explained;  /* gaps of the size of the hole that they left */
	__u32 id_top_at;     /* segments (modulo 2^32) when the window was brought up to date */
	__u32 coarse_tsval;  /* oldest opener of the coarse hole */
	__u16 coarse_id;
	__u16 id_known;      /* IDs of id_window that mean something, id_top the first of them */
	__u32 head_since_us; /* when the lowest hole became what delivery waits for */
	__u32 tick_tsval;    /* first point of the estimate of the timestamp clock's tick */
	__u32 tick_ns;       /* 0: not known yet */
	__u32 repair_echo; /* the other end's clock when the first of the newest repairs passed, */
	__u64 tick_since_ns; /* 0: no first point */
	__u32 recover;       /* next when a retransmission timeout struck; see data.h */
	__u32 repeat_end;    /* highest end of what came again */
	__u32 lost_end;      /* SIDE_MARKS_LOST: until this is acknowledged */
	__u32 burst_end;     /* end of the newest retransmission of seen bytes */
	__u32 burst_length;  /* segments of the run it belongs to */
	__u32 dupack_run;
	__u32 tail_missing;  /* skipped IDs that no hole explains; see tail.h */
	__u32 tail_since_us; /* when the packet before the first of them came */
	__u32 fack;          /* highest byte of the other direction's data ever SACKed */
	__u32 doubt_start;   /* new data that repaired a lost tail, likely: */
	__u32 doubt_end;     /* the originals may come yet */
	__u32 repair_tsval;  /* newest of what came again; 0: none */
	__u32 repair_before; /* and the newest of those before them; 0: none */
	__u16 repair_ticks;  /* the soonest repair came no more after the original; 0: none */
	__u16 tick_last; /* with HALF_WATCH: when new data last passed, low bits in units of half.last */
	__u64 zero_since_ns; /* 0: the window is open */
	struct own_counters own;
	struct about_counters about;
	struct gauges gauges;
};

struct trouble {
	struct side side[DIRECTIONS];
};

/* A connection of which only SYNs were seen. Key: struct flow_key6, IPv4 mapped (RFC 4291 2.5.5.2). */
struct embryo {
	struct half half[DIRECTIONS];
	__u64 created_ns;
	__u64 last_ns[DIRECTIONS]; /* of the newest SYN */
	__u8 opener;               /* direction of the SYN without ACK */
	__u8 refused;              /* the flow table had no room when it was established */
	__u16 last_id[DIRECTIONS];
	__u8 synacked[DIRECTIONS]; /* it sent a SYN-ACK */
	struct embryo_counts {
		__u16 seen, spurious; /* retransmitted SYNs */
		__u16 proven;         /* of the seen, unneeded: the answer was to the first */
		__u16 duplicated;
		__u16 bytes; /* retransmitted with them (RFC 7413) */
	} counts[DIRECTIONS];
};

#define MAX_INTERFACES 32
#define MAX_PORTS 16
#define MAX_PREFIXES 16

/* What a CPU counted on one interface. Slot 0 is for interfaces that nobody named (plain tc). */
struct health {
	__u64 refused[REFUSAL_END];
	__u64 untracked_segments; /* of connections that have no entry: the flow table was full */
	__u64 untracked_flows;    /* times an entry was refused */
	__u64 untroubled_flows;   /* times a trouble entry was refused */
	__u64 hole_overflows;
	__u64 events_lost;       /* nobody fetched them in time */
	__u64 events_suppressed; /* the connection had too many */
};

/* Skipped IDs that may still arrive, by the time they were skipped (units of 2^26 ns). */
struct recent {
	__u32 slot[2]; /* slot number modulo 2^32 */
	__u32 missing[2];
};

struct totals {
	struct counters dir[DIRECTIONS];
	struct gauges gauges[2][DIRECTIONS]; /* by the low bit of live.interval */
	__u32 gauges_of[2];                  /* the interval they belong to */
	struct recent recent[DIRECTIONS];
	struct health health;
};

/* Written by user space while the programs run. */
struct live {
	__u32 interval; /* number of the reporting interval */
	__u32 events;   /* someone reads the ring buffer */
};

enum link_type {
	LINK_AUTO, /* Ethernet where the frame says so, else IP */
	LINK_ETHERNET,
	LINK_IP, /* tun, wireguard, ppp: no link header */
};

struct prefix {
	__be32 addr[4]; /* IPv4 mapped */
	__be32 mask[4];
};

/* Of each kind that is asked for, one port must match. */
enum port_end { EITHER_END, LOCAL_END, REMOTE_END };

/* Fixed before the programs are loaded, so that the verifier drops what is not asked for. */
struct config {
	__u32 ifindex[MAX_INTERFACES]; /* 0 ends the list; entry i counts in slot i + 1 */
	__u8 link[MAX_INTERFACES];     /* enum link_type */
	__u8 family;                   /* 0: both, 4 or 6 */
	__u8 ports;
	__u8 peers;
	__be16 port[MAX_PORTS];
	__u8 port_end[MAX_PORTS];         /* enum port_end: whose port[i] is */
	struct prefix peer[MAX_PREFIXES]; /* the remote end's */
};

_Static_assert(sizeof(struct flow_key4) == 16, "the key is hashed: no padding");
_Static_assert(sizeof(struct flow_key6) == 40, "the key is hashed: no padding");
_Static_assert(sizeof(struct half) == 128, "two cache lines");
_Static_assert(sizeof(struct flow) == 288, "384 bytes a clean connection, all-in");
_Static_assert(sizeof(struct hole) == 28, "");
_Static_assert(sizeof(struct mark) == 20, "");
_Static_assert(sizeof(struct trouble) <= 4016, "one page an entry with the hash map's own part");
_Static_assert(sizeof(struct embryo) == 312, "");

#endif
