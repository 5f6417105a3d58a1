# make            the module, build/out/mod_csta_socket.so, and cstactl
# make install    copies what make has built: the module into the FreeSWITCH that
#                 pkg-config finds, cstactl and its pages below PREFIX
# make run        the simulated switch on 127.0.0.1:3000, its page on 127.0.0.1:3080,
#                 no FreeSWITCH needed;
#                 ARGS="--listen :4000" are flags of cstactl sim
# make test       everything that needs no FreeSWITCH
# make deb        Debian packages, build/out/deb; ARCH="amd64" is one of both
# make deb-test   that, and lintian, and their whole life in a bare Debian; as root
# make newcomer   both of them, from a clone, in a bare Debian of each release; as
#                 root, needs debootstrap; RELEASES="trixie" is one of them
# make integration  all tests, also those that start a private FreeSWITCH; with
#                 SWITCHES="DIR DIR" on several, one after the other, each named by
#                 the directory of its freeswitch.pc
# make fuzz       every fuzz target, one after the other, FUZZTIME each
# make switch-sanitize  the module in a FreeSWITCH under valgrind and under ASan
# make reproducible  builds twice, in two directories, and compares
# make race, lint, host-asan  what their names say
# make analyse    looks for faults of security: gosec, gcc's analyzer over our C, the
#                 hardening of the module's file
# make security   that, lint, and every fuzz target, SECURITYTIME each
# make bench      the benchmarks that need no FreeSWITCH
# make bench-switch  beside mod_event_socket in a private FreeSWITCH, into build/out;
#                 BENCH=-short takes three minutes, BENCH=-help tells the rest
# make bench-budgets  only what has a budget on a switch, each by turns with C or
#                 mod_event_socket: one table, seven minutes

GO      ?= go
OUT     := build/out
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo development)
# Nothing here resolves names, so the C resolver and its threads stay out.
TAGS    := netgo,osusergo
LDFLAGS := -X main.version=$(VERSION)
# Everything is bound when FreeSWITCH loads the file (it asks for that anyway),
# so that the tables of addresses are read-only from then on. Not in cgo's own
# flags: tests are linked without FreeSWITCH and could not be started.
# Go's own build ID depends on the directory of the build: the linker's, made of
# what is in the file, takes its place.
HARDEN  := -buildid= -B none -extldflags "-Wl,-z,relro,-z,now,-z,noexecstack,--build-id=sha1"
# The version is said by VERSION; what the version control says of the directory
# would make two builds of one version differ.
# Packages go without symbols: -s -w.
STRIP   :=
BUILD   := build -trimpath -buildvcs=false

# Packages of the module that need no C.
PURE        := ./module/translate ./module/fsswitch ./module/registrations ./module/ringers ./module/switchlog
STATICCHECK ?= v0.8.2
GOSEC       ?= v2.22.10
SECURITYTIME ?= 5s
# Rules of gosec that do not fit here as a whole:
# G104 (errors that are not looked at): what is left is the closing of what is given up.
# G115 (conversions of integers): it sees neither that a length is never negative, nor
#   that it was compared with its bound before.
# G304 (files named by a variable): the names are the operator's, from the configuration
#   or the command line; clients' names are looked at by switching.ValidFile, and opened
#   by os.Root.
NOSEC       := G104,G115,G304
# Programs that only tests and measurements run.
NOTSHIPPED  := -exclude-dir=csta/conformance -exclude-dir=csta/bench -exclude-dir=module/lifecycle
TIMEOUT     ?= 60m
FUZZTIME    ?= 10m
FUZZWORKERS ?= 1
# Else FuzzPhones shortens what it finds interesting, a minute each, and tries nothing
# new. A failing input stays as long as it is: FUZZARGS= shortens that.
FUZZARGS    ?= -fuzzminimizetime 1x
SHELL       := /bin/bash -o pipefail

# The date that pages and packages bear: the commit's.
EPOCH = $(shell git log -1 --format=%ct 2>/dev/null || echo 0)

