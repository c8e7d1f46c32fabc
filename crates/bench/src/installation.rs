//! The binary under measurement with the sandbox beside it, each its own process, in a folder that is removed afterwards.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, anyhow, bail};
use postrider_postgres::Server;
use reqwest::{Certificate, Client};
use tempfile::TempDir;
use tokio::io::AsyncWriteExt;
use tokio::process::Command;

use crate::program::Program;
use crate::twin::Twin;

/// How long a process may take until it answers.
const READY_MS_MAX: u64 = 30_000;
/// How often it is asked: this is the grain of the start's figure.
const ASK_MS: u64 = 2;
/// Whom the measurements sign in as.
pub const EMAIL: &str = "bench@postrider.example";

/// What surrounds the binary, and how often it runs.
#[derive(Debug, Clone, Default)]
pub struct Surroundings {
    /// How long the networks take to answer, in milliseconds.
    pub latency_ms: u64,
    /// Whether the networks are called by TLS.
    pub tls: bool,
    /// How much longer every flush to the disk takes, in microseconds.
    pub fsync_us: u64,
    /// How long the networks work on media, in milliseconds. Time that a network works by itself is nobody's lateness.
    pub processing_ms: u64,
    /// Where rows are.
    pub database: Database,
    /// How many `postrider serve` run beside the first.
    pub more_servers: usize,
    /// How many `postrider worker` run beside it.
    pub workers: usize,
    /// Further settings, each as `section.key=value`.
    pub settings: Vec<String>,
    /// Where the database's file is, if not beside the rest.
    pub data: Option<PathBuf>,
}

/// Where rows are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Database {
    /// A file.
    #[default]
    Sqlite,
    /// A PostgreSQL of the measurement's own.
    Postgres,
}

/// One process of the binary, running or not.
pub struct Replica {
    command: &'static str,
    /// Its address, without a slash at its end.
    pub base: String,
    log: PathBuf,
    program: Option<Program>,
}

impl Replica {
    /// Its process, if it runs.
    pub fn program(&self) -> Option<&Program> {
        self.program.as_ref()
    }

    /// Whether it answers people.
    pub fn serves(&self) -> bool {
        self.command == "serve"
    }
}

/// Servers and a sandbox.
pub struct Installation {
    /// The processes of the binary; the first is a server.
    pub replicas: Vec<Replica>,
    /// The database's own server.
    pub postgres: Option<Server>,
    /// The sandbox's process.
    pub sandbox: Program,
    /// The sandbox's levers.
    pub twin: Twin,
    /// Address of the server, without a slash at its end.
    pub base: String,
    /// The owner's password.
    pub password: String,
    /// The binary under measurement.
    pub binary: PathBuf,
    surroundings: Surroundings,
    preload: Option<PathBuf>,
    // The last to be dropped: the processes write into it until they end.
    folder: TempDir,
}

/// The binary that stands beside this one.
fn binary() -> anyhow::Result<PathBuf> {
    let own = std::env::current_exe()?;
    let binary = own.with_file_name("postrider");
    if !binary.is_file() {
        bail!("{} is missing: build it beside this program", binary.display());
    }
    Ok(binary)
}

fn free_port() -> anyhow::Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

/// A certificate for 127.0.0.1 that signs itself, as `cert.pem` and `key.pem` in the folder.
fn certify(folder: &Path) -> anyhow::Result<()> {
    let made = rcgen::generate_simple_self_signed(vec!["127.0.0.1".to_owned(), "localhost".to_owned()])?;
    std::fs::write(folder.join("cert.pem"), made.cert.pem())?;
    std::fs::write(folder.join("key.pem"), made.signing_key.serialize_pem())?;
    Ok(())
}

/// The library that makes flushes slower, compiled into the folder.
async fn slow_fsync(folder: &Path) -> anyhow::Result<PathBuf> {
    let source = folder.join("slow_fsync.c");
    let library = folder.join("slow_fsync.so");
    std::fs::write(&source, include_str!("slow_fsync.c"))?;
    let made = Command::new("cc")
        .args(["-O2", "-shared", "-fPIC", "-o"])
        .args([&library, &source])
        .arg("-ldl")
        .output()
        .await
        .context("cc is needed for slower flushes")?;
    if !made.status.success() {
        bail!("slow_fsync.c does not compile: {}", String::from_utf8_lossy(&made.stderr));
    }
    Ok(library)
}

/// A client without proxies that trusts the certificate, if there is one.
///
/// # Errors
/// If the certificate cannot be read.
pub fn client(certificate: Option<&Path>) -> anyhow::Result<Client> {
    let mut builder = Client::builder()
        .no_proxy()
        .tcp_nodelay(true)
        .timeout(Duration::from_secs(60))
        .redirect(reqwest::redirect::Policy::none());
    if let Some(path) = certificate {
        builder = builder.tls_certs_merge(Certificate::from_pem_bundle(&std::fs::read(path)?)?);
    }
    Ok(builder.build()?)
}

