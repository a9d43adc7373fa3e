# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
# The checks of scripts/check that read the source with the kernel's own tools,
# and those that look into the module as it is built; meant to be sourced by it.
# Each prints what is wrong, or nothing.

# kernel_tools: the folder scripts/ of Debian's package of the kernel's source,
# with checkpatch and the semantic patches; unpacked once
kernel_tools() {
	local archive dir
	archive=$(compgen -G '/usr/src/linux-source-*.tar.*' | sort -V |
		tail -n 1) || die "no /usr/src/linux-source-*.tar.*: run scripts/setup"
	dir=$(cache_dir)/${archive##*/}-tools
	lock 7 "$dir.lock" -x
	if [ ! "$dir/scripts" -nt "$archive" ]; then
		rm -rf "$dir"
		mkdir "$dir"
		tar -xf "$archive" -C "$dir" --strip-components=1 --wildcards \
			'*/scripts/checkpatch.pl' '*/scripts/spelling.txt' \
			'*/scripts/const_structs.checkpatch' \
			'*/scripts/coccinelle' || return
		touch "$dir/scripts"
	fi
	echo "$dir/scripts"
}

# The files that are held to the kernel's style, but for those that are made.
kernel_style_files() {
	c_files | grep -E '^(module|reader)/' | grep -v '^module/uapi/'
}

# check_patch TOOLS: what checkpatch says and tests/static/checkpatch does not
# leave out, and what that leaves out in vain
check_patch() {
	# it exits with 1 where it has something to say
	{ kernel_style_files | xargs "$1/checkpatch.pl" --no-tree --strict \
		--terse --show-types --max-line-length=120 -f || :; } |
		awk -F '\t' '
		NR == FNR {
			if (/^#/) next
			if (NF != 3) print "tests/static/checkpatch: " $0
			glob = $1
			gsub(/\./, "\\.", glob)
			gsub(/\*/, ".*", glob)
			n++; file[n] = "^" glob "$"; type[n] = $2; line[n] = $0
			next
		}
		/^total: / { next }
		{
			split($0, part, ":")
			for (i = 1; i <= n; i++)
				if (part[1] ~ file[i] && part[4] == type[i]) {
					used[i] = 1
					next
				}
			print
		}
		END {
			for (i = 1; i <= n; i++)
				if (!used[i]) print "leaves out nothing: " line[i]
		}' tests/static/checkpatch -
	rm -f .checkpatch-camelcase.*	# what it leaves behind
}

# semantic_patch FILE FOLDER...: what it has to say
semantic_patch() {
	local file=$1 folder
	shift
	for folder; do
		spatch -D report --very-quiet --no-show-diff --cocci-file "$file" \
			-I module/uapi -I "$folder" --dir "$folder" || echo "$file: $?"
	done
}

# check_semantic_patches TOOLS: a test for each of tests/static/coccinelle
check_semantic_patches() {
	local name folders
	while read -r name folders; do
		# shellcheck disable=SC2086  # a list of words
		rule "$name.cocci" semantic_patch \
			"$1/coccinelle/$name.cocci" ${folders:-module reader}
	done < <(grep -v '^#' tests/static/coccinelle)
}

# Sections of a module that are writable and executable.
check_sections() {
	readelf --section-headers --wide "$1" |
		sed -n 's/^ *\[ *[0-9]*\] //p' |
		awk '$(NF - 3) ~ /W/ && $(NF - 3) ~ /X/ {
			print "section " $1 " can be written and run" }'
}
