/* SPDX-License-Identifier: GPL-2.0-only */
/* The picture: time from left to right, sequence numbers upwards. What is ordinary is one path a kind, so that
 * a browser copes with many packets; what is not is an element of its own, which says what it is where the
 * mouse rests.
 */
#include <errno.h>
#include <stdint.h>

#include "log.h"
#include "plot.h"
#include "report.h"

#define WIDTH 1200
#define HEIGHT 760
#define LEFT 90
#define RIGHT 20
#define TOP 112
#define BOTTOM 54
#define TICKS 8
#define THIN 1.5  /* height of what has no height of its own, */
#define NOTABLE 6 /* and what must not be overlooked */

struct look {
	const char *colour;
	const char *legend;
	bool apart; /* each an element, with a title */
};

static const struct look looks[PLOT_KINDS] = {
	[PLOT_HOLE] = { "#e41a1c", "missing at the tap", true },
	[PLOT_WINDOW] = { "#b8860b", "receive window", false },
	[PLOT_ACK] = { "#1b9e77", "acknowledged", false },
	[PLOT_SACK] = { "#80b1d3", "SACK", false },
	[PLOT_DSACK] = { "#17becf", "DSACK", true },
	[PLOT_NEW] = { "#222222", "data", false },
	[PLOT_PROBE] = { "#bc80bd", "keep-alive, probe", true },
	[PLOT_REORDERED] = { "#2ca02c", "reordered", true },
	[PLOT_DUPLICATED] = { "#999999", "duplicated", true },
	[PLOT_LATE] = { "#66a61e", "original after its retransmission", true },
	[PLOT_AMBIGUOUS] = { "#a6761d", "ambiguous", true },
	[PLOT_SPURIOUS] = { "#984ea3", "resent needlessly", true },
	[PLOT_SEEN] = { "#ff7f00", "resent, lost after the tap", true },
	[PLOT_UNSEEN] = { "#d7191c", "resent, lost before the tap", true },
	[PLOT_RESET] = { "#e7298a", "reset", true },
};

/* The wheel zooms, dragging moves, a double click goes back. */
static const char script[] =
	"<script><![CDATA[\n"
	"const svg = document.documentElement, all = svg.getAttribute('viewBox').split(' ').map(Number);\n"
	"let view = [...all], held = null;\n"
	"const show = () => svg.setAttribute('viewBox', view.join(' '));\n"
	"const at = e => new DOMPoint(e.clientX, e.clientY).matrixTransform(svg.getScreenCTM().inverse());\n"
	"svg.addEventListener('wheel', e => {\n"
	"	const p = at(e), f = e.deltaY < 0 ? 0.8 : 1.25;\n"
	"	view = [p.x - (p.x - view[0]) * f, p.y - (p.y - view[1]) * f, view[2] * f, view[3] * f];\n"
	"	e.preventDefault();\n"
	"	show();\n"
	"}, { passive: false });\n"
	"svg.addEventListener('mousedown', e => { held = at(e); e.preventDefault(); });\n"
	"svg.addEventListener('mouseup', () => { held = null; });\n"
	"svg.addEventListener('mousemove', e => {\n"
	"	if (!held)\n"
	"		return;\n"
	"	const p = at(e);\n"
	"	view[0] += held.x - p.x;\n"
	"	view[1] += held.y - p.y;\n"
	"	show();\n"
	"});\n"
	"svg.addEventListener('dblclick', () => { view = [...all]; show(); });\n"
	"]]></script>\n";

static const char *const causes[] = {
	[CAUSE_RTO] = ", after a timeout",
	[CAUSE_FAST] = ", fast",
	[CAUSE_TLP] = ", tail loss probe",
};

/* What of time and sequence space is shown, and how much of it a pixel is. */
struct scale {
	__u64 from_ns;
	__s64 low;
	double ns_a_pixel, bytes_a_pixel;
	__s64 high;
};

