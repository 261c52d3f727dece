# SPDX-License-Identifier: GPL-2.0-only
# Files are found by pattern; a new one needs no edit here.
#
#   bpf/*.bpf.c             a BPF object each, build/NAME.bpf.o, and its skeleton, build/NAME.skel.h
#   user/*.c                linked into build/ploss
#   selftests/test_*.c      a cmocka program each, built with ASan and UBSan, run without root
#   selftests/parity*.c     the same, run by root; both once more in build/plain/, without sanitizers, for
#                           test machines, which emulate
#   selftests/*.bpf.c       a BPF object of the tests, build/NAME.bpf.o
#   selftests/fuzz_*.c      a libFuzzer target each; seeds, if any, in selftests/seeds/NAME/
#   selftests/*.c           any other that has a main(): a helper program, built like ploss
#                           (wire, traffic, budget); without one: part of the test library
#   selftests/check_*.sh    run without root; selftests/net_*.sh: run by root
#
# Every program is build/NAME. All of selftests/ are linked with the test library: user/*.c but for
# main.c, and the files of selftests/ that have no main(); the linker takes what each one needs.
# V=1 shows the commands. CFLAGS, CC, CLANG and BPFTOOL are yours. CI=true makes warnings errors.

.DELETE_ON_ERROR:
.SECONDARY:
.DEFAULT_GOAL := all

