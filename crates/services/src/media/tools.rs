//! The programs that are used where they are installed: ffprobe to measure, ffmpeg for posters and conversions.

use std::ffi::OsStr;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use tokio::process::Command;

use super::MediaError;

/// How long measuring a file may take, in milliseconds.
pub const PROBE_MS: u64 = 20_000;
/// How long a poster may take, in milliseconds.
pub const POSTER_MS: u64 = 30_000;
/// How long a conversion may take, in milliseconds.
pub const CONVERT_MS: u64 = 120_000;

/// Where the programs are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tools {
    /// ffmpeg, if it is installed.
    pub ffmpeg: Option<PathBuf>,
    /// ffprobe, if it is installed.
    pub ffprobe: Option<PathBuf>,
    /// `nice`, so that a conversion never takes the processor from publishing.
    pub nice: Option<PathBuf>,
}

impl Tools {
    /// Looks along `PATH`.
    pub fn find() -> Self {
        Tools {
            ffmpeg: on_path("ffmpeg"),
            ffprobe: on_path("ffprobe"),
            nice: on_path("nice"),
        }
    }

    /// None of them.
    pub fn none() -> Self {
        Tools::default()
    }

    /// Runs a program to its end and gives what it wrote.
    ///
    /// # Errors
    /// If it cannot be started, does not end in time, or fails.
    pub async fn run<S: AsRef<OsStr>>(&self, program: &PathBuf, arguments: &[S], budget_ms: u64) -> Result<Vec<u8>, MediaError> {
        let mut command = match &self.nice {
            Some(nice) => {
                let mut command = Command::new(nice);
                command.args(["-n", "10"]).arg(program);
                command
            }
            None => Command::new(program),
        };
        let name = program.file_name().unwrap_or_default().to_string_lossy().into_owned();
        command
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        let output = tokio::time::timeout(Duration::from_millis(budget_ms), command.output())
            .await
            .map_err(|_| MediaError::Broken(format!("{name} did not end within {budget_ms} ms")))??;
        if !output.status.success() {
            // Its words may name the server's path; they are for the log alone.
            tracing::debug!(%name, said = %String::from_utf8_lossy(&output.stderr), "a tool failed");
            return Err(MediaError::Broken(format!("{name} failed")));
        }
        Ok(output.stdout)
    }
}

fn on_path(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|folder| folder.join(program))
        .find(|file| file.is_file())
}