impl Installation {
    /// Starts the sandbox, makes the owner and starts the server.
    ///
    /// # Errors
    /// If any of it fails, with the last words of whoever failed.
    pub async fn start(surroundings: Surroundings) -> anyhow::Result<Self> {
        let binary = binary()?;
        let beside = binary.parent().ok_or_else(|| anyhow!("the binary stands in no folder"))?;
        let folder = tempfile::Builder::new().prefix("bench-").tempdir_in(beside)?;
        let preload = match surroundings.fsync_us {
            0 => None,
            _ => Some(slow_fsync(folder.path()).await?),
        };
        let sandbox_address = format!("127.0.0.1:{}", free_port()?);
        let mut command = bare_command(&binary, folder.path());
        command.args(["sandbox", "--listen", &sandbox_address]);
        command.args(["--processing-ms", &surroundings.processing_ms.to_string()]);
        command.args(["--latency-ms", &surroundings.latency_ms.to_string()]);
        let certificate = folder.path().join("cert.pem");
        let (scheme, trusted) = if surroundings.tls {
            certify(folder.path())?;
            command.args(["--tls-cert", "cert.pem", "--tls-key", "key.pem"]);
            ("https", Some(certificate.as_path()))
        } else {
            ("http", None)
        };
        let sandbox = Program::start(command, &folder.path().join("sandbox.log"))?;
        let twin = Twin::new(client(trusted)?, format!("{scheme}://{sandbox_address}"));
        let postgres = match surroundings.database {
            Database::Sqlite => None,
            Database::Postgres => {
                let server = Server::durable().map_err(|why| anyhow!(why))?;
                server.create_database("bench", None);
                Some(server)
            }
        };
        let commands = std::iter::repeat_n("serve", 1 + surroundings.more_servers);
        let commands = commands.chain(std::iter::repeat_n("worker", surroundings.workers));
        let replicas = commands.enumerate().map(|(number, command)| {
            Ok(Replica {
                command,
                base: format!("http://127.0.0.1:{}", free_port()?),
                log: folder.path().join(format!("{command}-{number}.log")),
                program: None,
            })
        });
        let replicas = replicas.collect::<anyhow::Result<Vec<_>>>()?;
        let mut installation = Self {
            base: replicas[0].base.clone(),
            replicas,
            postgres,
            sandbox,
            twin,
            password: "measured-by-the-bench".to_owned(),
            binary,
            surroundings,
            preload,
            folder,
        };
        let address = installation.twin.address("_sandbox/clock");
        answers(&installation.twin.client, &address, &mut installation.sandbox).await?;
        installation.make_owner().await?;
        installation.start_server().await?;
        Ok(installation)
    }

    fn settings(&self, replica: &Replica) -> Vec<String> {
        // Whoever is asked, networks fetch media from the first: it is the address that people know.
        let mut settings = vec![
            format!("server.public_base={}", self.base),
            format!(
                "{}.listen={}",
                if replica.serves() { "server" } else { "worker" },
                replica.base.trim_start_matches("http://")
            ),
            format!("sandbox.url={}", self.twin.base),
        ];
        if let Some(postgres) = &self.postgres {
            settings.push(format!("database.url={}", postgres.url("bench")));
        } else if let Some(data) = &self.surroundings.data {
            settings.push(format!("database.url=sqlite://{}/postrider.db", data.display()));
        }
        if self.surroundings.tls {
            settings.push(format!("fetch.ca_file={}", self.folder.path().join("cert.pem").display()));
        }
        settings.extend(self.surroundings.settings.iter().cloned());
        settings.into_iter().flat_map(|setting| ["--set".to_owned(), setting]).collect()
    }

    async fn make_owner(&self) -> anyhow::Result<()> {
        let mut command = bare_command(&self.binary, self.folder.path());
        command.args(self.settings(&self.replicas[0]));
        command.args(["admin", "create-owner", "--email", EMAIL, "--name", "Bench"]);
        command.args(["--organization", "Bench", "--project", "Bench"]);
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let mut input = child.stdin.take().ok_or_else(|| anyhow!("the owner's password cannot be given"))?;
        input.write_all(format!("{}\n", self.password).as_bytes()).await?;
        drop(input);
        let made = child.wait_with_output().await?;
        if !made.status.success() {
            bail!("the owner could not be made: {}", String::from_utf8_lossy(&made.stderr));
        }
        Ok(())
    }

    /// Starts every replica that does not run and waits until all are ready. Answers how long that took, in milliseconds.
    ///
    /// # Errors
    /// If one does not become ready, with its last words.
    pub async fn start_server(&mut self) -> anyhow::Result<f64> {
        let client = client(None)?;
        let began = Instant::now();
        for number in 0..self.replicas.len() {
            self.start_replica(number)?;
        }
        for replica in &mut self.replicas {
            let program = replica.program.as_mut().ok_or_else(|| anyhow!("the server is not running"))?;
            answers(&client, &format!("{}/readyz", replica.base), program).await?;
        }
        Ok(began.elapsed().as_secs_f64() * 1_000.0)
    }

