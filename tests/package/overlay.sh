# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# A clean root (tests/package/root) as a folder that can be written to: an
# overlay in a mount namespace of the script that takes this in, where all goes
# with it.  The script runs once more, in that namespace, if it is not yet.
#
#	root        the folder
#	in_root     runs a command in it

if [ -z "${M3_OVERLAY-}" ]; then
	[ "$(id -u)" = 0 ] || {
		echo "${0##*/}: needs root, for chroot" >&2
		exit 1
	}
	M3_OVERLAY=yes exec unshare --mount --pid --fork --kill-child \
		"$0" "$@"
fi

umask 022
package=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P) || exit
debs=$package/../../build/deb
clean=$("$package/root") || exit
overlay=$(mktemp -d) || exit
root=$overlay/root

overlay_end() {
	umount -R "$root"
	rm -rf "$overlay"
} 2> /dev/null

overlay_start() {
	local options="lowerdir=$clean"

	options+=",upperdir=$overlay/upper,workdir=$overlay/work"
	mkdir "$overlay"/{upper,work,root} &&
		mount -t overlay -o "$options" overlay "$root" &&
		mount -t proc proc "$root/proc" &&
		mount --rbind /dev "$root/dev" &&
		mount -t tmpfs tmpfs "$root/run" &&
		mount -t tmpfs tmpfs "$root/tmp" &&
		mkdir "$root/tmp/deb" &&
		cp "$debs"/*.deb "$root/tmp/deb" &&
		cp -L /etc/resolv.conf "$root/etc/resolv.conf"
}

in_root() {
	env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 \
		DEBIAN_FRONTEND=noninteractive chroot "$root" "$@"
}

trap overlay_end EXIT
overlay_start || {
	echo "${0##*/}: no overlay over $clean" >&2
	exit 1
}
