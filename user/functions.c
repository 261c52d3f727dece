/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <linux/bpf.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <bpf/btf.h>

#include "compiler.h"
#include "functions.h"

/* int main(void) and int callee(struct pair *), which is global. */
static struct btf *describe(int *main_id, int *callee_id)
{
	struct btf *btf = btf__new_empty();
	int number, pair, pointer, proto;

	if (!btf)
		return NULL;
	number = btf__add_int(btf, "int", 4, BTF_INT_SIGNED);
	pair = btf__add_struct(btf, "pair", 8);
	btf__add_field(btf, "a", number, 0, 0);
	btf__add_field(btf, "b", number, 32, 0);
	pointer = btf__add_ptr(btf, pair);
	proto = btf__add_func_proto(btf, number);
	*main_id = btf__add_func(btf, "main", BTF_FUNC_STATIC, proto);
	proto = btf__add_func_proto(btf, number);
	btf__add_func_param(btf, "pair", pointer);
	*callee_id = btf__add_func(btf, "callee", BTF_FUNC_GLOBAL, proto);
	return btf;
}

static int load(int btf_fd, int main_id, int callee_id)
{
	static const struct bpf_insn insns[] = {
		{ .code = BPF_ST | BPF_MEM | BPF_DW, .dst_reg = BPF_REG_10, .off = -8 },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_X,
		  .dst_reg = BPF_REG_1,
		  .src_reg = BPF_REG_10 },
		{ .code = BPF_ALU64 | BPF_ADD | BPF_K, .dst_reg = BPF_REG_1, .imm = -8 },
		{ .code = BPF_JMP | BPF_CALL, .src_reg = BPF_PSEUDO_CALL, .imm = 1 },
		{ .code = BPF_JMP | BPF_EXIT },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	const struct bpf_func_info functions[] = {
		{ .insn_off = 0, .type_id = main_id },
		{ .insn_off = 5, .type_id = callee_id },
	};
	LIBBPF_OPTS(bpf_prog_load_opts, options, .prog_btf_fd = btf_fd, .func_info = functions,
		    .func_info_cnt = ARRAY_SIZE(functions),
		    .func_info_rec_size = sizeof(functions[0]));
	int fd;

	fd = bpf_prog_load(BPF_PROG_TYPE_SCHED_CLS, "probe", "GPL", insns, ARRAY_SIZE(insns),
			   &options);
	if (fd < 0)
		return errno == EINVAL ? 0 : -errno;
	close(fd);
	return 1;
}

int functions_probe(void)
{
	int main_id, callee_id, fd, result;
	struct btf *btf = describe(&main_id, &callee_id);
	const void *data;
	__u32 size;

	if (!btf)
		return -errno;
	data = btf__raw_data(btf, &size);
	fd = data ? bpf_btf_load(data, size, NULL) : -1;
	result = fd < 0 ? -errno : load(fd, main_id, callee_id);
	if (fd >= 0)
		close(fd);
	btf__free(btf);
	return result;
}
