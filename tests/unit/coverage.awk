# SPDX-License-Identifier: GPL-2.0
# What "gcov -n -b" prints, as a table of the core's files and a total.
# least: the branch coverage, in percent, below which to fail.

# "Lines executed:98.00% of 50" counts 49 of 50.
function counted(   part) {
	split($0, part, /[:%]/)
	total = $NF
	return int(part[2] * total / 100 + 0.5)
}

function row(name, l, ls, b, bs) {
	printf "%-14s lines %3d of %3d (%6.2f %%)  branches %3d of %3d (%6.2f %%)\n",
	       name, l, ls, ls ? 100 * l / ls : 100, b, bs, bs ? 100 * b / bs : 100
}

/^File / {
	name = $2
	gsub(/.*\/|'/, "", name)
	core = name ~ /\.c$/
	lines = branches = 0
}

core && /^Lines executed/ { lines = counted(); of_lines = total }

core && /^Taken at least once/ { branches = counted(); of_branches = total }

# Only this line ends a file, so that one without branches counts as well.
core && (/^Calls executed/ || /^No calls/) {
	if (!branches)
		of_branches = 0
	row(name, lines, of_lines, branches, of_branches)
	l += lines; ls += of_lines; b += branches; bs += of_branches
	core = 0
}

END {
	row("module/core", l, ls, b, bs)
	if (!bs || 100 * b / bs < least) {
		print "branch coverage is below " least " %"
		exit 1
	}
}
