#!/usr/bin/env bash
# The commands of this repository by short names.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

usage() {
  cat <<'TEXT'
usage: ./build.sh VERB [ARGUMENTS]
  build     build everything, warnings are errors
  test      run all tests; arguments go to dotnet test
  rules     run the tests of the rules in docs/rules.md and print a line for each; arguments are rules (S3 S7)
  crash     kill a replica at each crash point of TESTING.md and print a line for each; arguments are points (start.performed)
  format    format all C# code
  docs      write docs/openapi and docs/state-machine.md anew from the code
  stack     start PostgreSQL, the Agora simulator and the API here and record a class (--once, --port N, --fresh)
  benchmark measure this machine, for example: benchmark notifications [--connections N] [--seconds N]
            or: benchmark events [--connections N] [--rate N] [--seconds N]
  storm     start 1,000 classes at once on one App ID and measure how long they wait (--classes N, --factor N)
  chaos     record a timetable under faults, beside two plain clients (--seed N, --classes N, --profile NAME)
  ci        what continuous integration runs
TEXT
}

verb=${1:-}
[[ $# -gt 0 ]] && shift
case $verb in
  build) dotnet build -warnaserror "$@" ;;
  test) dotnet test "$@" ;;
  rules) eng/rules.sh "$@" ;;
  crash) eng/crash.sh "$@" ;;
  format) dotnet tool restore >/dev/null && dotnet csharpier format . "$@" ;;
  docs)
    UPDATE_DOCS=1 dotnet test --project tests/RecordingService.Api.Tests
    UPDATE_DOCS=1 dotnet test --project tests/RecordingService.Domain.Tests
    ;;
  stack) dotnet run --project tools/RecordingService.LocalStack -- "$@" ;;
  benchmark) dotnet run --project tools/RecordingService.Benchmarks --configuration Release -- "$@" ;;
  storm) dotnet run --project tools/RecordingService.Benchmarks --configuration Release -- storm "$@" ;;
  chaos) dotnet run --project tools/RecordingService.Chaos --configuration Release -- "$@" ;;
  ci) .ci/run "$@" ;;
  *) usage; [[ -z $verb || $verb == --help || $verb == -h ]] || exit 2 ;;
esac
