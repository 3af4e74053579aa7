# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2016,SC2154
#
# What goes wrong with packages on a machine, node0 of tests/package/boot, which
# takes this in: each time it has to be said what it is and what to do, in the
# file "said" there, and all packages have to be left configured.

# The shell of a machine has these.
readonly SAYS='says() {
	cat /tmp/said
	grep -q -e "$1" /tmp/said
}
configured() {
	[ "$(dpkg-query -W -f "\${db:Status-Status}\n" m3ipc m3ipc-dkms \
		libmolipc1 libmolipc-dev | sort -u)" = installed ]
}'

# later PACKAGE: a package of a later version with the same files, for the disk
# of node0
later() {
	local deb

	deb=$(echo "$top"/build/deb/"$1"_*.deb)
	rm -rf "$tmp/later" && dpkg-deb -R "$deb" "$tmp/later" &&
		sed -i 's/^Version: .*/&+1/' "$tmp/later/DEBIAN/control" &&
		dpkg-deb -b "$tmp/later" "$tmp/disk/later/$1.deb"
}

# upgrades PACKAGE WORD: with a VM that runs, and a server on it; WORD is said.
upgrades() {
	on node0 "$SAYS"$'\n'"$SERVER"'
		dpkg -i /root/m3ipc/later/'"$1"'.deb > /tmp/said 2>&1
		configured && says "'"$2"'" &&
		dpkg-query -W '"$1"' | grep "+1\$" &&
		[ "$(m3ipc call VM0 fs hello)" = HELLO ]
		status=$?
		kill $server
		[ $status = 0 ]'
}

upgrade() {
	upgrades m3ipc 'the node goes on' &&
		on node0 'systemctl is-active m3ipc m3ipc-proxy'
}

broken() {
	on node0 "$SAYS"'
		m3ipc down; mv /etc/m3ipc.conf /etc/m3ipc.conf.good
		echo "nodes" > /etc/m3ipc.conf
		! m3ipc up && ! systemctl start m3ipc &&
		journalctl -u m3ipc | grep "/etc/m3ipc.conf:1:" &&
		dpkg-reconfigure m3ipc > /tmp/said 2>&1 &&
		says "/etc/m3ipc.conf:1:" && says "mended" && configured
		status=$?
		mv /etc/m3ipc.conf.good /etc/m3ipc.conf
		systemctl reset-failed
		m3ipc up && [ $status = 0 ]'
}
