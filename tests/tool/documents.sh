# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2016,SC2086,SC2154
#
# What the documents say is so: examples print what is printed there; and
# completion offers what there is.

readme=$top/README.md
manual=$top/man/m3ipc.1

# The text of the code blocks of a language in a page of markdown
code_blocks() {
	awk -v start="\`\`\`$1" '/^```/ { show = $0 == start; next } show' \
		"$readme"
}

manual_examples() {
	sed -n '/^\.Sh EXAMPLES/,/^\.Sh SEE/p' "$manual" |
		awk '/^\.Ed/ { show = 0 } show; /^\.Bd/ { show = 1 }' |
		sed "s/\\\\(aq/'/g; s/\\\\e/\\\\/g"
}

# Types the lines behind "# " and prints them with what comes out, as a
# terminal would show it.  A command in the background gets the time to bind.
type_in() {
	local line

	while IFS= read -r line; do
		[[ $line == '# '* ]] || continue
		printf '%s\n' "$line"
		eval "${line#\# }"
		[[ $line == '# m3ipc '*'&' ]] && wait_until is_bound_or_gone $!
	done <<< "$1" 2>&1
}

is_bound_or_gone() {
	in_state_or_gone "$1" '?*'
}

# Whether the examples, typed in where the checkout seems to be, give
# themselves
examples() {
	local folder

	[ -n "$2" ] || verdict "$1" 'there are none'
	folder=$(mktemp -d -p "$work")
	ln -s "$top"/{conf,libmolipc,tests,tools} "$folder"
	m3ipc node end
	verdict "$1" "$(cd "$folder" && diff <(echo "$2") <(type_in "$2"))"
	m3ipc node init
}

examples 'the examples of README.md' "$(code_blocks console)"
examples 'the examples of m3ipc.1' "$(manual_examples)"
verdict 'the program in README.md is tests/demo/hello.c' \
	"$(diff <(code_blocks c) <(tail -n +2 "$top/tests/demo/hello.c"))"

# Completion, where it needs VMs and nodes
m3ipc vm init alpha > /dev/null
m3ipc vm init beta > /dev/null
m3ipc node add alpha 1
expect 0 '^0 1$' completions m3ipc node show ''
expect 0 '^alpha beta$' completions m3ipc node add ''
expect 0 '^0 1$' completions m3ipc node add alpha ''
expect 0 '^0 1$' completions m3ipc proc bind alpha 12 --node ''
expect 0 '^alpha beta$' completions m3ipc vm show ''
expect 0 '^alpha beta$' completions m3ipc priv set ''
expect 0 '^beta$' completions m3ipc call b
expect 0 '^alpha beta$' completions m3ipc graph ''
expect 0 '^alpha beta$' completions m3ipc ps ''
m3ipc vm end alpha
m3ipc vm end beta
