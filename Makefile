# make            the two programs: build/thongked and build/thongke
# make SAN=1      the same under address and undefined-behaviour sanitizers, in build/san
# make run        a portal page with everything behind it, on this machine
# make test       everything that is checked
# make unit       the unit tests alone
# make lint       what can be seen without running
# make faults     the long form of tests/faults, up to an hour; asked again it goes on where it stopped
# make bench     what a hit costs beside nginx and peers, a quarter of an hour, or three; writes what README shows
# make bench-scale  what it costs with many sites, visitors, pages, connections
# make install    DESTDIR= PREFIX=/usr/local SYSCONFDIR=/etc: programs, unit, sample configuration
# make uninstall  what install put there; the configuration stays
# make clean      remove what was built
# V=1 shows the whole commands.  WERROR=1 turns warnings into errors, as the tests do.

CC       ?= cc
PACKAGES := libevent_core hiredis inih msgpack glib-2.0 libsystemd libidn2 libpcre2-8 libmaxminddb
CLI_PACKAGES := libcurl
WARNINGS := -Wall -Wextra -Wshadow -Wformat=2 -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wundef
VERSION  := $(shell cat VERSION)

PREFIX     ?= /usr/local
SYSCONFDIR ?= /etc

B      := build$(if $(SAN),/san)
CFLAGS ?= -O2 -g
ALL_CFLAGS = -std=c11 -D_GNU_SOURCE -DVERSION='"$(VERSION)"' $(WARNINGS) $(if $(WERROR),-Werror) -Idaemon \
	$(shell pkg-config --cflags $(PACKAGES) $(CLI_PACKAGES)) $(CFLAGS) $(if $(SAN),$(SANITIZE))
SANITIZE = -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
LIBS     = $(shell pkg-config --libs $(PACKAGES))
# Of thongke alone, and of the unit tests that take something from it.
CLI_LIBS = -Wl,--as-needed $(shell pkg-config --libs $(CLI_PACKAGES))

say = $(if $V,,@echo '  $(1)  $@' &&)

