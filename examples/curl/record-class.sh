#!/usr/bin/env bash
# Records one class: start, wait until it is proven, stop, print the playlist.
# usage: record-class.sh BASE_URL [CHANNEL] [SECONDS]       needs bash, curl and jq. An API key, if the service wants one: RECORDING_API_KEY
set -euo pipefail

base=${1:?usage: record-class.sh BASE_URL [CHANNEL] [SECONDS]}
# Your own id for the lesson; here a made-up one.
lesson=lesson-$$-$RANDOM
channel=${2:-$lesson}
length=${3:-20}
authorization=${RECORDING_API_KEY:+header = \"Authorization: Bearer $RECORDING_API_KEY\"}

# Answers that bring no recording are shown and end the script.
ask() { # method, path, further arguments of curl
  local answer
  # The connection may break and the service may be away (503): curl sends the same request again, which is safe here.
  # The key goes in by standard input, because everybody on this machine may read the arguments of a program.
  answer=$(curl --silent --show-error --fail-with-body --retry 5 --retry-connrefused --max-time 100 --config - \
    --request "$1" "$base$2" --header 'Content-Type: application/json' "${@:3}" <<<"$authorization") || {
    echo "$answer" >&2
    return 1
  }
  echo "$answer"
}

show() { jq -r '"  \(.state)\(if .reason then ": \(.reason.message)" else "" end)"' <<<"$1"; }

until_state() { # id, jq condition
  local recording
  while recording=$(ask GET "/v1/recordings/$1"); do
    if jq -e "$2" <<<"$recording" >/dev/null; then
      echo "$recording"
      return
    fi
    sleep 2
  done
  return 1
}

echo "Starting '$channel'."
# One key for one lesson makes repeats safe: whatever happens on the way, it is one recording.
recording=$(ask POST /v1/recordings --header "Idempotency-Key: $lesson" --header 'Prefer: wait=60' \
  --data "$(jq -n --arg channel "$channel" --arg lesson "$lesson" '{channel: $channel, roomType: "lecture", externalId: $lesson}')")
id=$(jq -r .id <<<"$recording")
recording=$(until_state "$id" '.confirmedAt or .endedAt')
show "$recording"

if [[ $(jq -r .endedAt <<<"$recording") == null ]]; then
  echo "The class lasts $length s."
  sleep "$length"
  echo "Stopping."
  ask POST "/v1/recordings/$id/stop" --header 'Prefer: wait=60' >/dev/null
fi

recording=$(until_state "$id" '.state == "completed" or .state == "failed" or .state == "aborted"')
show "$recording"
jq -r '"  files: \(.files.state)\n  playlist: \(.files.playlistUrl // "none")"' <<<"$recording"
[[ $(jq -r .state <<<"$recording") == completed ]]
