//! A private PostgreSQL for one process of tests or measurements: made in a temporary folder, reached through a socket there, gone with the
//! process. Beside it, on demand, a pooler.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::OnceLock;

/// Runs as the server's user. It waits on its standard input, which ends when the test process does, however that ends.
const SCRIPT: &str = r#"
set -e
export PGDATA="$DIR/data"
"$BIN/initdb" --no-sync --auth=trust --username=postgres --encoding=UTF8 --locale=C >"$DIR/initdb.log" 2>&1
"$BIN/pg_ctl" -w -l "$DIR/server.log" \
    -o "-k $DIR -c listen_addresses= -c max_connections=400 $FLAGS" \
    start >/dev/null 2>&1 </dev/null
trap '' INT TERM HUP
echo ready
cat >/dev/null || true
"$BIN/pg_ctl" -m immediate stop >/dev/null 2>&1 || true
rm -rf "$DIR"
"#;

/// A pooler in transaction mode before the server. Few connections go through it, so that each is soon another's.
const POOLER: &str = r#"
set -e
mkdir -p "$DIR/pooler"
cat >"$DIR/pooler/pgbouncer.ini" <<END
[databases]
* = host=$DIR port=5432 user=postgres
[pgbouncer]
listen_addr =
listen_port = 6432
unix_socket_dir = $DIR/pooler
auth_type = any
pool_mode = transaction
default_pool_size = 3
max_client_conn = 2000
server_idle_timeout = 1
logfile = $DIR/pooler/log
END
"$PGBOUNCER" -q "$DIR/pooler/pgbouncer.ini" >/dev/null 2>&1 </dev/null &
pooler=$!
tries=0
until [ -S "$DIR/pooler/.s.PGSQL.6432" ]; do
  kill -0 "$pooler"
  tries=$((tries + 1))
  [ "$tries" -lt 400 ]
  sleep 0.05
done
trap '' INT TERM HUP
echo ready
cat >/dev/null || true
kill "$pooler"
"#;

/// A running server.
pub struct Server {
    bin: PathBuf,
    dir: PathBuf,
    // Held for as long as the process lives: the script ends the server when it closes.
    _keeps_running: ChildStdin,
    _script: Child,
}

fn newest_bin() -> Option<PathBuf> {
    let mut versions: Vec<(u32, PathBuf)> = std::fs::read_dir("/usr/lib/postgresql")
        .ok()?
        .filter_map(|entry| {
            let path = entry.ok()?.path();
            let version = path.file_name()?.to_str()?.parse().ok()?;
            path.join("bin/initdb").exists().then(|| (version, path.join("bin")))
        })
        .collect();
    versions.sort();
    versions.pop().map(|(_, bin)| bin)
}

/// PgBouncer before a server of this module.
pub struct Pooler {
    dir: PathBuf,
    _keeps_running: ChildStdin,
    _script: Child,
}

impl Pooler {
    /// The pooler of this process, before [`Server::of_process`]; `None` where either is not installed, which it says once.
    ///
    /// # Panics
    /// If both are installed and it does not start.
    pub fn of_process() -> Option<&'static Pooler> {
        static POOLER: OnceLock<Option<Pooler>> = OnceLock::new();
        POOLER
            .get_or_init(|| {
                let server = Server::of_process()?;
                match Pooler::before(server) {
                    Ok(pooler) => Some(pooler),
                    Err(why) => {
                        eprintln!("{why}");
                        None
                    }
                }
            })
            .as_ref()
    }

    fn before(server: &Server) -> Result<Pooler, String> {
        let program = ["/usr/sbin/pgbouncer", "/usr/bin/pgbouncer"]
            .into_iter()
            .find(|path| Path::new(path).exists());
        let program = program.ok_or("PgBouncer not installed: left out")?;
        let mut script = as_server_user("sh")
            .args(["-c", POOLER])
            .env("PGBOUNCER", program)
            .env("DIR", &server.dir)
            .current_dir(&server.dir)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .map_err(|error| error.to_string())?;
        let stdout = script.stdout.take().ok_or("no output of the pooler's script")?;
        let keeps_running = script.stdin.take().ok_or("no input of the pooler's script")?;
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line).map_err(|error| error.to_string())?;
        if line.trim() != "ready" {
            let log = std::fs::read_to_string(server.dir.join("pooler/log")).unwrap_or_default();
            panic!("PgBouncer did not start:\n{log}");
        }
        Ok(Pooler {
            dir: server.dir.join("pooler"),
            _keeps_running: keeps_running,
            _script: script,
        })
    }

    /// The address of one of the server's databases through it.
    pub fn url(&self, database: &str) -> String {
        let dir = self.dir.display().to_string().replace('/', "%2F");
        format!("postgres://postgres@localhost:6432/{database}?host={dir}")
    }
}