    /// Starts one replica, if it does not run, without waiting for it.
    ///
    /// # Errors
    /// If it cannot be started.
    pub fn start_replica(&mut self, number: usize) -> anyhow::Result<()> {
        let replica = &self.replicas[number];
        if replica.program.is_some() {
            return Ok(());
        }
        let mut command = bare_command(&self.binary, self.folder.path());
        if let Some(library) = &self.preload {
            command.env("LD_PRELOAD", library);
            command.env("SLOW_FSYNC_US", self.surroundings.fsync_us.to_string());
        }
        command.args(self.settings(replica));
        command.arg(replica.command);
        let program = Program::start(command, &replica.log)?;
        self.replicas[number].program = Some(program);
        Ok(())
    }

    /// Starts those again that ended by themselves, as a service manager does: one that starts while its database is gone cannot stay.
    ///
    /// # Errors
    /// If one cannot be started.
    pub fn revive(&mut self) -> anyhow::Result<()> {
        for number in 0..self.replicas.len() {
            let program = &mut self.replicas[number].program;
            if program.as_mut().is_some_and(|program| program.runs().is_err()) {
                *program = None;
                self.start_replica(number)?;
            }
        }
        Ok(())
    }

    /// Ends one replica at once, with nothing tidied up.
    ///
    /// # Errors
    /// If it cannot be ended.
    pub async fn kill_replica(&mut self, number: usize) -> anyhow::Result<()> {
        match self.replicas[number].program.take() {
            Some(program) => program.kill().await,
            None => Ok(()),
        }
    }

    /// Asks every replica to end and waits until it has.
    ///
    /// # Errors
    /// If one does not end.
    pub async fn stop_server(&mut self) -> anyhow::Result<()> {
        for replica in &mut self.replicas {
            if let Some(program) = replica.program.take() {
                program.stop().await?;
            }
        }
        Ok(())
    }

    /// The first server's process.
    ///
    /// # Errors
    /// If it does not run.
    pub fn server(&mut self) -> anyhow::Result<&mut Program> {
        let server = self.replicas[0]
            .program
            .as_mut()
            .ok_or_else(|| anyhow!("the server is not running"))?;
        server.runs()?;
        Ok(server)
    }

    /// CPU time of all replicas, in microseconds.
    ///
    /// # Errors
    /// If one does not run.
    pub fn cpu_us(&mut self) -> anyhow::Result<u64> {
        let mut sum = 0;
        for replica in &mut self.replicas {
            let program = replica.program.as_mut().ok_or_else(|| anyhow!("a replica is not running"))?;
            program.runs()?;
            sum += program.cpu_us()?;
        }
        Ok(sum)
    }

    /// A client for bare calls to the sandbox, with connections of its own.
    ///
    /// # Errors
    /// If the certificate cannot be read.
    pub fn bare_client(&self) -> anyhow::Result<Client> {
        let certificate = self.folder.path().join("cert.pem");
        client(self.surroundings.tls.then_some(certificate.as_path()))
    }

    /// How long a flush of one small write takes on this disk, in milliseconds: the middle of a hundred.
    ///
    /// # Errors
    /// If the disk does not take them.
    pub fn flush_ms(&self) -> anyhow::Result<f64> {
        use std::io::Write;
        let mut file = std::fs::File::create(self.folder.path().join("flushed"))?;
        let mut taken = Vec::new();
        for _ in 0..100 {
            let began = Instant::now();
            file.write_all(&[0; 4_096])?;
            file.sync_data()?;
            taken.push(began.elapsed().as_secs_f64() * 1_000.0);
        }
        crate::figures::percentile(&taken, 50.0).ok_or_else(|| anyhow!("nothing was flushed"))
    }
}

/// The binary in the folder, without settings of whoever runs the measurement.
fn bare_command(binary: &Path, folder: &Path) -> Command {
    let mut command = Command::new(binary);
    command.current_dir(folder);
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("POSTRIDER_") {
            command.env_remove(name);
        }
    }
    command
}

/// Asks until the answer is 200.
async fn answers(client: &Client, address: &str, program: &mut Program) -> anyhow::Result<()> {
    let began = Instant::now();
    loop {
        if let Ok(answer) = client.get(address).send().await
            && answer.status().is_success()
        {
            return Ok(());
        }
        program.runs()?;
        if began.elapsed() > Duration::from_millis(READY_MS_MAX) {
            bail!("{address} did not answer within {READY_MS_MAX} ms:\n{}", program.last_words());
        }
        tokio::time::sleep(Duration::from_millis(ASK_MS)).await;
    }
}
