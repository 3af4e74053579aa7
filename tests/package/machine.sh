# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Machines that start from build/image/m3ipc.qcow2 (tests/package/image), whose
# changes are thrown away, and a shell of root on each, at its second terminal:
#
#	machine_start NAME LIMIT [QEMU-OPTION...]
#			starts it, and returns when its shell answers
#	on NAME COMMAND	runs COMMAND, of several lines maybe, in that shell:
#			its output, errors too, and its status
#	machine_stop NAME
#			ends it, as if its power failed
#
# All machines end with the script.

package=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P) || exit
readonly IMAGE=$package/../../build/image/m3ipc.qcow2

machines=$(mktemp -d) || exit
declare -A machine_pid machine_in machine_out

machine_say() {
	echo "# ${0##*/}: $*" >&2
}

machines_end() {
	local name

	for name in "${!machine_pid[@]}"; do
		machine_stop "$name"
	done
	rm -rf "$machines"
}

# The shell's first words; the terminal may lose what comes too early.
machine_greet() {
	local name=$1 limit=$((SECONDS + $2)) line

	while [ $SECONDS -lt $limit ]; do
		[ -d "/proc/${machine_pid[$name]}" ] || break
		echo "stty -echo; bind 'set enable-bracketed-paste off';" \
			"set +m; PS1= PS2=; echo 'rea''dy'" \
			>&"${machine_in[$name]}"
		while read -r -t 2 -u "${machine_out[$name]}" line; do
			[[ $line != *ready* ]] || return 0
		done
	done
	machine_say "$name does not answer; its console:"
	tail -n 40 "$machines/$name.console" | tr -d '\r' >&2
	return 1
}

machine_start() {
	local name=$1 limit=$2 in out path=$machines/$1
	shift 2

	qemu-img create -q -f qcow2 -b "$IMAGE" -F qcow2 "$path.disk" &&
		mkfifo "$path".{in,out} || return
	exec {in}<> "$path.in" {out}<> "$path.out"
	setpriv --pdeathsig KILL qemu-system-x86_64 -nodefaults -display none \
		-cpu max -smp 2 -m 1024 \
		-drive "file=$path.disk,if=virtio,cache=unsafe" \
		-serial "file:$path.console" -device virtio-serial \
		-chardev "pipe,id=shell,path=$path" \
		-device virtconsole,chardev=shell "$@" \
		< /dev/null > "$path.qemu" 2>&1 &
	machine_pid[$name]=$!
	machine_in[$name]=$in
	machine_out[$name]=$out
	machine_greet "$name" "$limit"
}

# What a command writes goes to a file there, so that what it leaves running
# can go on writing; and comes as base64, so that nothing is in between.
on() {
	local name=$1 token=$RANDOM$RANDOM line
	local in=${machine_in[$name]} out=${machine_out[$name]}

	echo "eval \"\$(base64 -d <<< $(base64 -w 0 <<< "$2"))\"" \
		"> /tmp/out.$token 2>&1 < /dev/null; status=\$?;" \
		"echo; echo begin$token; base64 < /tmp/out.$token;" \
		"echo end$token \$status" \
		>&"$in"
	while read -r -t "${ON_LIMIT-300}" -u "$out" line; do
		line=${line%$'\r'}
		case $line in
		"begin$token")
			: > "$machines/$name.said"
			;;
		"end$token "*)
			base64 -d "$machines/$name.said"
			return "${line##* }"
			;;
		*)
			echo "$line" >> "$machines/$name.said"
		esac
	done
	machine_say "$name has not ended: $2"
	return 124
}

machine_stop() {
	kill -KILL "${machine_pid[$1]}"
	wait "${machine_pid[$1]}"
	unset "machine_pid[$1]"
	rm -f "$machines/$1".*
} 2> /dev/null

trap machines_end EXIT
