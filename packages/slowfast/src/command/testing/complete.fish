# What fish offers after a line: the script of completion and the line are the arguments.
source $argv[1]
complete -C "$argv[2]" | string replace -r '\t.*' ''; or true
