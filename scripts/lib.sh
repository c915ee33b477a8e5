# shellcheck shell=bash
# lib.sh - what the scripts share.

PATH=$PATH:/usr/sbin:/sbin # where nginx is, not on everybody's path

say() { printf '%s\n' "$*"; }

fail() {
	printf '%s\n' "$*" >&2
	exit 1
}

# The comment at the head of a script.
usage() { sed -n '2,/^[^#]/{/^#/s/^# \{0,1\}//p}' "$1"; }

# quietly LOG COMMAND...   its output goes to LOG, the end of which is shown when it fails
quietly() {
	local log=$1
	shift
	mkdir -p "$(dirname "$log")"
	"$@" >"$log" 2>&1 && return
	tail -n 40 "$log" >&2
	fail "Không được · failed: $log"
}

# wait_until SECONDS COMMAND...   until it succeeds; fails when that takes longer
wait_until() {
	local until=$((SECONDS + $1))
	shift
	until "$@"; do
		[ $SECONDS -lt $until ] || return 1
		sleep 0.05
	done
}
