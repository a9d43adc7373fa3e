# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
# Helpers shared by the scripts in this folder; meant to be sourced.

# shellcheck disable=SC2034  # used by the scripts
# The folder of the project's working tree.
PROJECT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
ME=$(basename "$0")

# Debian suites a guest can be made of.
SUITES="bullseye bookworm trixie sid"

say() { printf '%s: %s\n' "$ME" "$*" >&2; }

# die [-STATUS] MESSAGE...
die() {
	local status=1
	case $1 in -[0-9]*) status=${1#-}; shift ;; esac
	say "$*"
	exit "$status"
}

# usage: print the comment block at the head of the calling script.
usage() { sed -n '3,/^$/s/^#\( \|$\)//p' "$0"; }

# have_packages NAME...: are all these Debian packages installed?
# Prints the ones that are not.
have_packages() {
	local name missing=()
	local -A installed=()
	while read -r name; do
		installed[$name]=1
	done < <(dpkg-query -W -f '${db:Status-Status} ${Package}\n' "$@" \
		2>/dev/null | sed -n 's/^installed //p')
	for name; do
		[ "${installed[$name]-}" ] || missing+=("$name")
	done
	[ ${#missing[@]} -eq 0 ] || { echo "${missing[*]}"; return 1; }
}

need_root() {
	[ "$(id -u)" = 0 ] ||
		die -125 "this needs root (chroot, mount namespaces): run it with sudo"
}

need_suite() {
	[[ " $SUITES " == *" $1 "* ]] ||
		die -125 "no such release: $1 (one of: $SUITES)"
}

# The folder for everything that may be deleted and made again.
cache_dir() {
	local dir=${TCPLIFE_CACHE:-/var/cache/tcplife}
	if ! { mkdir -p "$dir" && [ -w "$dir" ]; } 2>/dev/null; then
		dir=${XDG_CACHE_HOME:-$HOME/.cache}/tcplife
		mkdir -p "$dir"
	fi
	(cd "$dir" && pwd)
}

# lock FD FILE MODE(-s shared, -x exclusive): wait for a lock, and hold it
# for as long as the file descriptor stays open.
lock() {
	eval "exec $1>>\"\$2\""
	flock -w 5 "$3" "$1" && return
	say "waiting for another run that holds $2"
	flock "$3" "$1"
}
