# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034,SC2154
#
# What the disk of tests/cluster/files.sh, which is taken in before this, holds
# at a moment, as if all had ended then, and what is to be said of that.
#
#	picture_take		# writers are stopped from then on
#	picture_judge		# adds to checked, lost, unclean

checked=0 lost=0 unclean=0

# Writers first: what their logs say is synced stays as it is.
picture_take() {
	local w

	writers_stop
	for w in $WRITERS; do
		cp "$work/synced-$w" "$work/picture-$w"
	done
	[ -z "$memory" ] || kill -STOP "$memory"
	cp "$image" "$work/picture.img"
	rm -f "$work/picture.img.journal"
	[ ! -e "$image.journal" ] ||
		cp "$image.journal" "$work/picture.img.journal"
	[ -z "$memory" ] || kill -CONT "$memory"
}

# Those of one writer
picture_look() {
	local n gone

	read -r n gone < <(tests/files/synced check "$work/picture-$1" \
		"$work/picture" "$1-")
	checked=$((checked + n))
	lost=$((lost + gone))
}

picture_judge() {
	local w

	tests/files/recover "$work/picture.img" 2>> "$work/recovered" ||
		return
	fsck.minix -f "$work/picture.img" > "$work/fsck" 2>&1 || {
		cat "$work/fsck"
		unclean=$((unclean + 1))
	}
	mount -t minix -o loop,ro "$work/picture.img" "$work/picture" || return
	for w in $WRITERS; do
		picture_look "$w"
	done
	umount "$work/picture"
}