static double x_of(const struct scale *s, __u64 ns)
{
	return LEFT + (double)(ns - s->from_ns) / s->ns_a_pixel;
}

static double y_of(const struct scale *s, __s64 at)
{
	return HEIGHT - BOTTOM - (double)(at - s->low) / s->bytes_a_pixel;
}

/* The window is drawn where data is: it may lie far above. */
static struct scale scale_of(const struct plot *plot)
{
	struct scale s = { .from_ns = ~0ULL, .low = INT64_MAX, .high = INT64_MIN };
	__u64 to_ns = 0;

	for (size_t i = 0; i < plot->pieces; i++) {
		const struct plot_piece *piece = &plot->piece[i];

		s.from_ns = min_of(s.from_ns, piece->from_ns);
		to_ns = max_of(to_ns, piece->to_ns);
		if (piece->kind == PLOT_WINDOW || piece->kind == PLOT_ACK)
			continue;
		s.low = min_of(s.low, piece->start);
		s.high = max_of(s.high, piece->end);
	}
	if (s.low > s.high)
		s.low = s.high = 0;
	s.ns_a_pixel = max_of((double)(to_ns - s.from_ns), 1000.0) / (WIDTH - LEFT - RIGHT);
	s.bytes_a_pixel = max_of((double)(s.high - s.low) * 1.04, 10.0) / (HEIGHT - TOP - BOTTOM);
	return s;
}

/* 1, 2 or 5 times a power of ten: at most TICKS of it in the span. */
static double tick_of(double span)
{
	static const double steps[] = { 1, 2, 5 };

	for (double power = 1e-9;; power *= 10) {
		for (unsigned int i = 0; i < ARRAY_SIZE(steps); i++) {
			if (span / (steps[i] * power) <= TICKS)
				return steps[i] * power;
		}
	}
}

static void draw_text(FILE *out, double x, double y, const char *anchor, const char *text)
{
	fprintf(out, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">", x, y, anchor);
	for (; *text; text++) {
		if (*text == '<' || *text == '&')
			fprintf(out, "&#%d;", *text);
		else
			fputc(*text, out);
	}
	fputs("</text>\n", out);
}

static void draw_axes(FILE *out, const struct scale *s)
{
	double seconds = (WIDTH - LEFT - RIGHT) * s->ns_a_pixel / 1e9;
	double bytes = (HEIGHT - TOP - BOTTOM) * s->bytes_a_pixel;
	double tick = tick_of(seconds);
	char text[64];

	fputs("<g stroke=\"#ddd\">\n", out);
	for (double at = 0; at <= seconds; at += tick)
		fprintf(out, "<path d=\"M%.1f %dV%d\"/>\n", LEFT + at * 1e9 / s->ns_a_pixel, TOP,
			HEIGHT - BOTTOM);
	for (double at = 0; at <= bytes; at += tick_of(bytes))
		fprintf(out, "<path d=\"M%d %.1fH%d\"/>\n", LEFT,
			HEIGHT - BOTTOM - at / s->bytes_a_pixel, WIDTH - RIGHT);
	fputs("</g>\n<g fill=\"#444\">\n", out);
	for (double at = 0; at <= seconds; at += tick) {
		snprintf(text, sizeof(text), "%.10g", tick < 0.01 ? at * 1000 : at);
		draw_text(out, LEFT + at * 1e9 / s->ns_a_pixel, HEIGHT - BOTTOM + 18, "middle",
			  text);
	}
	draw_text(out, (WIDTH + LEFT - RIGHT) / 2.0, HEIGHT - 12, "middle",
		  tick < 0.01 ? "milliseconds" : "seconds");
	for (double at = 0; at <= bytes; at += tick_of(bytes)) {
		snprintf(text, sizeof(text), "%.0f", at + (double)s->low);
		draw_text(out, LEFT - 8, HEIGHT - BOTTOM - at / s->bytes_a_pixel + 4, "end", text);
	}
	draw_text(out, LEFT - 8, TOP - 10, "end", "bytes");
	fputs("</g>\n", out);
}

