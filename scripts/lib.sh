# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
# Helpers shared by the scripts in this folder; meant to be sourced.

# shellcheck disable=SC2034  # used by the scripts
# The folder of the project's working tree.
PROJECT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
ME=$(basename "$0")

# The kernels a guest can have: that of a Debian release, and with -rt its
# PREEMPT_RT flavour, which is in the same root.
SUITES="bullseye bookworm bookworm-rt trixie trixie-rt sid"

# The debug kernels of scripts/debug-kernel, each with the programs of a release:
# the release, the series and the flavour.
declare -A DEBUG_KERNELS=(
	[debug]="trixie 6.12 kasan"
	[debug-rt]="trixie 6.12 rt"
	[debug-kcsan]="trixie 6.12 kcsan"
	[debug-7.2]="sid 7.2 kasan"
)

# What a kernel that went wrong says.  Plain "WARNING: " would also find the
# harmless notes some CPU mitigations print after a prefix of their own.
TROUBLE='BUG: |\] WARNING: |Oops: |Kernel panic|Call Trace:|cut here'
TROUBLE+='|general protection fault[,:]|invalid opcode: |[Uu]nable to handle'
TROUBLE+='|sleeping function called|scheduling while atomic'
TROUBLE+='|rcu.*(stall|starved)|suspicious RCU usage'
TROUBLE+='|(circular|recursive) locking|inconsistent lock state|lock held'
TROUBLE+='|soft lockup|hard LOCKUP|blocked for more than'
TROUBLE+='|KASAN|KCSAN|UBSAN|kmemleak: .* new suspected|refcount_t: '
TROUBLE+='|list_(add|del) corruption|Objects remaining in|bad: scheduling'
TROUBLE+='|unregister_netdevice: waiting|ODEBUG: |unreferenced object'
TROUBLE+='|INFO: (task|possible|suspicious)'

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
	[[ " $SUITES " == *" $1 "* ]] || is_debug "$1" ||
		die -125 "no such kernel: $1 (one of: $SUITES ${!DEBUG_KERNELS[*]})"
}

# is_debug SUITE: is it a debug kernel?
is_debug() { [ "${DEBUG_KERNELS[$1]-}" ]; }

# release_of SUITE: the Debian release, without the flavour
release_of() {
	local release=${DEBUG_KERNELS[$1]-${1%-rt}}
	echo "${release%% *}"
}

# debug_kernel SUITE [OPTION]: have scripts/debug-kernel do its work for it
debug_kernel() {
	local series flavour
	read -r _ series flavour <<<"${DEBUG_KERNELS[$1]}"
	"$PROJECT/scripts/debug-kernel" ${2+"$2"} "$series" "$flavour"
}

# kernel_version SUITE ROOT: the version of SUITE's kernel in its root, the
# newest if there are several, or of the debug kernel in its folder
kernel_version() {
	if is_debug "$1"; then
		cat "$2/release"
		return
	fi
	local unwanted=(-v)	# grep's option: without "-rt-"
	[ "$1" = "$(release_of "$1")" ] || unwanted=()
	(cd "$2/lib/modules" && printf '%s\n' *) |
		grep "${unwanted[@]}" -e '-rt-' | sort -V | tail -n 1 | grep . ||
		die -125 "no kernel of $1 in $2"
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

# in_root ROOT WORK OTHER COMMAND...: run a command in a chroot of a root that has
# the folder WORK at /build and OTHER, unless that is "", read-only at
# /build/other, for which WORK has a place.  VARIABLE=VALUE may precede COMMAND.
# The mounts are private: they are gone when the command ends, however it ends.
in_root() {
	# shellcheck disable=SC2016  # variables of the inner shell
	unshare --mount --propagation private bash -euc '
		root=$1 work=$2 other=$3
		shift 3
		mount --bind "$work" "$root/build"
		[ -z "$other" ] || mount --bind -o ro "$other" "$root/build/other"
		mount -t proc proc "$root/proc"
		mount --rbind /dev "$root/dev"
		mount -t tmpfs tmpfs "$root/tmp"
		exec chroot "$root" /usr/bin/env -i HOME=/root LANG=C.UTF-8 \
			PATH=/usr/sbin:/usr/bin:/sbin:/bin "$@"
	' bash "$@" </dev/null
}

# become_root ARGUMENT...: the script goes on as root, with sudo if need be.
become_root() {
	[ "$(id -u)" != 0 ] || return 0
	command -v sudo >/dev/null || die "this needs root: run it as root"
	exec sudo --preserve-env=TCPLIFE_CACHE,TCPLIFE_DEBUG_KERNELS -- "$0" "$@"
}

# What run_logged has under way, in a process group of its own.
JOB=""

stop_job() { [ -z "$JOB" ] || kill -TERM -- "-$JOB" 2>/dev/null || :; }

terminal_width() { tput cols 2>/dev/null || echo 80; }

# run_logged LOG COMMAND...: run a command or function with its output in a
# file.  How long it takes and its last line are shown meanwhile: in place on
# a terminal, now and then elsewhere.  Its exit status is left in STATUS, as
# `set -e` would not work in a function that is tested.
run_logged() {
	local log=$1 start=$SECONDS shown=$SECONDS last
	shift
	trap 'stop_job; exit 129' HUP
	trap 'stop_job; exit 130' INT
	trap 'stop_job; exit 143' TERM
	set -m	# a process group of its own
	"$@" >"$log" 2>&1 </dev/null &
	JOB=$!
	set +m
	while kill -0 "$JOB" 2>/dev/null; do
		sleep 0.2
		if [ -t 1 ] || [ $((SECONDS - shown)) -ge 30 ]; then
			shown=$SECONDS
			last=$(tail -c 1000 "$log" | tr '\r' '\n' | grep . |
				tail -n 1 | tr -cd '[:print:]') || :
			last=$(printf '%8d s  %s' $((SECONDS - start)) "$last")
			if [ -t 1 ]; then
				printf '\r\e[K%s' "${last:0:$(terminal_width) - 1}"
			else
				printf '%s\n' "${last:0:79}"
			fi
		fi
	done
	[ ! -t 1 ] || printf '\r\e[K'
	STATUS=0
	wait "$JOB" || STATUS=$?
	JOB=""
}
