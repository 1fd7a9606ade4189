# What zsh offers after a line, which needs a terminal: what compadd is called with.
zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell "PS1= ; autoload -Uz compinit && compinit -u -D; source $1; setopt extended_glob"'
compadd() {
  local -a hits
  [[ " $* " == *\ -[a-zA-Z12345]#[OAD]\ * ]] || { builtin compadd -O hits "$@"; print -rl -- "<HIT>"${^hits} }
  builtin compadd "$@"
}
offer() { _main_complete; print -r -- "<END>"; compstate[insert]=; compstate[list]= }
zle -C offer complete-word offer; bindkey "^I" offer; print "<READY>"'
zpty -r shell text '*<READY>*<READY>*'
zpty -w -n shell "$2"$'\t'
zpty -r shell text '*<END>*'
for line in ${(f)text}; do
  if [[ $line == *'<HIT>'* ]]; then print -r -- ${(Q)${${line##*<HIT>}%$'\r'}}; fi
done
zpty -d shell
