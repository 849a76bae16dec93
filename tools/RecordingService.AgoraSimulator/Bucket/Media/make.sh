#!/usr/bin/env bash
# Makes the eight one-second pieces of H.264 and AAC in MPEG-TS that every simulated slice is put together from,
# and the same eight seconds as MP4.
# Needs ffmpeg; run it in this folder. Why these numbers:
# - a key frame each second and no B-frames, so that a slice may begin and end at any second;
# - 16 kHz audio: 8 s are exactly 125 AAC frames, so that the eight pieces repeat without a seam;
# - pieces 16 to 23 of a longer stream, so that the encoder's start-up delay is not part of the loop.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
ffmpeg -v error \
  -f lavfi -i testsrc=size=320x180:rate=5 -f lavfi -i sine=frequency=440:sample_rate=16000 -t 32 \
  -c:v libx264 -profile:v baseline -preset veryslow -crf 42 -g 5 -keyint_min 5 -sc_threshold 0 -pix_fmt yuv420p \
  -c:a aac -b:a 12k -ac 1 \
  -f segment -segment_time 1 -segment_format mpegts "$work/%02d.ts"
for second in 0 1 2 3 4 5 6 7; do
  cp "$work/$((16 + second)).ts" "second-$second.ts"
done
cat second-?.ts | ffmpeg -v error -y -f mpegts -i - -c copy -movflags +faststart sample.mp4
ffmpeg -v error -y -i sample.mp4 -frames:v 1 -q:v 12 -vf scale=160:-2 picture.jpg
