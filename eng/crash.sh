#!/usr/bin/env bash
# Kills a replica at each crash point and prints one line per point: survived or FAILED. Arguments are points (start.performed); without
# any, all of TESTING.md. Exit code 0 only if each of them was survived.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT
export CRASH_POINTS=${*:-all}

dotnet build -warnaserror --nologo -v quiet || exit
dotnet test --no-build --project tests/RecordingService.EndToEnd.Tests --filter-trait Suite=Crash \
  --results-directory "$results" --report-xunit --report-xunit-filename crash.xml >"$results/log" 2>&1
[[ -e $results/crash.xml ]] || { tail -20 "$results/log"; exit 1; }

# One line per point: result and name; below a failed one the report of what happened.
sed -E 's/<(test|trait|message|output) ?/\n&/g; s/<\/(message|output)>/&\n/g' "$results/crash.xml" |
  awk -v wanted="$*" '
    function tell() { if (point != "") { seen[point]; printf "%-9s %s\n", result == "Pass" ? "survived" : "FAILED", point; if (result == "Pass") survived++; else { failed++; print message } } }
    /^<test /  { tell(); point = ""; message = ""; match($0, / result="[A-Za-z]+"/); result = substr($0, RSTART + 9, RLENGTH - 10) }
    /^<trait / && / name="Point"/ { match($0, / value="[^"]*"/); point = substr($0, RSTART + 8, RLENGTH - 9) }
    /^<message/ { inMessage = 1; sub(/^<message>(<!\[CDATA\[)?/, "") }
    inMessage { line = $0; if (sub(/(\]\]>)?<\/message>.*/, "", line)) inMessage = 0; message = message "    " line "\n" }
    END {
      tell()
      count = split(wanted, names, " ")
      for (i = 1; i <= count; i++) if (!(names[i] in seen)) { failed++; printf "%-9s %s is no point\n", "FAILED", names[i] }
      printf "%d points survived, %d failed\n", survived, failed; exit survived == 0 || failed > 0
    }'
