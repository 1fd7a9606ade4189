# What bash offers after a line: the script of completion and the line are the arguments.
source "$1"
read -ra COMP_WORDS <<< "${2//=/ = }"
if [[ $2 == *' ' ]]; then COMP_WORDS+=(''); fi
COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
_slowfast
printf '%s\n' "${COMPREPLY[@]}"
