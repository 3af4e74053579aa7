# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034
#
# Corosync on the nodes of tests/cluster/lib.sh, which takes this in after it:
# a real daemon in each namespace, with folders of its own under $work.  Needs
# 150 MB a daemon.
#
#	membership=corosync
#	cluster_up 3 ...	# or: nodes=3; network_up
#	corosync_config		# of all nodes: $work/corosync.conf
#	corosync_start 0 1 2
#	patiently ring 0 0 1 2 || ...	# node 0 has these in its ring
#	corosync_kill 1		# by SIGKILL
#	corosync_stop 1; corosync_cont 1
#	node_kill 1; corosync_gone 1	# all that runs on it
#	partition "0" "1 2"; heal	# cables into other bridges, and back
#
# TRANSPORT=knet has it encrypted, as "m3ipc up" has it; udpu, without, takes
# less of the processor and is sooner to merge.  TOKEN is its time in ms: one
# that is gone is missed after twice that and a little.

TRANSPORT=${TRANSPORT-udpu}
TOKEN=${TOKEN-1000}
declare -A corosync # by node: its process

# Daemons that start, on processors that are busy
patiently() {
	local within=120

	soon "$@"
}

# A brace ends its line, and its fellow is alone: else it is not understood.
corosync_config_text() {
	local i

	cat << END
totem {
  version: 2
  cluster_name: m3ipc
  transport: $TRANSPORT
  token: $TOKEN
END
	[ "$TRANSPORT" != knet ] || cat << END
  crypto_cipher: aes256
  crypto_hash: sha256
  keyfile: $work/authkey
END
	printf '}\nnodelist {\n'
	for ((i = 0; i < nodes; i++)); do
		cat << END
  node {
    ring0_addr: $(address $i)
    nodeid: $((i + 1))
    name: node$i
  }
END
	done
	cat << END
}
quorum {
}
system {
  sched_rr: no
  move_to_root_cgroup: no
}
logging {
  to_stderr: no
  to_syslog: no
  to_logfile: yes
  logfile: /var/log/corosync/corosync.log
  timestamp: hires
}
END
}

corosync_config() {
	corosync_config_text > "$work/corosync.conf" &&
		head -c 256 /dev/urandom > "$work/authkey"
}

# corosync_start NODE...: with what those have left in their folders.  A mount
# of m3ipc-fuse that it had, too, would not end before it does.
corosync_start() {
	local i dir

	for i; do
		dir=$work/corosync$i
		mkdir -p "$dir"/{lib,run,log}
		# shellcheck disable=SC2016 # of the inner shell
		spawn "$i" unshare -m --propagation private bash -c '
			umount -l -a -t fuse.m3ipc
			mount --bind "$1/lib" /var/lib/corosync &&
				mount --bind "$1/run" /run &&
				mount --bind "$1/log" /var/log/corosync &&
				exec corosync -f -c "$2"
			' - "$dir" "$work/corosync.conf" \
			>> "$dir/output" 2>&1
		corosync[$i]=$pid
	done
}

# Of those that have ended: one that is killed leaves memory behind.
corosync_gone() {
	local i id

	for i; do
		id=${corosync[$i]-}
		[ -n "$id" ] || continue
		wait "$id"
		rm -rf /dev/shm/qb-"$id"-* /dev/shm/qb-corosync-"$id"-*
		unset "corosync[$i]"
	done
} 2> /dev/null

# corosync_signal SIGNAL NODE...
corosync_signal() {
	local i

	for i in "${@:2}"; do
		kill "-$1" "${corosync[$i]}"
	done
}

corosync_kill() {
	corosync_signal KILL "$@"
	corosync_gone "$@"
}

# In good order: its programs leave their groups.
corosync_end() {
	corosync_signal TERM "$@"
	corosync_gone "$@"
}

corosync_stop() {
	corosync_signal STOP "$@"
}

corosync_cont() {
	corosync_signal CONT "$@"
}

# ring NODE MEMBER...: those are what its Corosync has in its ring.
ring() {
	local i key value has=" "

	while IFS== read -r key value; do
		[[ $key =~ members\.([0-9]+)\.status && $value == *joined ]] &&
			has+="$((BASH_REMATCH[1] - 1)) "
	done < <(on "$1" corosync-cmapctl runtime.members. 2> "$work/null")
	for i in "${@:2}"; do
		[[ $has == *" $i "* ]] || return 1
		has=${has/ $i / }
	done
	[ "$has" = " " ]
}

corosync_log() {
	local i

	for i; do
		tail -n 20 "$work/corosync$i/output" \
			"$work/corosync$i/log/corosync.log"
	done
}

# partition "NODE..." "NODE...": each part gets a bridge.
partition() {
	local part bridge i nr=0

	for part; do
		bridge=part$nr
		nr=$((nr + 1))
		on bridge ip link show $bridge > "$work/null" 2>&1 ||
			on bridge ip link add $bridge type bridge \
				forward_delay 0 || return 1
		on bridge ip link set $bridge up || return 1
		for i in $part; do
			on bridge ip link set "port$i" master $bridge ||
				return 1
		done
	done
}

heal() {
	local i

	for ((i = 0; i < nodes; i++)); do
		on bridge ip link set "port$i" master bridge || return 1
	done
}

# Before the namespaces go
corosync_down() {
	corosync_kill "${!corosync[@]}"
	cluster_down
}

trap corosync_down EXIT
