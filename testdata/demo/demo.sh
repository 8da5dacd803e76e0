#!/usr/bin/env bash
# From an empty folder to a running job on real input, as a user would do it:
# each command is printed before it runs. It needs Go only, ends by itself, and
# fails unless every line of the log is accounted for.
#
#   testdata/demo/demo.sh bin/spaas
#
# KEEP=1 leaves the scratch folder.
set -eu
repo=$(cd "$(dirname "$0")/../.." && pwd)
spaas=$(cd "$(dirname "${1:?usage: demo.sh SPAAS}")" && pwd)/$(basename "$1")
log=$repo/testdata/access-2015-05.log

scratch=$(mktemp -d "${TMPDIR:-/tmp}/spaas-demo.XXXXXX")
[ -n "${KEEP:-}" ] || trap 'cd /; rm -rf "$scratch"' EXIT
echo "in $scratch$([ -n "${KEEP:-}" ] || echo ', which is removed at the end')"
# The command that a user would type is the one that was just built.
ln -s "$spaas" "$scratch/spaas"
export PATH=$scratch:$PATH

show() { printf '\n$ %s\n' "$*"; "$@"; }
go build -o "$scratch/check" "$repo/testdata/demo/check"

cd "$scratch"
show spaas init web-log --template windowed --source kafka --sink kafka --yes
show cd web-log
show spaas test
show spaas run --input "requests=$log" --until-idle
echo
"$scratch/check" "$log" .
