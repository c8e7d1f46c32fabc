# What the project needs on a machine, each set up only where it is missing. Sourced by run, test and bench; prints what it does.

say() { printf '\033[1m== %s\033[0m\n' "$*"; }

# Installs Debian packages that are missing. Asks first unless root; NONINTERACTIVE=1 takes that as a no.
apt_get() {
  local missing=() package
  for package in "$@"; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  if ! command -v apt-get >/dev/null; then
    echo "These are missing, and there is no apt-get to install them: ${missing[*]}" >&2
    return 1
  fi
  local as=()
  if [ "$(id -u)" != 0 ]; then
    as=(sudo)
    if [ "${NONINTERACTIVE:-}" = 1 ] || [ ! -t 0 ]; then
      echo "Missing: ${missing[*]}. Install them with: sudo apt-get install ${missing[*]}" >&2
      return 1
    fi
    read -r -p "Install ${missing[*]} with sudo apt-get? [y/N] " answer
    case "$answer" in y | Y | yes) ;; *) return 1 ;; esac
  fi
  say "Installing ${missing[*]}"
  "${as[@]}" env DEBIAN_FRONTEND=noninteractive apt-get update -qq
  "${as[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

need_compiler() {
  command -v cc >/dev/null || apt_get build-essential
}

need_rust() {
  if ! command -v cargo >/dev/null; then
    echo "Rust is missing: install rustup (https://rustup.rs) and start again." >&2
    exit 1
  fi
}

need_node() {
  if ! command -v node >/dev/null || ! node -e 'process.exit(Number(process.versions.node.split(".")[0]) >= 20 ? 0 : 1)'; then
    echo "Node 20 or newer is missing (https://nodejs.org)." >&2
    exit 1
  fi
}

# Posters of videos and GIFs as video need ffmpeg; everything else works without.
want_ffmpeg() {
  command -v ffprobe >/dev/null && return 0
  apt_get ffmpeg || echo "Without ffmpeg videos have no poster, and GIFs cannot go where a video is needed."
}

has_postgres() { [ -x "$(ls -d /usr/lib/postgresql/*/bin/postgres 2>/dev/null | tail -n 1)" ]; }

has_pgbouncer() { [ -x /usr/sbin/pgbouncer ] || [ -x /usr/bin/pgbouncer ]; }

# The second database, and the pooler before it. What needs them is left out where they are missing.
want_postgres() {
  has_postgres || apt_get postgresql || echo "Without PostgreSQL everything is tested on SQLite alone."
  ! has_postgres || has_pgbouncer || apt_get pgbouncer || echo "Without PgBouncer nothing is tested through a pooler."
}

# The browser that the page is tested in: the Chromium without windows where there is a package of it, else the whole one. Nobody is
# asked for a second one.
need_chromium() {
  command -v chromium-headless-shell >/dev/null && return 0
  if [ "$(id -u)" = 0 ] || ! command -v chromium >/dev/null; then
    apt_get chromium-headless-shell fonts-noto-color-emoji fonts-dejavu-core && return 0
  fi
  command -v chromium >/dev/null || apt_get chromium fonts-noto-color-emoji fonts-dejavu-core
}

fingerprint() { find "$@" -type f -print0 | sort -z | xargs -0 cat | sha256sum | cut -d' ' -f1; }

page_packages() {
  local stamp=web-ui/node_modules/.lock-fingerprint now
  now=$(fingerprint web-ui/package-lock.json)
  if [ "$(cat "$stamp" 2>/dev/null)" != "$now" ]; then
    say "Installing the page's packages"
    (cd web-ui && npm ci --no-audit --no-fund --loglevel=error)
    printf %s "$now" >"$stamp"
  fi
}

# Builds the page into web-ui/dist, from where the binary takes it, if anything of it changed.
build_page() {
  local stamp=web-ui/node_modules/.dist-fingerprint now
  page_packages
  now=$(fingerprint web-ui/src web-ui/public web-ui/index.html web-ui/vite.config.ts web-ui/package-lock.json)
  if [ "$(cat "$stamp" 2>/dev/null)" != "$now" ] || [ ! -f web-ui/dist/index.html ]; then
    say "Building the page"
    (cd web-ui && npm run --silent build)
    printf %s "$now" >"$stamp"
  fi
}
