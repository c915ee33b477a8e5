# make            the two programs: build/thongked and build/thongke
# make SAN=1      the same under address and undefined-behaviour sanitizers, in build/san
# make run        a portal page with everything behind it, on this machine
# make test       everything that is checked
# make unit       the unit tests alone
# make clean      remove what was built
# V=1 shows the whole commands.  WERROR=1 turns warnings into errors, as the tests do.

CC       ?= cc
PACKAGES := libevent_core hiredis inih msgpack glib-2.0
WARNINGS := -Wall -Wextra -Wshadow -Wformat=2 -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wundef
VERSION  := $(shell cat VERSION)

B      := build$(if $(SAN),/san)
CFLAGS ?= -O2 -g
ALL_CFLAGS = -std=c11 -D_GNU_SOURCE -DVERSION='"$(VERSION)"' $(WARNINGS) $(if $(WERROR),-Werror) -Idaemon \
	$(shell pkg-config --cflags $(PACKAGES)) $(CFLAGS) $(if $(SAN),$(SANITIZE))
SANITIZE = -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
LIBS     = $(shell pkg-config --libs $(PACKAGES))

say = $(if $V,,@echo '  $(1)  $@' &&)

sources = $(wildcard daemon/$(1)/*.c)
ROOMS   := $(foreach room,api cli store count http render base,$(call sources,$(room)))
OBJECTS := $(ROOMS:%.c=$B/%.o) $B/daemon/assets.o
TESTS   := $(patsubst tests/unit/%.c,$B/tests/%,$(wildcard tests/unit/*_test.c))

all: $B/thongked $B/thongke

$B/thongked: $B/daemon/main.o $B/house.a
	$(call say,LD) $(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS)

$B/thongke: $B/daemon/cli/main.o $B/house.a
	$(call say,LD) $(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS)

# Every room but the two mains; a program takes from it what it calls.
$B/house.a: $(filter-out %/main.o,$(OBJECTS))
	$(call say,AR) rm -f $@ && $(AR) qcs $@ $^

$B/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC) $(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

# The files that the programs carry within them.
$B/daemon/assets.o: daemon/assets.S widget/thongke.js $(wildcard daemon/store/*.lua)
	@mkdir -p $(@D)
	$(call say,AS) $(CC) -c -o $@ $<

$B/tests/%: tests/unit/%.c $B/house.a
	@mkdir -p $(@D)
	$(call say,CC) $(CC) $(ALL_CFLAGS) -Itests/unit -MMD -MP -o $@ $< $B/house.a $(LIBS) $(shell pkg-config --libs cmocka)

# Built without running: scripts/test counts what they say.
unit-programs: $(TESTS)

unit: unit-programs
	@for t in $(TESTS); do $$t || exit 1; done

run:
	./scripts/run

test:
	./scripts/test

clean:
	rm -rf build

.PHONY: all unit unit-programs run test clean
.SECONDARY:
-include $(OBJECTS:.o=.d) $B/daemon/main.d $(TESTS:=.d)
