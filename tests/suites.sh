# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Runs test suites, for the scripts that take this in: tests/check and others.
# Whoever does calls "summary" last, whose status is theirs; what it prints ends
# with one line "N passed, N failed".
#
# The output of a suite is shown indented.  What it counts is what its lines
# say that look like one of
#
#	100%: Checks: 12, Failures: 0, Errors: 0
#	12 passed, 0 failed
#
# A suite that ends with an error but has counted no failure counts as one
# failure more, and so does one that has counted nothing.  One that does not
# count counts as one test, see "single".  The failures are named again before
# the last line, and the ten slowest suites.
#
# A suite that runs several says how long each took, under its whole name:
#
#	ipc/test_wait: 12 s

set -u

# How long after the time limit a suite may take to clean up, in seconds
readonly GRACE=30

readonly NR_SLOWEST=10

suite=
beside=
work=$(mktemp -d) || exit 1
failures=$work/failures
times=$work/times # SECONDS NAME
counts=$work/counts # PASSED FAILED
touch "$failures" "$times" "$counts" || exit 1

# The suite and all that it has started are one process group.
stop_suite() {
	[ -n "$suite" ] || return 0
	kill -"$1" -- "-$suite" 2> /dev/null
}

# Those who get TERM end their VMs themselves.
interrupted() {
	local left=100

	trap '' INT TERM HUP
	[ -z "$beside" ] || kill -TERM "$beside" 2> /dev/null
	stop_suite TERM
	while stop_suite 0 && [ $left -gt 0 ]; do
		sleep 0.1
		left=$((left - 1))
	done
	stop_suite KILL
	[ -z "$beside" ] || wait "$beside"
	rm -rf "$work"
	echo "${0##*/}: interrupted" >&2
	exit "$1"
}

# Prints "PASSED FAILED" of the lines of a log.
count() {
	awk '
	/^[0-9]+%: Checks: [0-9]+, Failures: [0-9]+, Errors: [0-9]+/ {
		bad = $5 + $7
		passed += $3 - bad
		failed += bad
	}
	/^[0-9]+ passed, [0-9]+ failed$/ {
		passed += $1
		failed += $3
	}
	END {
		print passed + 0, failed + 0
	}' "$1"
}

# run LIMIT COMMAND...: its output, indented, and in $work/log; its status.
run() {
	local limit=$1 status out show
	shift

	exec {out}> >(
		trap '' INT
		tee "$work/log" | sed -u 's/^/    /'
	)
	show=$!
	setsid timeout -k $GRACE "$limit" "$@" \
		< /dev/null >&"$out" 2>&1 {out}>&- &
	suite=$!
	exec {out}>&-
	wait "$suite"
	status=$?
	stop_suite KILL
	suite=
	wait "$show"
	[ $status -ne 124 ] || echo "    (status 124: over its $limit s?)"
	return $status
}

# What the suites print where a test fails: libcheck, and our scripts
readonly FAILURE='^[^ ]*:[0-9]+:[FE]:|^not ok|^FAILED'

# The lines of a log that say how long a suite took, as times has them
times_of() {
	sed -nE 's|^([a-z0-9-]+/[^ ]+): ([0-9]+) s$|\2 \1|p' "$1"
}

# conclude NAME PASSED FAILED SECONDS
conclude() {
	local name=$1
	shift

	printf '   %d passed, %d failed in %d s\n\n' "$@"
	echo "$1 $2" >> "$counts"
	times_of "$work/log" | grep . >> "$times" || echo "$3 $name" >> "$times"
	[ "$2" -eq 0 ] || {
		echo "failed: $name"
		grep -E -m 20 "$FAILURE" "$work/log" | sed 's/^/    /'
	} >> "$failures"
}

heading() {
	printf '== %s: %s\n' "$@"
}

# counted NAME WHAT LIMIT COMMAND...: a suite that counts.
counted() {
	local name=$1 start=$SECONDS status good bad

	heading "$name" "$2"
	run "${@:3}"
	status=$?
	read -r good bad < <(count "$work/log")
	if [ $status -ne 0 ] && [ "$bad" -eq 0 ]; then
		echo "    ended with status $status, one failure more"
		bad=1
	elif [ $((good + bad)) -eq 0 ]; then
		echo "    counted nothing, a failure"
		bad=1
	fi
	conclude "$name" "$good" "$bad" $((SECONDS - start))
}

# single NAME WHAT LIMIT COMMAND...: one test, whose verdict is the exit status.
single() {
	local name=$1 start=$SECONDS

	heading "$name" "$2"
	if run "${@:3}"; then
		conclude "$name" 1 0 $((SECONDS - start))
	else
		echo "    ended with status $?"
		conclude "$name" 0 1 $((SECONDS - start))
	fi
}

# suites_beside SUITES: as a process of its own
suites_beside() {
	local work=$work/beside

	trap 'interrupted 143' TERM
	"$1"
	echo ended > "$work/ended"
}

# both SUITES OTHERS: two functions that run suites, at the same time.  The
# output of the second is shown when the first has ended.
both() {
	mkdir -p "$work/beside" || exit 1
	rm -f "$work/beside/ended"
	suites_beside "$2" > "$work/beside/output" 2>&1 &
	beside=$!
	"$1"
	wait "$beside"
	beside=
	cat "$work/beside/output"
	[ -e "$work/beside/ended" ] || echo "0 1" >> "$counts"
}

slowest() {
	local list

	list=$(sort -rn "$times" | head -n $NR_SLOWEST)
	[ -z "$list" ] || printf 'the slowest:\n%s\n\n' "$(
		awk '{ printf "%6d s  %s\n", $1, $2 }' <<< "$list")"
}

summary() {
	local passed failed

	read -r passed failed < <(awk '{ good += $1; bad += $2 }
		END { print good + 0, bad + 0 }' "$counts")
	slowest
	cat "$failures"
	rm -rf "$work"
	echo "$passed passed, $failed failed"
	[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
}

trap 'interrupted 129' HUP
trap 'interrupted 130' INT
trap 'interrupted 143' TERM

# Builds in here must not wait for a jobserver that has ended with its make.
unset MAKEFLAGS MFLAGS MAKELEVEL
