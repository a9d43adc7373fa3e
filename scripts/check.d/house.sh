# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
# The checks of scripts/check that read the source; meant to be sourced by it.
# Each prints what is wrong, or nothing.

# The files of the tree that are not built.
list_files() {
	if [ -e .git ]; then
		git -c safe.directory='*' ls-files -co --exclude-standard
	else
		find . -type f -printf '%P\n'
	fi | grep -v '/build/' | while read -r file; do
		[ ! -f "$file" ] || echo "$file"
	done
}

c_files() { list_files | grep '\.[ch]$'; }

# script_files LANGUAGE: files whose first line names it
script_files() {
	# shellcheck disable=SC2016
	list_files | xargs awk -v first="^#.*$1" 'FNR == 1 && $0 ~ first {
		print FILENAME } FNR == 1 { nextfile }'
}

# Pairs of files of module/, the first of which includes the second.
includes() {
	local file name
	c_files | sed -n 's#^module/##p' | while read -r file; do
		sed -n 's/^#include "\(.*\)"/\1/p' "module/$file" |
			while read -r name; do
				# next to the file, or else in module/
				[ ! -e "module/${file%/*}/$name" ] ||
					name=${file%/*}/$name
				echo "$file $name"
			done
	done
}

# The levels are those of the table in docs/architecture.md.
levels() {
	includes | awk '
		function level_of(file) {
			stem = file; sub(/\.[ch]$/, "", stem)
			folder = file; sub(/[^\/]*$/, "", folder)
			for (i = 1; i <= 3; i++) {
				name = i == 1 ? file : i == 2 ? stem : folder
				if (name in level) return level[name]
			}
			if (!(file in told)) print file " has no level"
			told[file] = 1
		}
		NR == FNR {
			if ($0 !~ /^\| [0-9]+ \|/) next
			n = split($0, part, "`")
			for (i = 2; i <= n; i += 2) level[part[i]] = $2 + 0
			next
		}
		level_of($1) < level_of($2) { print $1 " includes " $2 }
	' docs/architecture.md -
}

cycles() { includes | grep '^[^ ]*\.h ' | tsort >/dev/null; }

long_functions() {
	c_files | ctags -L - -x --languages=C --kinds-C=f --fields=+e \
		--_xformat='%F %n %{end} %N' |
		awk '$3 - $2 >= 80 { print $1 ": " $4 " has " $3 - $2 + 1 }'
}

# The header that scripts/make-uapi makes is no file to be edited.
long_files() {
	{ c_files; script_files sh; script_files python; } | sort -u |
		grep -v '^module/uapi/' | xargs wc -l |
		awk '$1 > 700 && $2 != "total" { print $2 " has " $1 }'
}

check_shell() { script_files '(sh|shell=bash)$' | xargs shellcheck -x; }

# shellcheck disable=SC2154  # logs is a variable of scripts/check
check_python() {
	{ list_files | grep '\.py$'; script_files python3; } | sort -u |
		PYTHONPYCACHEPREFIX=$logs/pycache xargs python3 -m py_compile
}

lint_page() {
	scdoc <"$1" | mandoc -T lint -W warning |
		grep -v 'WARNING: skipping paragraph macro' || :
}