/* What is drawn up to line lines already there: ordinary pieces that cover less than a pixel. */
struct pen {
	double x, high;
	bool down;
};

/* A vertical stroke in a path; one that lies within the one before is left out. */
static void stroke(FILE *out, struct pen *pen, double x, double from, double to)
{
	if (from - to < THIN)
		to = from - THIN;
	if (pen->down && x - pen->x < 0.3 && to >= pen->high && from <= pen->high + THIN)
		return;
	fprintf(out, "M%.2f %.2fV%.2f", x, from, to);
	*pen = (struct pen){ x, to, true };
}

/* A line of steps: its value holds until the next one. */
static void draw_steps(FILE *out, const struct plot *plot, const struct scale *s, __u8 kind)
{
	double x = 0, y = 0, last_x = -1, last_y = -1;
	bool drawn = false;

	for (size_t i = 0; i < plot->pieces; i++) {
		const struct plot_piece *piece = &plot->piece[i];

		if (piece->kind != kind)
			continue;
		x = x_of(s, piece->from_ns);
		y = max_of(y_of(s, piece->start), (double)TOP);
		y = min_of(y, (double)(HEIGHT - BOTTOM));
		if (!drawn)
			fprintf(out, "M%.1f %.1f", x, y);
		else if (x - last_x >= 0.2 || y - last_y >= 0.2 || last_y - y >= 0.2)
			fprintf(out, "H%.1fV%.1f", x, y);
		else
			continue;
		drawn = true;
		last_x = x;
		last_y = y;
	}
}

static void draw_path(FILE *out, const struct plot *plot, const struct scale *s, __u8 kind)
{
	struct pen pen = {};

	fprintf(out, "<path fill=\"none\" stroke=\"%s\" d=\"", looks[kind].colour);
	if (kind == PLOT_ACK || kind == PLOT_WINDOW) {
		draw_steps(out, plot, s, kind);
	} else {
		for (size_t i = 0; i < plot->pieces; i++) {
			const struct plot_piece *piece = &plot->piece[i];

			if (piece->kind == kind)
				stroke(out, &pen, x_of(s, piece->from_ns), y_of(s, piece->start),
				       y_of(s, piece->end));
		}
	}
	fputs("\"/>\n", out);
}

static void draw_title(FILE *out, const struct plot_piece *piece, const struct scale *s)
{
	const char *cause = piece->kind >= PLOT_SPURIOUS && piece->cause < ARRAY_SIZE(causes) ?
				    causes[piece->cause] :
				    NULL;

	fprintf(out, "<title>%s%s: bytes %lld to %lld, at %.6f s", looks[piece->kind].legend,
		cause ? cause : "", piece->start, piece->end,
		(double)(piece->from_ns - s->from_ns) / 1e9);
	if (piece->to_ns != piece->from_ns)
		fprintf(out, " for %.6f s", (double)(piece->to_ns - piece->from_ns) / 1e9);
	fputs("</title>", out);
}

static void draw_apart(FILE *out, const struct plot *plot, const struct scale *s, __u8 kind)
{
	if (kind == PLOT_HOLE)
		fprintf(out, "<g fill=\"%s\" fill-opacity=\"0.18\">\n", looks[kind].colour);
	else
		fprintf(out, "<g fill=\"none\" stroke-width=\"3\" stroke=\"%s\">\n",
			looks[kind].colour);
	for (size_t i = 0; i < plot->pieces; i++) {
		const struct plot_piece *piece = &plot->piece[i];
		double x = x_of(s, piece->from_ns), y = y_of(s, piece->end);
		double height = y_of(s, piece->start) - y, more = max_of(NOTABLE - height, 0.0);

		if (piece->kind != kind)
			continue;
		y -= more / 2;
		height += more;
		if (kind == PLOT_HOLE)
			fprintf(out, "<rect x=\"%.2f\" y=\"%.2f\" width=\"%.2f\" height=\"%.2f\">",
				x, y, max_of(x_of(s, piece->to_ns) - x, THIN), height);
		else
			fprintf(out, "<path d=\"M%.2f %.2fv%.2f\">", x, y, height);
		draw_title(out, piece, s);
		fputs(kind == PLOT_HOLE ? "</rect>\n" : "</path>\n", out);
	}
	fputs("</g>\n", out);
}