CC ?= cc
CLANG ?= clang
PKG_CONFIG ?= pkg-config
# Ubuntu keeps the real one beside each kernel, behind a wrapper that insists on the running kernel's.
BPFTOOL ?= $(or $(lastword $(wildcard /usr/lib/linux-tools/*/bpftool)),$(shell PATH=$$PATH:/usr/sbin:/sbin command -v bpftool))
CFLAGS ?= -O2 -g
PREFIX ?= /usr/local
FUZZ_SECONDS ?= 60
SCENARIOS ?= 100000
SUITE ?= bookworm
VM ?= 5.10 5.15 6.1 6.12 sid

Q := $(if $(V),,@)
say = $(if $(V),,@printf '  %-8s %s\n' '$(1)' '$(2)')

LIBRARIES := libbpf libxdp libpcap zlib ncursesw
ZSTD := $(shell $(PKG_CONFIG) --exists libzstd 2>/dev/null && echo libzstd)
LIBRARIES += $(ZSTD)
# Callbacks have parameters that they do not use; rows of a time line leave out what is 0.
WARNINGS := -Wall -Wextra -Wno-unused-parameter -Wno-missing-field-initializers $(if $(filter true,$(CI)),-Werror)
INCLUDES := -Iinclude -Iuser -Ibuild
HOST_FLAGS = -std=gnu11 -D_GNU_SOURCE= $(ZSTD:libzstd=-DHAVE_ZSTD) $(WARNINGS) -MMD -MP $(INCLUDES) $(shell $(PKG_CONFIG) --cflags $(LIBRARIES)) $(CFLAGS)
HOST_LIBS = $(LDFLAGS) $(shell $(PKG_CONFIG) --libs $(LIBRARIES)) $(LDLIBS)
SANITIZE := -O1 -g -fno-omit-frame-pointer -fno-sanitize-recover=all -fsanitize=address,undefined
# v3: Linux 5.1. Serial numbers are 32 bits wide; without 32-bit instructions each step of their
# arithmetic is a pair of shifts, at which the verifier forgets the range of the value.
BPF_FLAGS = -O2 -g -target bpf -mcpu=v3 -std=gnu11 $(WARNINGS) -MMD -MP -Iinclude \
	-I/usr/include/$(subst -unknown-,-,$(subst -pc-,-,$(shell $(CC) -dumpmachine)))

USER_C := $(wildcard user/*.c)
TEST_C := $(wildcard selftests/test_*.c)
PARITY_C := $(wildcard selftests/parity*.c)
FUZZ_C := $(wildcard selftests/fuzz_*.c)
OTHER_C := $(filter-out $(TEST_C) $(PARITY_C) $(FUZZ_C) %.bpf.c,$(wildcard selftests/*.c))
HELPER_C := $(if $(OTHER_C),$(shell grep -l '^int main' $(OTHER_C)))
LIBRARY_C := $(filter-out user/main.c,$(USER_C)) $(filter-out $(HELPER_C),$(OTHER_C))

TESTS := $(TEST_C:selftests/%.c=build/%)
PARITIES := $(PARITY_C:selftests/%.c=build/%)
TEST_BPF := $(patsubst selftests/%,build/%,$(patsubst %.c,%.o,$(wildcard selftests/*.bpf.c)))
FUZZERS := $(FUZZ_C:selftests/%.c=build/%)
PLAIN := $(patsubst build/%,build/plain/%,$(TESTS) $(PARITIES))
HELPERS := $(HELPER_C:selftests/%.c=build/%)
BPF := $(patsubst bpf/%.c,build/%.o,$(wildcard bpf/*.bpf.c))
SKELETONS := $(BPF:.bpf.o=.skel.h)

# What a build needs, asked for once, by its package.
ifneq ($(filter-out run test demo lint clean help uninstall distro-clean distros,$(or $(MAKECMDGOALS),all)),)
tool = $(if $(shell command -v $(1)),,$(1))
package = $(if $(shell $(PKG_CONFIG) --exists '$(1)' 2>/dev/null && echo yes),,$(1))
MISSING := $(strip $(call tool,$(CC)) $(call tool,$(CLANG)) $(call tool,$(PKG_CONFIG)) $(if $(BPFTOOL),,bpftool) \
	$(call package,libbpf >= 1.1) $(call package,libxdp >= 1.3) $(call package,libpcap) $(call package,zlib) $(call package,ncursesw) \
	$(if $(filter check check-root tests oracle vm,$(MAKECMDGOALS)),$(call package,cmocka)))
$(if $(MISSING),$(error missing: $(MISSING); scripts/setup installs it))
endif

all: build/ploss $(BPF) ## build/ploss and its BPF objects (the default)

check: $(TESTS) build/ploss $(HELPERS) ## tests that need no root
	$(Q)selftests/run unit

check-root: $(PARITIES) $(TESTS) $(TEST_BPF) build/ploss $(HELPERS) ## tests that need root: kernel parity, network
	$(Q)selftests/run root

# Products of a build under sudo go to whoever called it, for a later make without it.
setup_and_build = { scripts/setup $(1) && $(MAKE) --no-print-directory $(if $(V),,-s) $(2) \
	$(if $(SUDO_UID),&& chown -R $(SUDO_UID):$(SUDO_GID) build); } >&2

test: ## set-up, build, all tests (sudo make test)
	$(Q)$(call setup_and_build,build test,all tests)
	$(Q)selftests/run unit root

run: ## set-up, build, ploss on the default route's interfaces, or IFACE="eth0 eth1"; ARGS="1 10"
	$(Q)$(call setup_and_build,build,all)
	$(Q)build/ploss $(addprefix -i ,$(IFACE)) $(ARGS)

demo: ## set-up, build, two namespaces and a lossy wire, seen by ploss at both ends
	$(Q)$(call setup_and_build,build test,all helpers)
	$(Q)scripts/demo

tests: $(TESTS) $(PARITIES) $(TEST_BPF) $(HELPERS)
helpers: $(HELPERS)

lint: ## formatting, static analysis, shell scripts, file lengths
	$(Q)scripts/lint

oracle: build/test_oracle ## the tracker against a stupid one and the truth, SCENARIOS=100000 random connections (1 minute)
	$(Q)SCENARIOS=$(SCENARIOS) build/test_oracle

budget: build/budget build/ploss.bpf.o ## verifier instructions, stack and load time against selftests/verifier.budget (root)
	$(Q)build/budget build/ploss.bpf.o selftests/verifier.budget

fuzz: $(FUZZERS) ## every fuzzer for FUZZ_SECONDS=60
	$(Q)set -e; for name in $(notdir $(FUZZERS)); do \
		mkdir -p build/corpus/$$name; \
		build/$$name -max_total_time=$(FUZZ_SECONDS) -artifact_prefix=build/ build/corpus/$$name \
			$$(ls -d selftests/seeds/$$name 2>/dev/null); \
	done

bench: all build/bench build/bulk build/flood build/measure build/attach build/synstorm build/traffic build/turns build/bench.bpf.o build/synstorm.bpf.o ## what ploss costs, beside the least possible; BENCH_OUT=, PEER_OBJ= (root, some minutes)
	$(Q)selftests/bench.sh

matrix: build/matrix build/wire build/traffic ## every packet's class against the truth, a network matrix (root, 15 minutes)
	$(Q)selftests/matrix.sh

vm: all tests $(PLAIN) ## tests that need root, on Debian's kernels in qemu: VM="6.1 sid" ONLY="net_veth"
	$(Q)selftests/vm/run "$(VM)" $(ONLY)

distros: ## build, unit tests and tcx in Debian 12, 13 and Ubuntu 24.04, gcc and clang, DISTROS="trixie" (root)
	$(Q)selftests/distros.sh $(DISTROS)

distro-clean: ## README's commands in a fresh clone in a bare Debian, SUITE=bookworm (root)
	$(Q)selftests/distro-clean.sh $(SUITE)

SHARE = $(DESTDIR)$(PREFIX)/share
PROGRAM = $(DESTDIR)$(PREFIX)/sbin/ploss
MANUAL = $(SHARE)/man/man8/ploss.8
BASH_COMPLETION = $(SHARE)/bash-completion/completions/ploss
ZSH_COMPLETION = $(SHARE)/zsh/site-functions/_ploss
FISH_COMPLETION = $(SHARE)/fish/vendor_completions.d/ploss.fish

install: all ## binary, man page, completions; DESTDIR= PREFIX=/usr/local
	$(Q)install -D -m 755 build/ploss $(PROGRAM)
	$(Q)install -D -m 644 user/ploss.8 $(MANUAL)
	$(Q)install -D -m 644 scripts/completion/ploss.bash $(BASH_COMPLETION)
	$(Q)install -D -m 644 scripts/completion/_ploss $(ZSH_COMPLETION)
	$(Q)install -D -m 644 scripts/completion/ploss.fish $(FISH_COMPLETION)

uninstall: ## remove what install put there
	$(Q)rm -f $(PROGRAM) $(MANUAL) $(BASH_COMPLETION) $(ZSH_COMPLETION) $(FISH_COMPLETION)

clean: ## remove build/
	$(Q)rm -rf build

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  \1\t\2/p' Makefile | expand -t 16

.PHONY: all check check-root test tests helpers run demo lint oracle budget fuzz bench matrix vm distros distro-clean install uninstall clean help

build/bpf/%.o: bpf/%.c
	$(call say,CLANG,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CLANG) $(BPF_FLAGS) -c -o $@ $<

build/%.bpf.o: selftests/%.bpf.c
	$(call say,CLANG,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CLANG) $(BPF_FLAGS) -c -o $@ $<

# The same without DWARF, of which nobody has a use: -g is there for BTF.
$(BPF): build/%.bpf.o: build/bpf/%.bpf.o
	$(Q)$(BPFTOOL) gen object $@ $<

$(SKELETONS): build/%.skel.h: build/%.bpf.o
	$(call say,SKELETON,$@)
	$(Q)$(BPFTOOL) gen skeleton $< name $*_bpf > $@

build/%.o: %.c | $(SKELETONS)
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(HOST_FLAGS) -c -o $@ $<

build/san/%.o: %.c | $(SKELETONS)
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(HOST_FLAGS) $(SANITIZE) -c -o $@ $<

build/fuzz/%.o: %.c | $(SKELETONS)
	$(call say,CLANG,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CLANG) $(HOST_FLAGS) $(SANITIZE) -fsanitize=fuzzer-no-link -c -o $@ $<

build/library.a: $(LIBRARY_C:%.c=build/%.o)
build/san/library.a: $(LIBRARY_C:%.c=build/san/%.o)
build/fuzz/library.a: $(LIBRARY_C:%.c=build/fuzz/%.o)
build/library.a build/san/library.a build/fuzz/library.a:
	$(call say,AR,$@)
	$(Q)mkdir -p $(@D)
	$(Q)rm -f $@ && ar rcs $@ $^

build/ploss: $(USER_C:%.c=build/%.o)
$(HELPERS): build/%: build/selftests/%.o build/library.a
build/ploss $(HELPERS):
	$(call say,LINK,$@)
	$(Q)$(CC) $(CFLAGS) -o $@ $^ $(HOST_LIBS)

$(TESTS) $(PARITIES): build/%: build/san/selftests/%.o build/san/library.a
	$(call say,LINK,$@)
	$(Q)$(CC) $(SANITIZE) -o $@ $^ $(HOST_LIBS) $(shell $(PKG_CONFIG) --libs cmocka)

$(PLAIN): build/plain/%: build/selftests/%.o build/library.a
	$(call say,LINK,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) -o $@ $^ $(HOST_LIBS) $(shell $(PKG_CONFIG) --libs cmocka)

$(FUZZERS): build/%: build/fuzz/selftests/%.o build/fuzz/library.a
	$(call say,LINK,$@)
	$(Q)$(CLANG) $(SANITIZE) -fsanitize=fuzzer -o $@ $^ $(HOST_LIBS)

-include $(wildcard build/*.d build/*/*.d build/*/*/*.d)
