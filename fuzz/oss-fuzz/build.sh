#!/bin/bash -eu
# Builds every fuzz target into $OUT, each with its seeds, its dictionary and its options, as OSS-Fuzz and
# ClusterFuzzLite expect it. Run it in the root of the repository.

cd "$(dirname "$0")/../.."

# The seeds are made from the vectors, by a program that must not be instrumented. The regressions are seeds too.
seeds=$WORK/seeds
rm -rf "$seeds"
env -u RUSTFLAGS -u CFLAGS -u CXXFLAGS -u LIB_FUZZING_ENGINE CARGO_TARGET_DIR="$WORK/plain" \
  cargo run --release -p wsspec -- vectors seeds "$seeds"

cargo fuzz build -O --debug-assertions --features judge,differential --target-dir "$WORK/fuzz"

for target in $(cargo fuzz list); do
  cp "$WORK"/fuzz/*/release/"$target" "$OUT/"
  rm -f "$OUT/${target}_seed_corpus.zip"
  inputs=("$seeds/$target")
  [ -d "fuzz/regressions/$target" ] && inputs+=("fuzz/regressions/$target")
  zip -q -r -j "$OUT/${target}_seed_corpus.zip" "${inputs[@]}"
  dictionary=fuzz/websocket.dict
  [ -f "fuzz/$target.dict" ] && dictionary=fuzz/$target.dict
  cp "$dictionary" "$OUT/$target.dict"
  printf '[libfuzzer]\nmax_len = 4096\n' > "$OUT/$target.options"
done
