# SPDX-License-Identifier: GPL-2.0
#
#	make			build the module and the reader
#	sudo make install	install both, and the man pages
#	sudo make install-dkms	install the module's source for DKMS
#	make check		install what the tests need, and run them all
#	make check KERNEL=bookworm	the same, on one Debian release's kernel
#	make mutants		make mistakes on purpose, and see a test catch each
#	make soak		an hour of the tests of endurance; goes on where it stopped
#	make help		more

KVER	?= $(shell uname -r)
KDIR	?= /lib/modules/$(KVER)/build
DESTDIR	?=
PREFIX	?= /usr
WERROR	?=
PYTHON	?= /usr/bin/python3
CHECK_HOOKS ?= yes
VERSION	:= $(shell cat VERSION)

export WERROR DESTDIR PREFIX

.PHONY: all modules reader man install uninstall check mutants soak unit clean help

all: modules reader

# WERROR=1 makes warnings errors; Kbuild takes y for that.
modules:
	@test -e $(KDIR)/Makefile || { \
	  echo "tcplife: no kernel headers in $(KDIR): install them (apt install linux-headers-$(KVER)), or give KDIR=" >&2; \
	  exit 1; }
	$(MAKE) -C $(KDIR) M=$(CURDIR) WERROR=$(if $(WERROR),y) $(if $(W),W=$(W)) $(if $(C),C=$(C)) modules

reader:
	$(MAKE) -C reader

MAN_SOURCES := $(wildcard docs/man/*.scd)
MAN_PAGES   := $(MAN_SOURCES:.scd=)

man: $(MAN_PAGES)

docs/man/%: docs/man/%.scd
	scdoc < $< > $@

# What the kernel would break is not installed; CHECK_HOOKS=no installs it all the same.
.PHONY: check-hooks
check-hooks:
ifneq ($(CHECK_HOOKS),no)
	@if ! command -v $(PYTHON) > /dev/null; then \
	  echo "tcplife: the hooks were not checked against kernel $(KVER): there is no $(PYTHON), give PYTHON=" >&2; \
	elif ! $(PYTHON) scripts/check-hooks --quiet --if-possible --kernel $(KVER); then \
	  echo "tcplife: on kernel $(KVER) the module would not work as it should, so it is not installed; CHECK_HOOKS=no installs it all the same" >&2; \
	  exit 1; \
	fi
endif

install: check-hooks
	install -d $(DESTDIR)/lib/modules/$(KVER)/extra
	install -m 644 tcplife.ko $(DESTDIR)/lib/modules/$(KVER)/extra/
	$(MAKE) -C reader install
	@if command -v scdoc > /dev/null; then $(MAKE) man install-man; \
	 else echo "tcplife: scdoc is not installed, so the man pages are left out"; fi
	@if [ -z "$(DESTDIR)" ]; then \
	  depmod -a $(KVER); \
	  [ "$(KVER)" != "$$(uname -r)" ] || scripts/load --check --installed || :; \
	fi

.PHONY: install-man
install-man: $(MAN_PAGES)
	@for page in $(MAN_PAGES); do \
	  install -D -m 644 $$page $(DESTDIR)$(PREFIX)/share/man/man$${page##*.}/$${page##*/}; done

DKMS_TREE = $(DESTDIR)/usr/src/tcplife-$(VERSION)

.PHONY: install-dkms
install-dkms:
	rm -rf $(DKMS_TREE)
	install -d $(DKMS_TREE)
	for file in $$(find Kbuild Makefile VERSION LICENSES module scripts/check-hooks \
	    -type f ! -name '*.o' ! -name '.*'); do \
	  install -D -m $$([ -x $$file ] && echo 755 || echo 644) $$file $(DKMS_TREE)/$$file || exit 1; done
	sed 's/#MODULE_VERSION#/$(VERSION)/' packaging/dkms.conf > $(DKMS_TREE)/dkms.conf
	@echo "now: dkms install tcplife/$(VERSION)"

uninstall:
	rm -f $(DESTDIR)/lib/modules/$(KVER)/extra/tcplife.ko
	$(MAKE) -C reader uninstall
	@for page in $(MAN_PAGES); do \
	  rm -f $(DESTDIR)$(PREFIX)/share/man/man$${page##*.}/$${page##*/}; done
	@if [ -z "$(DESTDIR)" ]; then depmod -a $(KVER); fi

check:
	scripts/check $(if $(KERNEL),--kernel '$(KERNEL)')

mutants:
	tests/mutants/run

soak:
	scripts/soak $(if $(KERNEL),--kernel '$(KERNEL)')

clean:
	@if [ -e $(KDIR)/Makefile ]; then $(MAKE) -C $(KDIR) M=$(CURDIR) clean; fi
	$(MAKE) -C reader clean
	$(MAKE) -C tests/unit clean
	rm -f $(MAN_PAGES)

help:
	@sed -n '3,/^$$/s/^#	*/  /p' Makefile
	@echo '  make modules | reader | man	build a part'
	@echo '  make uninstall | clean'
	@echo '  variables: KVER KDIR DESTDIR PREFIX WERROR=1 CHECK_HOOKS=no'
