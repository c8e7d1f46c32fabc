//! The real binary and the sandbox, each a process, in a folder of their own.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

pub const EMAIL: &str = "mia@example.org";
pub const PASSWORD: &str = "a-long-enough-password";

/// A process of the binary, killed with the test.
pub struct Process {
    child: Child,
    pub address: String,
}

impl Process {
    /// Starts it and waits for the line that names its address.
    pub fn start(folder: &Path, arguments: &[&str], says: &str) -> Process {
        let mut child = Command::new(env!("CARGO_BIN_EXE_postrider"))
            .args(arguments)
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let address = loop {
            let line = lines.next().unwrap_or_else(|| panic!("{arguments:?} ended")).unwrap();
            if let Some(address) = line.strip_prefix(says) {
                break address.trim().trim_end_matches('/').to_owned();
            }
        };
        // What it says later has to go somewhere, or it stops when the pipe is full.
        std::thread::spawn(move || lines.for_each(drop));
        Process { child, address }
    }

    /// Asks it to end, as a service manager does, and waits; says whether it ended well.
    pub fn stop(self) -> bool {
        self.ask_to_end() && self.ended()
    }

    /// Asks it to end, as a service manager does; says whether it could be asked.
    pub fn ask_to_end(&self) -> bool {
        let asked = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status();
        asked.unwrap().success()
    }

    /// Waits until it has ended; says whether it did so well.
    pub fn ended(mut self) -> bool {
        self.child.wait().unwrap().success()
    }

    /// SIGKILL: nothing is tidied up.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// An installation's folder, its settings, and the networks that it speaks to.
pub struct Machine {
    pub folder: tempfile::TempDir,
    pub networks: Process,
    pub settings: Vec<String>,
}

impl Machine {
    /// A machine whose networks are the sandbox, started with these flags.
    pub fn with_sandbox(flags: &[&str]) -> Machine {
        let folder = tempfile::tempdir().unwrap();
        let command: Vec<&str> = ["sandbox", "--listen", "127.0.0.1:0"]
            .into_iter()
            .chain(flags.iter().copied())
            .collect();
        let networks = Process::start(folder.path(), &command, "The sandbox listens on ");
        let settings = vec![
            format!("server.listen=127.0.0.1:{}", free_port()),
            format!("sandbox.url={}", networks.address),
            "fetch.allow_private=[\"127.0.0.0/8\", \"localhost\"]".to_owned(),
        ];
        Machine {
            folder,
            networks,
            settings,
        }
    }

    fn arguments<'a>(&'a self, command: &[&'a str]) -> Vec<&'a str> {
        let flags = self.settings.iter().flat_map(|setting| ["--set", setting.as_str()]);
        command.iter().copied().chain(flags).collect()
    }

    /// Runs a command to its end, with something on its standard input.
    pub fn run(&self, command: &[&str], input: &str) -> Output {
        let mut child = Command::new(env!("CARGO_BIN_EXE_postrider"))
            .args(self.arguments(command))
            .current_dir(self.folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        child.wait_with_output().unwrap()
    }

    /// The same, which must succeed; gives what it said.
    pub fn done(&self, command: &[&str], input: &str) -> String {
        let output = self.run(command, input);
        let (told, why) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "{command:?}: {told}{why}");
        told.into_owned()
    }

    pub fn create_owner(&self) {
        let who = ["--email", EMAIL, "--name", "Mia", "--organization", "Acme", "--project", "Coffee"];
        let command: Vec<&str> = ["admin", "create-owner"].into_iter().chain(who).collect();
        self.done(&command, &format!("{PASSWORD}\n"));
    }

    pub fn serve(&self) -> Process {
        Process::start(self.folder.path(), &self.arguments(&["serve"]), "Postrider: ")
    }

    /// A further server beside the first, with settings of its own.
    pub fn serve_beside(&self, settings: &[&str]) -> Process {
        let port = free_port();
        let (listen, base) = (
            format!("server.listen=127.0.0.1:{port}"),
            format!("server.public_base=http://127.0.0.1:{port}"),
        );
        let mut command = vec!["serve", "--set", &listen, "--set", &base];
        command.extend(settings.iter().flat_map(|setting| ["--set", setting]));
        Process::start(self.folder.path(), &self.arguments_before(&command), "Postrider: ")
    }

    /// A worker beside the servers.
    pub fn work(&self) -> Process {
        let listen = format!("worker.listen=127.0.0.1:{}", free_port());
        let command = ["worker", "--set", &listen];
        Process::start(self.folder.path(), &self.arguments(&command), "Postrider's worker is watched at ")
    }

    /// As [`Machine::arguments`], with the command's own settings last, so that they win.
    fn arguments_before<'a>(&'a self, command: &[&'a str]) -> Vec<&'a str> {
        let flags = self.settings.iter().flat_map(|setting| ["--set", setting.as_str()]);
        let (name, own) = command.split_first().unwrap();
        std::iter::once(*name).chain(flags).chain(own.iter().copied()).collect()
    }
}
