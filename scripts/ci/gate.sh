#!/usr/bin/env bash
# Runs `infer-opt bench` with what the GATE_* variables say, keeps its result as JSON, HTML and JUnit in GATE_OUTPUT, and
# ends with its exit status. The composite action calls it; it works as well in any other CI and by hand.
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)"
tool=(node "$root/bin/infer-opt.js")
output="${GATE_OUTPUT:-infer-opt-report}"
mkdir -p "$output"

# A word a line: names with blanks stay whole, and nothing is run by the shell. Sets `lines`.
split_lines() {
  lines=()
  local line
  while IFS= read -r line || [[ -n "$line" ]]; do
    line="${line#"${line%%[![:space:]]*}"}"
    line="${line%"${line##*[![:space:]]}"}"
    [[ -z "$line" ]] || lines+=("$line")
  done <<<"$1"
}

: "${GATE_BASELINE:?GATE_BASELINE names the model to compare with}"
words=(bench "$GATE_BASELINE")
split_lines "${GATE_CANDIDATES:-}"
words+=(${lines[@]+"${lines[@]}"})
split_lines "${GATE_GATES:-}"
for gate in ${lines[@]+"${lines[@]}"}; do words+=(--gate "$gate"); done
split_lines "${GATE_ARGS:-}"
words+=(${lines[@]+"${lines[@]}"})
[[ -z "${GATE_DATA:-}" ]] || words+=(--data "$GATE_DATA")
[[ -z "${GATE_GATES_FILE:-}" ]] || words+=(--gates-file "$GATE_GATES_FILE")
[[ -z "${GATE_TIME:-}" ]] || words+=(--time "$GATE_TIME")
[[ -z "${GATE_AGAINST:-}" ]] || words+=(--against "$GATE_AGAINST")
[[ -z "${GATE_SAVE_BASELINE:-}" ]] || words+=(--save-baseline "$GATE_SAVE_BASELINE")
[[ "${GATE_STRICT:-false}" != true ]] || words+=(--strict)

status=0
rm -f "$output/result.json" "$output/report.html" "$output/junit.xml"
"${tool[@]}" "${words[@]}" --json >"$output/result.json" || status=$?

# Bad usage and bugs leave no result behind; everything else does.
verdict=''
if [[ -s "$output/result.json" ]]; then
  "${tool[@]}" report "$output/result.json" --to html -o "$output/report.html"
  "${tool[@]}" report "$output/result.json" --to junit -o "$output/junit.xml"
  "${tool[@]}" report "$output/result.json" --to md
  verdict="$(node -p 'JSON.parse(require("fs").readFileSync(process.argv[1], "utf8")).verdict' "$output/result.json")"
else
  rm -f "$output/result.json"
fi
if [[ -n "${GITHUB_OUTPUT:-}" ]]; then
  {
    echo "verdict=$verdict"
    if [[ -n "$verdict" ]]; then
      echo "result=$output/result.json"
      echo "report=$output/report.html"
      echo "junit=$output/junit.xml"
    fi
  } >>"$GITHUB_OUTPUT"
fi
exit "$status"