static void draw_legend(FILE *out, const size_t count[PLOT_KINDS])
{
	double x = LEFT, y = 58;
	char text[96];

	for (unsigned int kind = 0; kind < PLOT_KINDS; kind++) {
		double width;

		if (!count[kind])
			continue;
		if (looks[kind].apart)
			snprintf(text, sizeof(text), "%s (%zu)", looks[kind].legend, count[kind]);
		else
			snprintf(text, sizeof(text), "%s", looks[kind].legend);
		width = 34 + 6.6 * (double)snprintf(NULL, 0, "%s", text);
		if (x + width > WIDTH - RIGHT) {
			x = LEFT;
			y += 18;
		}
		fprintf(out, "<path stroke=\"%s\" stroke-width=\"4\" d=\"M%.1f %.1fh14\"/>\n",
			looks[kind].colour, x, y - 4);
		draw_text(out, x + 20, y, "start", text);
		x += width;
	}
}

/* Whose picture it is, and the counts that make it worth one. */
static void draw_heading(FILE *out, const struct flow_line *line)
{
	char local[ENDPOINT_TEXT], remote[ENDPOINT_TEXT], text[512];
	bool in = line->direction == IN;
	const struct row *row = &line->row;

	endpoint_text(local, line->family, line->key.local, line->key.local_port);
	endpoint_text(remote, line->family, line->key.remote, line->key.remote_port);
	snprintf(text, sizeof(text), "%s to %s, %s through %s", in ? remote : local,
		 in ? local : remote, direction_names[line->direction], line->interface);
	fputs("<g font-size=\"15\" font-weight=\"bold\">\n", out);
	draw_text(out, LEFT, 20, "start", text);
	fputs("</g>\n", out);
	snprintf(
		text, sizeof(text),
		"%llu data segments, %llu resent; lost before the tap %llu, after it %llu; late %llu, "
		"duplicated %llu, ambiguous %llu; round trip to the receiver %.3f ms",
		row->data_segments, row->retransmitted_segments, row->lost_before_segments,
		row->lost_after_segments, row->reordered_segments, row->duplicated_segments,
		row->ambiguous_segments, (double)row->rtt_mean_ns / 1e6);
	draw_text(out, LEFT, 40, "start", text);
}

int plot_draw(const struct plot *plot, FILE *out)
{
	struct scale s = scale_of(plot);
	size_t count[PLOT_KINDS] = {};

	for (size_t i = 0; i < plot->pieces; i++)
		count[plot->piece[i].kind]++;
	fprintf(out,
		"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" "
		"font-family=\"sans-serif\" font-size=\"12\">\n"
		"<style>path { vector-effect: non-scaling-stroke }</style>\n"
		"<rect width=\"%d\" height=\"%d\" fill=\"white\"/>\n",
		WIDTH, HEIGHT, WIDTH, HEIGHT);
	draw_heading(out, &plot->line);
	draw_legend(out, count);
	draw_axes(out, &s);
	for (unsigned int kind = 0; kind < PLOT_KINDS; kind++) {
		if (count[kind] && looks[kind].apart)
			draw_apart(out, plot, &s, kind);
		else if (count[kind])
			draw_path(out, plot, &s, kind);
	}
	fputs(script, out);
	fputs("</svg>\n", out);
	return ferror(out) ? -EIO : plot->failed ? -ENOMEM : 0;
}