fn whoami() -> String {
    let output = Command::new("id").arg("-u").output();
    output
        .map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned())
        .unwrap_or_default()
}

/// A command as the server's user, which may not be root.
fn as_server_user(program: &str) -> Command {
    if whoami() != "0" {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups", "--", program]);
    command
}

/// For tests: what a power cut takes is nobody's, and nothing is done by itself at a moment of its own.
const LIGHT: &str = "-c fsync=off -c full_page_writes=off -c shared_buffers=32MB -c autovacuum=off";
/// As an administrator runs it.
const DURABLE: &str = "-c shared_buffers=128MB";

fn start(flags: &str) -> Result<Server, String> {
    let bin = newest_bin().ok_or("PostgreSQL not installed: left out")?;
    let dir = tempfile::Builder::new()
        .prefix("postrider-pg-")
        .tempdir()
        .map_err(|error| error.to_string())?
        .keep();
    if whoami() == "0" {
        let chown = Command::new("chown").arg("postgres:").arg(&dir).status();
        if !chown.is_ok_and(|status| status.success()) {
            return Err("PostgreSQL's user does not exist: left out".to_owned());
        }
    }
    let mut script = as_server_user("sh")
        .args(["-c", SCRIPT])
        .env("BIN", &bin)
        .env("DIR", &dir)
        .env("FLAGS", flags)
        .current_dir(&dir)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()
        .map_err(|error| error.to_string())?;
    let stdout = script.stdout.take().ok_or("no output of the server's script")?;
    let keeps_running = script.stdin.take().ok_or("no input of the server's script")?;
    let mut line = String::new();
    BufReader::new(stdout).read_line(&mut line).map_err(|error| error.to_string())?;
    if line.trim() != "ready" {
        let log = |name: &str| std::fs::read_to_string(Path::new(&dir).join(name)).unwrap_or_default();
        panic!("PostgreSQL did not start:\n{}{}", log("initdb.log"), log("server.log"));
    }
    Ok(Server {
        bin,
        dir,
        _keeps_running: keeps_running,
        _script: script,
    })
}

impl Server {
    /// The server of this process, started by whoever asks first; `None` where PostgreSQL is not installed, which it says once.
    ///
    /// # Panics
    /// If it is installed and does not start.
    pub fn of_process() -> Option<&'static Server> {
        static SERVER: OnceLock<Option<Server>> = OnceLock::new();
        SERVER
            .get_or_init(|| match start(LIGHT) {
                Ok(server) => Some(server),
                Err(why) => {
                    eprintln!("{why}");
                    None
                }
            })
            .as_ref()
    }

    /// A server of one's own that keeps what it acknowledged.
    ///
    /// # Errors
    /// If PostgreSQL is not installed.
    ///
    /// # Panics
    /// If it is installed and does not start.
    pub fn durable() -> Result<Server, String> {
        start(DURABLE)
    }

    /// Ends it as a crash would, and starts it again. Returns when it takes connections.
    ///
    /// # Errors
    /// If it does not start again.
    pub fn restart(&self) -> Result<(), String> {
        let output = as_server_user(&self.bin.join("pg_ctl").display().to_string())
            .args(["-D", &self.dir.join("data").display().to_string()])
            .args([
                "-m",
                "immediate",
                "-w",
                "-l",
                &self.dir.join("server.log").display().to_string(),
                "restart",
            ])
            .current_dir(&self.dir)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        match output {
            Ok(status) if status.success() => Ok(()),
            Ok(status) => Err(format!("PostgreSQL did not start again ({status})")),
            Err(error) => Err(format!("PostgreSQL did not start again: {error}")),
        }
    }

    /// The address of one of its databases.
    pub fn url(&self, database: &str) -> String {
        let dir = self.dir.display().to_string().replace('/', "%2F");
        format!("postgres://postgres@localhost/{database}?host={dir}")
    }

    /// Makes a database, empty or as a copy of another that nobody uses.
    ///
    /// # Panics
    /// If the server refuses.
    pub fn create_database(&self, name: &str, template: Option<&str>) {
        let template = template.unwrap_or("template0");
        let output = Command::new(self.bin.join("createdb"))
            .arg("-h")
            .arg(&self.dir)
            .args(["-U", "postgres", "-T", template, name])
            .output();
        match output {
            Ok(output) if output.status.success() => {}
            Ok(output) => panic!("no database `{name}`: {}", String::from_utf8_lossy(&output.stderr)),
            Err(error) => panic!("no database `{name}`: {error}"),
        }
    }
}
