# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2016,SC2086,SC2154
#
# What the documents say is so: examples print what is printed there, the
# manual names each command and option, and completion offers them.

readme=$top/README.md
manual=$top/man/m3ipc.1
completion=$top/conf/m3ipc.bash-completion

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
	ln -s "$top/libmolipc" "$top/tests" "$top/tools" "$folder"
	m3ipc node end
	verdict "$1" "$(cd "$folder" && diff <(echo "$2") <(type_in "$2"))"
	m3ipc node init
}

examples 'the examples of README.md' "$(code_blocks console)"
examples 'the examples of m3ipc.1' "$(manual_examples)"
verdict 'the program in README.md is tests/demo/hello.c' \
	"$(diff <(code_blocks c) <(tail -n +2 "$top/tests/demo/hello.c"))"

not_in_manual() {
	while read -r name; do
		grep -q "^\.It Cm $name\\b" "$manual" || echo "$name"
	done < <(commands)
	while read -r name; do
		grep -q -- "Fl -$name\\b" "$manual" || echo "--$name"
	done < <(commands | sed 's/.*/m3ipc & --help/' | bash |
		sed -n 's/^  .* --\([a-z]*\).*/\1/p' | sort -u)
}

verdict 'm3ipc.1 has all commands and options' "$(not_in_manual)"

# completions WORD...: what is offered for the last of these words, sorted
completions() (
	# shellcheck source=/dev/null
	. "$completion"
	# shellcheck disable=SC2034 # bash gives these to the function
	COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
	_m3ipc
	echo "${COMPREPLY[@]}" | tr ' ' '\n' | sort | xargs
)

m3ipc vm init alpha > /dev/null
m3ipc vm init beta > /dev/null
expect 0 '^call check-config down graph keygen node notify priv proc proxy '\
'recv send serve status top trace up vm$' completions m3ipc ''
m3ipc node add alpha 1
expect 0 '^add del end forget init list show$' completions m3ipc node ''
expect 0 '^0 1$' completions m3ipc node show ''
expect 0 '^alpha beta$' completions m3ipc node add ''
expect 0 '^0 1$' completions m3ipc node add alpha ''
expect 0 '^0 1$' completions m3ipc proc bind alpha 12 --node ''
expect 0 '^--config --help --json$' completions m3ipc up --
expect 0 '^/etc/passwd$' completions m3ipc up -c /etc/passw
expect 0 '^list show$' completions m3ipc proxy ''
expect 0 '^$' completions m3ipc status ''
expect 0 '^--help --json --secret$' completions m3ipc keygen --
expect 0 '^send serve$' completions m3ipc se
expect 0 '^end init list show$' completions m3ipc vm ''
expect 0 '^alpha beta$' completions m3ipc vm show ''
expect 0 '^set show$' completions m3ipc priv ''
expect 0 '^alpha beta$' completions m3ipc priv set ''
expect 0 '^--from --help --level --to --traps --warn$' \
	completions m3ipc priv set alpha mem --
expect 0 '^beta$' completions m3ipc call b
expect 0 '^alpha beta$' completions m3ipc graph ''
expect 0 '^$' completions m3ipc trace ''
expect 0 '^bind block call end message unbind vcopy wake$' \
	completions m3ipc trace -e ''
expect 0 '^call,bind call,block$' completions m3ipc trace -e call,b
expect 0 '^alpha beta$' completions m3ipc ps ''
expect 0 '^$' completions m3ipc vm init ''
expect 0 '^$' completions m3ipc node end ''
expect 0 '^--bind --help --json --timeout$' completions m3ipc recv --
expect 0 '^--timeout$' completions m3ipc proc unbind alpha 5 --t
expect 0 '^--timeout$' completions m3ipc call -j alpha --ti
expect 0 '^$' completions m3ipc serve alpha mem -- ''
m3ipc vm end alpha
m3ipc vm end beta
