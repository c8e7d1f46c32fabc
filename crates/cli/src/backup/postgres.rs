//! PostgreSQL's own tools, where they are installed: what they do is not done anew here.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, bail};
use secrecy::ExposeSecret;
use url::Url;

use crate::config::Config;

/// Where Debian keeps the tools of each version, newest last.
const DEBIAN: &str = "/usr/lib/postgresql";

/// The tool of the newest version that is installed, or by its plain name.
fn tool(name: &str) -> PathBuf {
    let versions = std::fs::read_dir(DEBIAN).into_iter().flatten().flatten();
    let mut found: Vec<(u32, PathBuf)> = versions
        .filter_map(|entry| {
            let version = entry.file_name().to_str()?.parse().ok()?;
            let path = entry.path().join("bin").join(name);
            path.exists().then_some((version, path))
        })
        .collect();
    found.sort();
    found.pop().map_or_else(|| PathBuf::from(name), |(_, path)| path)
}

/// PostgreSQL's own address: what copies a whole database goes past a pooler.
pub fn address(config: &Config) -> String {
    let database = &config.database;
    let direct = database.direct_url.expose_secret();
    if direct.is_empty() { database.url.expose_secret() } else { direct }.to_owned()
}

/// A command that finds the database by its environment: an argument would show the password to everybody on the machine.
fn command(name: &str, url: &str) -> anyhow::Result<Command> {
    let url = Url::parse(url).context("database.url is no address")?;
    let decoded = |text: &str| {
        url::form_urlencoded::parse(format!("x={}", text.replace('+', "%2B")).as_bytes())
            .next()
            .map_or_else(String::new, |(_, value)| value.into_owned())
    };
    let mut command = Command::new(tool(name));
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut set = |name: &str, value: &str| {
        if !value.is_empty() {
            command.env(name, value);
        }
    };
    set("PGHOST", &decoded(url.host_str().unwrap_or_default()));
    set("PGPORT", &url.port().map(|port| port.to_string()).unwrap_or_default());
    set("PGUSER", &decoded(url.username()));
    set("PGPASSWORD", &decoded(url.password().unwrap_or_default()));
    set("PGDATABASE", &decoded(url.path().trim_start_matches('/')));
    for (name, value) in url.query_pairs() {
        match name.as_ref() {
            "host" => set("PGHOST", &value),
            "port" => set("PGPORT", &value),
            "user" => set("PGUSER", &value),
            "password" => set("PGPASSWORD", &value),
            "dbname" => set("PGDATABASE", &value),
            "sslmode" => set("PGSSLMODE", &value),
            "sslrootcert" => set("PGSSLROOTCERT", &value),
            "sslcert" => set("PGSSLCERT", &value),
            "sslkey" => set("PGSSLKEY", &value),
            _ => {}
        }
    }
    Ok(command)
}

fn missing(name: &str, error: std::io::Error) -> anyhow::Error {
    if error.kind() == std::io::ErrorKind::NotFound {
        return anyhow::anyhow!(
            "{name} is not installed here. Install the client tools of PostgreSQL (postgresql-client), or use what your database's host \
             offers; after bringing such a copy back run `postrider recover --since` with the copy's instant"
        );
    }
    anyhow::Error::new(error).context(format!("starting {name}"))
}

fn run(name: &str, mut command: Command) -> anyhow::Result<()> {
    let output = match command.output() {
        Ok(output) => output,
        Err(error) => return Err(missing(name, error)),
    };
    if !output.status.success() {
        bail!("{name} failed: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(())
}

/// Dumps the database, as it stands at one instant, into a file.
pub fn dump(url: &str, file: &Path) -> anyhow::Result<()> {
    let mut dump = command("pg_dump", url)?;
    dump.args(["--format=custom", "--no-owner", "--no-privileges"])
        .arg("--file")
        .arg(file);
    run("pg_dump", dump)?;
    // What cannot be listed cannot be brought back.
    let mut list = Command::new(tool("pg_restore"));
    list.arg("--list").arg(file).stdout(Stdio::piped()).stderr(Stdio::piped());
    run("pg_restore", list)
}

/// Brings a dump back into an empty database, and then runs a statement: all of it, or nothing.
pub fn restore(url: &str, file: &Path, then: &str) -> anyhow::Result<()> {
    let mut script = Command::new(tool("pg_restore"));
    script
        .args(["--no-owner", "--no-privileges", "--file=-"])
        .arg(file)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit());
    let mut reading = script.spawn().map_err(|error| missing("pg_restore", error))?;
    let mut psql = command("psql", url)?;
    psql.args([
        "--no-psqlrc",
        "--quiet",
        "--single-transaction",
        "--set=ON_ERROR_STOP=1",
        "--output=/dev/null",
    ])
    .stdin(Stdio::piped())
    .stdout(Stdio::null());
    let mut filling = psql.spawn().map_err(|error| missing("psql", error))?;
    let (Some(mut from), Some(mut to)) = (reading.stdout.take(), filling.stdin.take()) else {
        bail!("the tools of PostgreSQL cannot be talked to");
    };
    let handed = std::io::copy(&mut from, &mut to);
    // Whoever reads nothing more lets the other end.
    drop(from);
    let read = reading.wait().context("waiting for pg_restore")?;
    if handed.is_ok() && !read.success() {
        // psql commits at the end of its input, which must not come: half a dump is none.
        filling.kill().context("ending psql")?;
        filling.wait().context("waiting for psql")?;
        bail!("pg_restore could not read the dump; nothing was changed");
    }
    let handed = handed.and_then(|_| writeln!(to, "{then}"));
    drop(to);
    let output = filling.wait_with_output().context("waiting for psql")?;
    if !output.status.success() {
        bail!(
            "psql failed, and nothing was changed: {}",
            String::from_utf8_lossy(&output.stderr).trim()
        );
    }
    handed.context("handing the dump to psql")
}