# What make deb builds for.
ARCH    ?= amd64 arm64

# Where cstactl goes.
PREFIX  ?= /usr/local
# Where FreeSWITCH wants its modules and its configuration.
MODDIR  ?= $(shell pkg-config --variable=modulesdir freeswitch)
CONFDIR ?= $(shell pkg-config --variable=confdir freeswitch)

.PHONY: all build module cstactl documents install run test newcomer deb deb-test race integration bench bench-switch bench-budgets fuzz host-asan switch-sanitize reproducible analyse security lint clean

all: build

build: module cstactl documents

module:
	@GO="$(GO)" build/check_tools.sh go cc
	CGO_ENABLED=1 $(GO) $(BUILD) -tags $(TAGS) -ldflags '$(STRIP) $(LDFLAGS) $(HARDEN)' -buildmode=c-shared \
		-o $(OUT)/mod_csta_socket.so ./module
	rm -f $(OUT)/mod_csta_socket.h

cstactl:
	@GO="$(GO)" build/check_tools.sh go
	CGO_ENABLED=0 $(GO) $(BUILD) -ldflags '$(LDFLAGS) -buildid=' -o $(OUT)/cstactl ./csta/cmd/cstactl

# What cstactl writes about itself.
documents: cstactl
	@rm -rf $(OUT)/man $(OUT)/completions
	@mkdir -p $(OUT)/man $(OUT)/completions
	$(OUT)/cstactl manual --date $(EPOCH) $(OUT)/man
	@for shell in bash zsh fish; do $(OUT)/cstactl completion $$shell >$(OUT)/completions/$$shell || exit 1; done

# Only copies, so that sudo needs no compiler and leaves nothing of root's here. The
# module is moved into place: a running FreeSWITCH keeps the old file mapped.
install:
	@test -e $(OUT)/mod_csta_socket.so -a -e $(OUT)/man/cstactl.1 || { echo "nothing has been built yet: make comes first"; exit 1; }
	@test -n "$(MODDIR)" -a -n "$(CONFDIR)" || { echo "pkg-config does not know freeswitch: set MODDIR and CONFDIR"; exit 1; }
	install -D -m 755 $(OUT)/cstactl $(DESTDIR)$(PREFIX)/bin/cstactl
	install -d $(DESTDIR)$(PREFIX)/share/man/man1 $(DESTDIR)$(PREFIX)/share/man/man8
	install -m 644 $(OUT)/man/*.1 $(DESTDIR)$(PREFIX)/share/man/man1
	install -m 644 docs/mod_csta_socket.8 $(DESTDIR)$(PREFIX)/share/man/man8
	install -D -m 644 $(OUT)/completions/bash $(DESTDIR)$(PREFIX)/share/bash-completion/completions/cstactl
	install -D -m 644 $(OUT)/completions/zsh $(DESTDIR)$(PREFIX)/share/zsh/site-functions/_cstactl
	install -D -m 644 $(OUT)/completions/fish $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/cstactl.fish
	install -d $(DESTDIR)$(MODDIR) $(DESTDIR)$(CONFDIR)/autoload_configs
	install -m 755 $(OUT)/mod_csta_socket.so $(DESTDIR)$(MODDIR)/.mod_csta_socket.so.new
	mv -f $(DESTDIR)$(MODDIR)/.mod_csta_socket.so.new $(DESTDIR)$(MODDIR)/mod_csta_socket.so
	@conf=$(DESTDIR)$(CONFDIR)/autoload_configs/csta_socket.conf.xml; \
	if test -e $$conf; then echo "$$conf is left as it is"; \
	else install -m 644 conf/autoload_configs/csta_socket.conf.xml $$conf && echo "$$conf installed"; fi

# exec: Ctrl-C and TERM go to the switch itself, and make waits for its end.
run: cstactl
	@exec $(OUT)/cstactl sim $(ARGS)

test:
	@GO="$(GO)" build/check_tools.sh go cc xmllint
	$(GO) test -short -v ./... 2>&1 | awk -f build/test_summary.awk

race:
	$(GO) test -short -race ./csta/... $(PURE)

integration: module
	@for switch in $(or $(SWITCHES),$(PKG_CONFIG_PATH)/); do \
		export PKG_CONFIG_PATH=$$switch; \
		echo "FreeSWITCH $$(pkg-config --modversion freeswitch 2>/dev/null || echo 'is not installed')"; \
		$(GO) test -count=1 -timeout $(TIMEOUT) -v ./... 2>&1 | awk -f build/test_summary.awk || exit 1; \
	done

bench:
	$(GO) test -run '^$$' -bench . ./...

bench-switch: module
	$(GO) run ./csta/bench $(BENCH)

bench-budgets: module
	$(GO) run ./csta/bench -only budgets $(BENCH)

# A finding is written below the package's testdata/fuzz, to be kept as a test.
fuzz:
	@for package in $$(grep -rl --include='*_test.go' '^func Fuzz' csta module | xargs -n1 dirname | sort -u); do \
		for target in $$(sed -n 's/^func \(Fuzz[A-Za-z]*\)(f .*/\1/p' $$package/*_test.go); do \
			echo "$$package $$target"; \
			$(GO) test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) -parallel $(FUZZWORKERS) $(FUZZARGS) ./$$package || exit 1; \
		done; \
	done

