# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154
#
# Servers and clients on all nodes that keep a ledger (talk.c), for the scripts
# that have taken lib.sh in.

readonly SERVER_SLOT=5 NOTIFIER_SLOT=20 CLIENT_SLOT=60
talkers=()
servers=()

# talk_begin SERVERS CLIENTS SECONDS [MS]: so many on each node; the first
# client of a node is in a system slot.  All servers are known everywhere.
talk_begin() {
	local i slots procs=()

	for ((i = 0; i < nodes * $1; i++)); do
		spawn $((i % nodes)) tests/cluster/talk serve "$work/ledger" \
			$i $((SERVER_SLOT + i))
		servers+=("$pid")
		procs+=("$((i % nodes)):$((SERVER_SLOT + i))")
	done
	for ((i = 0; i < nodes; i++)); do
		mapfile -t slots < <(seq $((SERVER_SLOT + i)) "$nodes" \
			$((SERVER_SLOT + nodes * $1 - 1)))
		soon bound $i "${slots[@]}" || return 1
		procs+=("$i:$((NOTIFIER_SLOT + i))")
	done
	enter_procs talk "${procs[@]}" || return 1
	for ((i = 0; i < nodes * $2; i++)); do
		spawn $((i % nodes)) tests/cluster/talk ask "$work/ledger" \
			$i $(((i < nodes ? NOTIFIER_SLOT : CLIENT_SLOT) + i)) \
			"$3" $SERVER_SLOT $((nodes * $1)) "${@:4}"
		talkers+=("$pid")
	done
}

# talk_end calm|rough: SECONDS after the begin
talk_end() {
	local i

	ok "the clients end" soon all_ended "${talkers[@]}" || {
		for ((i = 0; i < nodes; i++)); do
			table $i
		done
		return 1
	}
	ok "none was refused" succeeded "${talkers[@]}"
	ok "nothing is left on the way" soon nothing_left \
		$(seq 0 $((nodes - 1)))
	kill -TERM "${servers[@]}"
	ok "the servers end" succeeded "${servers[@]}"
	ok "the account is right" tests/cluster/talk account "$work/ledger" \
		${#talkers[@]} ${#servers[@]} "$1"
}