sources = $(wildcard daemon/$(1)/*.c)
ROOMS   := $(foreach room,api cli store count http render base,$(call sources,$(room)))
OBJECTS := $(ROOMS:%.c=$B/%.o) $B/daemon/assets.o
ASSETS  := $(addprefix build/assets/,thongke.js thongke.js.gz thongke.js.br thongke.js.map thongke.js.sri box.css robots.regex)
TESTS   := $(patsubst tests/unit/%.c,$B/tests/%,$(wildcard tests/unit/*_test.c))

all: $B/thongked $B/thongke

$B/thongked: $B/daemon/main.o $B/house.a
	$(call say,LD) $(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS)

$B/thongke: $B/daemon/cli/main.o $B/house.a
	$(call say,LD) $(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS) $(CLI_LIBS)

# Every room but the two mains; a program takes from it what it calls.
$B/house.a: $(filter-out %/main.o,$(OBJECTS))
	$(call say,AR) rm -f $@ && $(AR) qcs $@ $^

$B/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC) $(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

# What a browser gets, as it ships and compressed as far as it goes.
build/assets/thongke.js: scripts/widget.mjs widget/thongke.js node_modules/.package-lock.json
	@mkdir -p $(@D)
	$(call say,NODE) node $< $@

build/assets/thongke.js.map build/assets/thongke.js.sri: build/assets/thongke.js

build/assets/%: widget/%
	@mkdir -p $(@D)
	cp $< $@

%.gz: %
	$(call say,GZ) gzip -9nkf $<

%.br: %
	$(call say,BR) brotli -Zkf $<

# Every robot in one regular expression.
build/assets/robots.regex: scripts/robots.mjs daemon/count/robots.txt node_modules/.package-lock.json
	@mkdir -p $(@D)
	$(call say,NODE) node $< regex >$@.new && mv $@.new $@

# Agents for agent_test: listed (robots), people.
build/agents/%.txt: scripts/robots.mjs node_modules/.package-lock.json
	@mkdir -p $(@D)
	$(call say,NODE) node $< $* >$@.new && mv $@.new $@

node_modules/.package-lock.json:
	@echo 'node_modules is missing: scripts/packages build, or npm ci' >&2 && false

# The files that the programs carry within them.
$B/daemon/assets.o: daemon/assets.S $(ASSETS) $(wildcard daemon/store/*.lua)
	@mkdir -p $(@D)
	$(call say,AS) $(CC) -c -Wa,-Ibuild/assets -o $@ $<

$B/tests/%: tests/unit/%.c $B/house.a
	@mkdir -p $(@D)
	$(call say,CC) $(CC) $(ALL_CFLAGS) -Itests/unit -MMD -MP -o $@ $< $B/house.a $(LIBS) $(CLI_LIBS) $(shell pkg-config --libs cmocka)

# It starts the daemon.
$B/tests/systemd_test: | $B/thongked

$B/tests/agent_test: | build/agents/listed.txt build/agents/people.txt

# A hit's way but for sockets and Redis, for valgrind to count; what Redis alone takes.
$B/tests/replay $B/tests/evalsha: $B/tests/%: tests/bench/%.c $B/house.a
	@mkdir -p $(@D)
	$(call say,CC) $(CC) $(ALL_CFLAGS) -MMD -MP -o $@ $< $B/house.a $(LIBS)

# Built without running: scripts/test counts what they say.
unit-programs: $(TESTS)

unit: unit-programs
	@for t in $(TESTS); do $$t || exit 1; done

# ---- lint: a file is looked at again when it, or what it includes, has changed

SOURCES  := $(ROOMS) daemon/main.c
TIDIED   := $(SOURCES:%.c=build/tidy/%.ok)
ANALYZED := $(SOURCES:%.c=build/analyzer/%.o)

tidy: $(TIDIED)
analyzer: $(ANALYZED)

build/tidy/%.ok: %.c .clang-tidy
	@mkdir -p $(@D)
	@$(CC) $(ALL_CFLAGS) -MM -MP -MT $@ -MF $(@:.ok=.d) $<
	$(call say,TIDY) clang-tidy --quiet $< -- $(ALL_CFLAGS) && touch $@

# Without optimization, which would take away what is to be seen.
build/analyzer/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC) $(CC) $(ALL_CFLAGS) -O0 -fanalyzer -Werror -MMD -MP -c -o $@ $<

lint:
	./scripts/lint

# ---- what is installed; words between at-signs in the units are filled in

$B/thongke.ini.sample: scripts/packaging/sample.ini $B/thongked
	@{ sed '/^[^;]/,$$d' $< && env -i $B/thongked -c $< --print-config; } >$@.new && mv $@.new $@

BINDIR   = $(DESTDIR)$(PREFIX)/bin
UNITS    = $(addprefix $(DESTDIR)$(PREFIX)/lib/systemd/system/,thongked.service thongked.socket)
SAMPLE   = $(DESTDIR)$(SYSCONFDIR)/thongke/thongke.ini.sample

install: all $B/thongke.ini.sample
	install -D -m 755 -t '$(BINDIR)' $B/thongked $B/thongke
	install -D -m 644 $B/thongke.ini.sample '$(SAMPLE)'
	install -D -m 644 -t '$(DESTDIR)$(PREFIX)/lib/systemd/system' $(patsubst %,scripts/systemd/%,$(notdir $(UNITS)))
	sed -i 's|@BINDIR@|$(PREFIX)/bin|; s|@SYSCONFDIR@|$(SYSCONFDIR)|' $(UNITS:%='%')

uninstall:
	rm -f '$(BINDIR)/thongked' '$(BINDIR)/thongke' $(UNITS:%='%') '$(SAMPLE)'

run:
	./scripts/run

test:
	./scripts/test

# On the daemon as it ships; what it has shown so far is in tests/faults/results.tsv.
faults: $B/thongked $B/thongke
	node tests/faults/long.mjs

bench: $B/thongked $B/tests/evalsha
	scripts/packages bench
	node tests/bench/bench.mjs --out tests/bench

bench-scale: $B/thongked
	scripts/packages bench
	node tests/bench/scale.mjs --out tests/bench

clean:
	rm -rf build

.PHONY: all unit unit-programs tidy analyzer lint install uninstall run test faults bench bench-scale clean
.SECONDARY:
-include $(OBJECTS:.o=.d) $B/daemon/main.d $(TESTS:=.d) $B/tests/replay.d $B/tests/evalsha.d $(TIDIED:.ok=.d) $(ANALYZED:.o=.d)
