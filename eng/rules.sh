#!/usr/bin/env bash
# Runs the tests of the rules and prints one line per rule: what docs/rules.md says of it, tests passed, and how many of them end to end.
# Arguments are rules (S3 S7); without any, all. Exit code 0 only if each of them has tests that pass, one of them end to end, and none failed.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT
filters=()
for rule in "${@:-S*}"; do
  filters+=("Rule=$rule")
done

dotnet build -warnaserror --nologo -v quiet || exit
for project in tests/*.Tests; do
  suite=$(basename "$project")
  # 8: the suite has no test of these rules. Other failures are in the report, or there is none.
  dotnet test --no-build --project "$project" --filter-trait "${filters[@]}" --ignore-exit-code 8 \
    --results-directory "$results" --report-xunit --report-xunit-filename "$suite.xml" >"$results/$suite.log" 2>&1 ||
    { grep -E '^(failed|error)' "$results/$suite.log" || tail -20 "$results/$suite.log"; touch "$results/failed"; }
done

# One line per test and trait: rule, suite, result. A test of two rules counts for both.
for report in "$results"/*.xml; do
  sed -E 's/<(test|trait|reason) /\n&/g' "$report" |
    awk -v suite="$(basename "$report" .xml)" '
      /^<test /  { match($0, / result="[A-Za-z]+"/); result = substr($0, RSTART + 9, RLENGTH - 10) }
      /^<trait / && / name="Rule"/ { match($0, / value="[^"]*"/); print substr($0, RSTART + 8, RLENGTH - 9), suite, result }'
done >"$results/tests"

awk -F'|' -v wanted="$*" -v tests="$results/tests" '
  BEGIN {
    while ((getline line < tests) > 0) {
      split(line, word, " ")
      if (word[3] == "Pass") { passed[word[1]]++; if (word[2] ~ /EndToEnd/) endToEnd[word[1]]++ }
      else if (word[3] == "Fail") failed[word[1]]++
      else { skipped[word[1]]++; if (word[2] ~ /EndToEnd/) skippedEndToEnd[word[1]]++ }
    }
  }
  /^\| S[0-9]+ \|/ {
    rule = $2; says = $3
    gsub(/ /, "", rule); gsub(/^ +| +$/, "", says)
    if (wanted != "" && index(" " wanted " ", " " rule " ") == 0) next
    rules++
    verdict = "ok"
    if (failed[rule]) verdict = failed[rule] " FAILED"
    else if (!passed[rule] && !skipped[rule]) verdict = "NO TEST"
    else if (!endToEnd[rule]) verdict = skippedEndToEnd[rule] ? "NOT SHOWN HERE, skipped" : "NONE END TO END"
    if (verdict == "ok") held++
    printf "%-4s %3d passed, %2d end to end%s  %-8s %s\n", rule, passed[rule], endToEnd[rule], skipped[rule] ? ", " skipped[rule] " skipped" : "", verdict, says
  }
  END {
    printf "%d of %d rules hold\n", held, rules
    exit rules == 0 || held < rules
  }' docs/rules.md
held=$?
[[ ! -e $results/failed ]] || exit 1
exit $held
