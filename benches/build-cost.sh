#!/usr/bin/env bash
# Builds a crate whose only dependency is mock-swr, from cold, in the dev profile.
# Prints the number of crates, and the CPU seconds (user + system) of all crates and of mock-swr itself.
set -euo pipefail

crate=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export CARGO_TARGET_DIR=$work/target

mkdir -p "$work/user/src"
cp "$crate/Cargo.lock" "$work/user/"
cat > "$work/user/Cargo.toml" <<TOML
[package]
name = "user"
version = "0.0.0"
edition = "2024"

[dependencies]
mock-swr = { path = "$crate" }

[workspace]
TOML
echo > "$work/user/src/lib.rs"
cd "$work/user"

# Prints the CPU seconds of a command.
cpu() {
  TIMEFORMAT='%U %S'
  { time "$@" > "$work/log" 2>&1 || { cat "$work/log" >&2; exit 1; }; } 2>&1 | awk '{ printf "%.1f", $1 + $2 }'
}

cargo fetch --quiet
crates=$(cargo tree --prefix none --edges normal,build | sed 's/ (\*)$//' | sort -u | grep -vc '^user ')
all=$(cpu cargo build)
# Builds mock-swr alone, because its dependencies are already built.
cargo clean --quiet --package mock-swr
own=$(cpu cargo build)

printf '| | |\n|---|--:|\n'
printf '| crates, mock-swr included | %s |\n' "$crates"
printf '| CPU s, from cold | %s |\n' "$all"
printf '| CPU s, mock-swr alone | %s |\n' "$own"
