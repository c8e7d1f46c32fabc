//! A process that is measured, and what the kernel says of it.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, anyhow, bail};
use tokio::process::{Child, Command};

/// In these units the kernel tells CPU time to programs, on every architecture: 1/100 s.
const TICK_US: u64 = 10_000;
/// How long a process may take to end after it was asked to.
const STOP_MS: u64 = 20_000;

/// A running process; it is killed when this is dropped.
pub struct Program {
    child: Child,
    pid: u32,
    output: PathBuf,
}

impl Program {
    /// Starts it, with its output in a file.
    ///
    /// # Errors
    /// If it cannot be started.
    pub fn start(mut command: Command, output: &Path) -> anyhow::Result<Self> {
        let file = std::fs::File::options().create(true).append(true).open(output);
        let file = file.with_context(|| format!("{} cannot be made", output.display()))?;
        let child = command
            .stdin(Stdio::null())
            .stdout(file.try_clone()?)
            .stderr(file)
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("{:?} cannot be started", command.as_std().get_program()))?;
        let pid = child.id().ok_or_else(|| anyhow!("the process ended at once"))?;
        Ok(Self {
            child,
            pid,
            output: output.to_owned(),
        })
    }

    /// The last lines it wrote, for errors.
    pub fn last_words(&self) -> String {
        let text = std::fs::read_to_string(&self.output).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(20)..].join("\n")
    }

    /// Whether it still runs.
    ///
    /// # Errors
    /// With its last words, if it does not.
    pub fn runs(&mut self) -> anyhow::Result<()> {
        match self.child.try_wait()? {
            Some(status) => bail!("the process ended ({status}):\n{}", self.last_words()),
            None => Ok(()),
        }
    }

    /// The kernel's number for it.
    pub fn pid(&self) -> u32 {
        self.pid
    }

    /// Sends it a signal, by its name without `SIG`.
    ///
    /// # Errors
    /// If it is not there.
    pub async fn signal(&self, name: &str) -> anyhow::Result<()> {
        let sent = Command::new("kill")
            .arg(format!("-{name}"))
            .arg(self.pid.to_string())
            .status()
            .await?;
        if !sent.success() {
            bail!("the process could not be sent {name}");
        }
        Ok(())
    }

    /// Ends it at once, with nothing tidied up (SIGKILL).
    ///
    /// # Errors
    /// If it cannot be ended.
    pub async fn kill(mut self) -> anyhow::Result<()> {
        Ok(self.child.kill().await?)
    }

    /// Asks it to end and waits.
    ///
    /// # Errors
    /// If it does not end.
    pub async fn stop(mut self) -> anyhow::Result<()> {
        self.signal("TERM").await?;
        tokio::time::timeout(Duration::from_millis(STOP_MS), self.child.wait())
            .await
            .map_err(|_| anyhow!("the process did not end within {STOP_MS} ms:\n{}", self.last_words()))??;
        Ok(())
    }

    /// CPU time used so far by all its threads, in user and system, in microseconds.
    ///
    /// # Errors
    /// If the kernel does not tell.
    pub fn cpu_us(&self) -> anyhow::Result<u64> {
        let path = format!("/proc/{}/stat", self.pid);
        let text = std::fs::read_to_string(&path).with_context(|| path.clone())?;
        ticks(&text).map(|ticks| ticks * TICK_US).with_context(|| path)
    }

    /// Memory in use, in bytes (resident set).
    ///
    /// # Errors
    /// If the kernel does not tell.
    pub fn memory_bytes(&self) -> anyhow::Result<u64> {
        resident_bytes_of(&self.pid.to_string())
    }
}

/// Memory in use by this process, in bytes (resident set).
///
/// # Errors
/// If the kernel does not tell.
pub fn resident_bytes_of_this() -> anyhow::Result<u64> {
    resident_bytes_of("self")
}

fn resident_bytes_of(process: &str) -> anyhow::Result<u64> {
    let path = format!("/proc/{process}/status");
    let text = std::fs::read_to_string(&path).with_context(|| path.clone())?;
    resident_bytes(&text).with_context(|| path)
}

/// User and system time of `/proc/PID/stat`. The name in it may hold blanks and brackets, so the fields are counted from its end.
fn ticks(stat: &str) -> Option<u64> {
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    // Fields 14 and 15 of proc(5); the first one after the name is field 3.
    Some(fields.get(11)?.parse::<u64>().ok()? + fields.get(12)?.parse::<u64>().ok()?)
}

fn resident_bytes(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cpu_time_is_read_behind_a_name_with_blanks_and_brackets() {
        let stat = "42 (a ) b) S 1 42 42 0 -1 4194560 1 2 3 4 700 33 5 6 20 0 9 0 1 1 1";
        assert_eq!(ticks(stat), Some(733));
        assert_eq!(ticks("nothing"), None);
    }

    #[test]
    fn memory_is_the_resident_set() {
        assert_eq!(resident_bytes("Name:\tx\nVmSize:\t  9 kB\nVmRSS:\t   64 kB\n"), Some(65_536));
        assert_eq!(resident_bytes("Name:\tx\n"), None);
    }
}
