#!/usr/bin/env bash
# Runs the Windows build under Wine, by hand: testdata/windows/run.sh [PACKAGE...] runs the commands of an office, then the tests
# of the packages, auth when none is named. It needs Debian's wine, wine64 and gcc-mingw-w64-x86-64, and curl.
#
# Wine 8 lacks two things, for which there are stand-ins: the library that Go takes random numbers from (bcryptprimitives.c), and the
# deletion with POSIX semantics that os.RemoveAll asks for (delete.go shows it), where Go's own older way is compiled in.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/../.."
work=${WORK:-$(mktemp -d)}
wine=$(command -v wine64 || echo /usr/lib/wine/wine64)
export WINEPREFIX=$work/prefix WINEARCH=win64 WINEDEBUG=-all DISPLAY=
echo "everything is in $work"

mkdir -p "$work"
"$wine" wineboot -i >"$work/wineboot.log" 2>&1
x86_64-w64-mingw32-gcc -shared -O2 -o "$WINEPREFIX/drive_c/windows/system32/bcryptprimitives.dll" "$here/bcryptprimitives.c" -ladvapi32

at=$(go env GOROOT)/src/internal/syscall/windows/at_windows.go
sed 's/^var TestDeleteatFallback bool/var TestDeleteatFallback = true/' "$at" >"$work/at_windows.go"
printf '{"Replace": {"%s": "%s"}}\n' "$at" "$work/at_windows.go" >"$work/overlay.json"
build() { GOOS=windows GOARCH=amd64 go "$@"; }
build build -o "$work/delete.exe" "$here/delete.go"
build build -overlay "$work/overlay.json" -o "$work/crm.exe" .
echo '== delete, without the stand-in'
"$wine" "$work/delete.exe"

cd "$work"
crm() { printf '== crm %s\n' "$*"; "$wine" ./crm.exe "$@"; }
crm seed --data office --customers 200 --interactions 300 --feedback 50
crm backup --data office
crm check --data office
crm compact --data office
backup=$(ls office/backups/*.crmbackup)
crm backup verify "$backup"
crm restore "$backup" --data office
crm restore "$backup" --data other
crm check --data office

echo '== a restore over a file whose list of free pages is damaged'
python3 - <<'P'
import struct
file = bytearray(open('other/crm.db', 'rb').read())
for meta in (0, 4096):
    page = struct.unpack_from('<Q', file, meta + 16 + 32)[0]
    if page * 4096 < len(file):
        file[page * 4096 + 8:page * 4096 + 12] = bytes(4)
open('other/crm.db', 'wb').write(file)
P
crm restore "$backup" --data other
crm check --data other

serve() { # serve COMMAND ADDRESS EMAIL PASSWORD: runs a command that serves until it was signed in to
  "$wine" ./crm.exe $1 --listen "$2" >"$work/serve.out" 2>"$work/serve.log" &
  served=$!
  curl -sS --retry 60 --retry-connrefused --retry-delay 1 "http://$2/readyz"
  [ "$3" != boss@example.com ] || printf '%s' "$4" | crm user add "$3" --role admin --data office
  curl -sS --fail -H 'Content-Type: application/json' -d "{\"email\":\"$3\",\"password\":\"$4\"}" "http://$2/api/v1/auth/login" | cut -c 1-60
}
echo '== serve, with backups by schedule of which two are kept'
serve 'serve --data office --backup-every 2s --backup-keep 2' 127.0.0.1:18431 boss@example.com a-long-password-2026
crm backup --data office
sleep 90 # the first backup by schedule comes after a minute
ls office/backups
kill $served
wait $served || true
echo '== demo'
serve demo 127.0.0.1:18432 admin@demo.example.com atlas-demo-2026
kill $served
wait $served || true

cd "$here/../.."
for package in "${@:-auth}"; do
  echo "== tests of $package"
  build test -vet=off -overlay "$work/overlay.json" -c -o "$work/test.exe" "./$package"
  (cd "$package" && "$wine" "$work/test.exe" -test.short) || echo "some tests of $package failed"
done
