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
# What the script of m3ipc-dkms has to say, without DKMS, which compiles for
# minutes in such a machine
told() {
	sed "/^# Automatically added/,/^# End automatically/d" \
		/var/lib/dpkg/info/m3ipc-dkms.postinst |
		sh -s configure > /tmp/said 2>&1
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
		on node0 'all_active m3ipc'
}

# The driver is not built again, which takes minutes in such a machine.
without_headers() {
	on node0 'mv "/lib/modules/$(uname -r)/build" /root/build' &&
		upgrades m3ipc-dkms 'its headers, linux' &&
		on node0 "$SAYS"'
		says "the driver in use goes on"
		m3ipc down > /tmp/down && rmmod m3ipc &&
		! m3ipc up > /tmp/said 2>&1 && says linux-headers'
}

# Puts the module that was built at first in its place again.
with_headers() {
	on node0 'cd "/lib/modules/$(uname -r)" && mv /root/build . &&
		mkdir -p updates/dkms && cp /root/m3ipc.ko updates/dkms &&
		depmod && modprobe m3ipc &&
		m3ipc up'
}

# As if it were of another version than the one that is loaded
other_version() {
	on node0 "$SAYS"'
		file=$(modinfo -n m3ipc)
		sed -i "s/\x00version=0/\x00version=9/" "$file"
		[ "$(modinfo -F version m3ipc)" != "$(cat \
			/sys/module/m3ipc/version)" ]
		changed=$?
		told
		status=$?
		cp /root/m3ipc.ko "$file"
		[ $changed = 0 ] && [ $status = 0 ] &&
			says "is another version" && m3ipc vm show VM0'
}

# One with nothing but the name in common; objcopy leaves its signature out,
# which would be a wrong one.
other_module() {
	on node0 "$SAYS"'
		m3ipc down && rmmod m3ipc &&
		sed s/dummy/m3ipc/g "$(modinfo -n dummy)" > /tmp/signed.ko &&
		objcopy /tmp/signed.ko /tmp/m3ipc.ko && insmod /tmp/m3ipc.ko &&
		! m3ipc up > /tmp/said 2>&1 && says "another module of that" &&
		told && says "is another one"
		status=$?
		rmmod m3ipc && modprobe m3ipc && m3ipc up &&
		[ $status = 0 ]'
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

# As with Secure Boot: what is not signed is not loaded.
strict() {
	local kernel

	kernel=$("$package/root") || return
	start node2 -kernel "$kernel/vmlinuz" \
		-initrd "$kernel/initrd.img" -append "root=LABEL=m3ipc rw $(
		)console=ttyS0 module.sig_enforce=1" || return
	on node2 "$SAYS"'
		systemctl is-system-running --wait
		! m3ipc up > /tmp/said 2>&1 && says "SECURE BOOT" &&
		journalctl -u m3ipc | grep "SECURE BOOT" &&
		told && says "cannot be loaded" && says "SECURE BOOT" &&
		configured'
}