host-asan: module
	$(GO) test -count=1 -v ./bridge_c/... 2>&1 | awk -f build/test_summary.awk

# Without FreeSWITCH, or without valgrind, it says so. Go's tag valgrind tells
# memcheck of the runtime's stacks and memory; errors count that have a function
# of bridge_c in their stack.
switch-sanitize:
	@pkg-config --exists freeswitch || { echo "no FreeSWITCH is installed: pkg-config does not know it"; exit 1; }
	CGO_ENABLED=1 $(GO) build -asan -tags $(TAGS) -buildmode=c-shared -o $(OUT)/sanitize/asan.so ./module
	CSTA_SANITIZER=asan $(GO) test -count=1 -v -run TestModuleUnderMemoryChecker ./csta/conformance
	@command -v valgrind >/dev/null || { echo "valgrind is not installed"; exit 1; }
	CGO_ENABLED=1 $(GO) build -tags $(TAGS),valgrind -buildmode=c-shared -o $(OUT)/sanitize/valgrind.so ./module
	CSTA_SANITIZER=valgrind $(GO) test -count=1 -timeout $(TIMEOUT) -v -run TestModuleUnderMemoryChecker ./csta/conformance

deb:
	GO="$(GO)" build/deb.sh $(ARCH)

# As root: debootstrap makes the Debian that they are installed into.
deb-test: deb
	build/deb_test.sh $(RELEASES)

newcomer:
	build/newcomer.sh $(RELEASES)

lint:
	@test -z "$$(gofmt -l .)" || { gofmt -d .; exit 1; }
	CGO_ENABLED=0 $(GO) build ./csta/... $(PURE)
	$(GO) vet ./...
	$(GO) run honnef.co/go/tools/cmd/staticcheck@$(STATICCHECK) ./...

analyse: module
	$(GO) run github.com/securego/gosec/v2/cmd/gosec@$(GOSEC) -quiet -exclude=$(NOSEC) $(NOTSHIPPED) ./...
	@for file in bridge_c/*.c; do \
		gcc -std=gnu11 -Wall -Wextra -Werror -O2 -fanalyzer -c $$file -o /dev/null || exit 1; \
	done; echo "gcc's analyzer finds nothing in bridge_c"
	build/check_binary.sh $(OUT)/mod_csta_socket.so

security: analyse lint
	$(MAKE) fuzz FUZZTIME=$(SECURITYTIME)

reproducible:
	build/reproducible.sh $(MAKE)

clean:
	rm -rf $(OUT)
