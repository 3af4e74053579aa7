# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2001,SC2086,SC2154
#
# What the parts of the test share.  A test is a command with what it has to
# end with and to print; its name is the command itself.

. "$(dirname "${BASH_SOURCE[0]}")/../lib/count.sh" || exit 1
pid=		# of the last start
out=		# its output
tab=$'\t'
nr_starts=0
json_names=() json_texts=() json_filters=()	# what json has to look at
# Without what it loads at its start for programs of others
python=(/usr/bin/python3 -IS)
exec {never}<> <(:)	# to read from it is to sleep, in this process

cleanup() {
	local child

	for child in $(jobs -p); do
		kill -KILL "$child"
	done
	m3ipc node end
	rm -rf "$work"
} 2> /dev/null

# Puts a command into "name".
name_of() {
	printf -v name '%q ' "$@"
	name=${name% }
}

# Nothing that is tested may hang: what never ends has status 124.  Called in a
# subshell.
limited() {
	if [ "$1" = eval ] || declare -F "$1" > "$work/null"; then
		"$@"
	else
		exec timeout 60 "$@"
	fi < /dev/null 2>&1
}

# What is wrong with a status and a text, if anything
difference() {
	local want_status=$1 pattern=$2 status=$3 text=$4

	[ "$status" -eq "$want_status" ] ||
		printf 'status %d, not %d\n' "$status" "$want_status"
	[[ $text =~ $pattern ]] || printf 'no match for %q\n' "$pattern"
	[ "$status" -eq "$want_status" ] && [[ $text =~ $pattern ]] ||
		printf 'printed: %s\n' "$text"
}

# expect STATUS REGEX COMMAND...: what a command prints, stderr included
expect() {
	local status=$1 pattern=$2 text rc name

	shift 2
	text=$(limited "$@")
	rc=$?
	name_of "$@"
	if [ $rc -eq "$status" ] && [[ $text =~ $pattern ]]; then
		verdict "$name"
	else
		verdict "$name" "$(difference "$status" "$pattern" $rc "$text")"
	fi
}

# json FILTER COMMAND...: prints JSON for which jq finds the filter true.  That
# is looked at in audit, for all of a part at once: jq takes long to start.
json() {
	local filter=$1 text rc name

	shift
	text=$(limited "$@")
	rc=$?
	name_of "$@"
	if [ $rc -ne 0 ]; then
		verdict "$name" "status $rc"$'\n'"printed: $text"
		return
	fi
	json_names+=("$name gives $filter")
	json_texts+=("$text")
	json_filters+=("$filter")
}

# Prints a line for each of them, as far as they are JSON: true, or another.
json_results() {
	local program=empty i

	for i in "${!json_filters[@]}"; do
		program+=", (try (.[$i] | ${json_filters[i]}) catch .)"
	done
	printf '%s\n' "${json_texts[@]}" | jq -cs "$program" 2>&1
}

json_verdicts() {
	local results i

	[ ${#json_names[@]} -gt 0 ] || return 0
	mapfile -t results < <(json_results)
	for i in "${!json_names[@]}"; do
		if [ "${results[i]-}" = true ]; then
			verdict "${json_names[i]}"
		else
			verdict "${json_names[i]}" "found ${results[i]-nothing}
printed: ${json_texts[i]}"
		fi
	done
	json_names=() json_texts=() json_filters=()
}

# Waits for a condition; the time limit is for what never comes.
wait_until() {
	local end=$((SECONDS + 20))

	until "$@"; do
		if [ $SECONDS -ge $end ]; then
			verdict "wait until $*" "waited in vain"
			return 1
		fi
		read -rt 0.02 -u $never
	done
	return 0
}

# In words, what a process is doing, empty if it is not bound: into "state".  $!
# is as it was.
find_state() {
	local row

	state=
	while IFS=$tab read -ra row; do
		[ "${row[3]}" != "$1" ] || state=${row[12]}
	done <<< "$(exec m3ipc proc list 2> /dev/null)"
}

state_of() {
	find_state "$1"
	printf '%s' "$state"
}

in_state() {
	find_state "$1"
	# shellcheck disable=SC2053 # a pattern
	[[ $state == $2 ]]
}

# start STATE COMMAND...: in the background, until it is bound and in a state
# (a pattern of the shell) or it has ended.
start() {
	local state=$1

	shift
	out=$work/out$((nr_starts += 1))
	# Background processes of scripts ignore SIGINT otherwise.
	env --default-signal=INT "$@" > "$out" 2>&1 < /dev/null &
	pid=$!
	name_of "$@"
	started=$name
	wait_until in_state_or_gone $pid "$state"
}

in_state_or_gone() {
	in_state "$1" "$2" || is_gone "$1"
}

is_gone() {
	! kill -0 "$1"
} 2> /dev/null

# The status of a process that is about to end
status_of() {
	wait_until is_gone "$1" || kill -KILL "$1"
	wait "$1"
}

# finish STATUS REGEX [WHY]: how the command that was started last ends
finish() {
	local rc

	status_of $pid
	rc=$?
	verdict "$started${3:+: $3}" "$(difference "$1" "$2" $rc "$(< "$out")")"
}

# Ends the command that was started last; what it had printed is of interest.
stop() {
	kill -TERM $pid
	finish 143 "$@"
}

# The names of all commands, those of groups with a blank
commands() {
	m3ipc --help | sed -n 's/^  \([a-z-]\+\( [a-z]\+\)\?\) .*/\1/p'
}

# completions WORD...: what is offered for the last of these words, sorted
completions() (
	# shellcheck source=/dev/null
	. "$top/conf/m3ipc.bash-completion"
	# shellcheck disable=SC2034 # bash gives these to the function
	COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
	_m3ipc
	echo "${COMPREPLY[@]}" | tr ' ' '\n' | sort | xargs
)

# A process that does nothing, bound to a slot; "sleeper" is its pid.
bind_sleeper() {
	sleep infinity &
	sleeper=$!
	m3ipc proc bind "$1" $sleeper "$2" > /dev/null
}

# One whose name is any bytes but a newline, as printf's %b has them
bind_named() {
	(
		printf '%b' "$3" > /proc/$BASHPID/comm
		read -ru $never
	) &
	sleeper=$!
	wait_until is_renamed $sleeper
	m3ipc proc bind "$1" $sleeper "$2" > "$work/null"
}

is_renamed() {
	[ "$(< "/proc/$1/comm")" != "$(< /proc/$$/comm)" ]
}

end_sleeper() {
	kill -KILL $sleeper
	wait $sleeper
} 2> /dev/null

audit() {
	json_verdicts
	verdict "$1: no process is left" "$(jobs -rp)"
	verdict "$1: no slot is left" "$(m3ipc proc list | tail -n +2)"
	verdict "$1: no VM is left" "$(m3ipc vm list | tail -n +2)"
}
