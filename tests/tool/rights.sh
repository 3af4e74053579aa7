# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2016,SC2086,SC2154
#
# What those may do who have no rights

# Root's files, but no capabilities
powerless() {
	setpriv --bounding-set=-all --inh-caps=-all "$@"
}

# The checkout may be where only root gets.
chmod 755 "$work"
cp "$top/tools/m3ipc" "$top"/libmolipc/libmol*.so.* "$work"
nobody() {
	LD_LIBRARY_PATH=$work setpriv --reuid=65534 --regid=65534 \
		--clear-groups "$work/m3ipc" "$@"
}

m3ipc vm init A > /dev/null
expect 1 'vm init B: EMOLPERM: ' powerless m3ipc vm init B
expect 1 'vm end A: EMOLPERM: ' powerless m3ipc vm end A
expect 1 'node end: EMOLPERM: ' powerless m3ipc node end
expect 1 'A: bind to slot 3: EMOLPERM: .*: slot 3 is a system slot' \
	powerless m3ipc serve A mem -t 0
expect 1 'A: bind to slot 28: EMOLPERM: ' powerless m3ipc notify A pm
expect 1 'process 1 to slot 3: EMOLPERM: ' powerless m3ipc proc bind A 1 mem
bind_sleeper A mem
expect 1 'proc unbind A mem: EMOLPERM: ' powerless m3ipc proc unbind A mem
expect 0 '' powerless m3ipc proc list
expect 0 '' powerless m3ipc vm show A
expect 1 'recv A mem: EMOLAGAIN: ' powerless m3ipc recv A mem -t 0
end_sleeper

expect 1 '/dev/m3ipc: .*permission' nobody node show
expect 1 '/dev/m3ipc: .*permission' nobody send A pm hi
m3ipc vm end A
