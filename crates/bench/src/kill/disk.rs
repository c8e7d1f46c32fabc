//! A disk that can be filled: a small one in memory, which only root can mount.

use std::io::Write;
use std::path::{Path, PathBuf};

use tempfile::TempDir;
use tokio::process::Command;

use crate::figures::say;

/// How much it holds, in MiB: many times what the rows take.
const SIZE_MIB: usize = 96;

/// A mounted disk; it is taken away when this is dropped.
pub struct SmallDisk {
    folder: TempDir,
}

impl SmallDisk {
    /// Mounts one; `None` where that is not allowed, which it says.
    pub async fn mount() -> Option<SmallDisk> {
        let folder = tempfile::Builder::new().prefix("bench-disk-").tempdir().ok()?;
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={SIZE_MIB}m"), "tmpfs"])
            .arg(folder.path())
            .output()
            .await;
        if mounted.is_ok_and(|output| output.status.success()) {
            return Some(SmallDisk { folder });
        }
        say("no disk can be mounted here, so it is not filled");
        None
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    fn filler(&self) -> PathBuf {
        self.folder.path().join("filler")
    }

    /// Fills it to the last byte.
    ///
    /// # Errors
    /// If it does not become full.
    pub fn fill(&self) -> std::io::Result<()> {
        let mut file = std::fs::File::create(self.filler())?;
        let chunk = vec![0_u8; 64 * 1024];
        for _ in 0..SIZE_MIB * 17 {
            match file.write_all(&chunk) {
                Ok(()) => {}
                Err(error) if error.kind() == std::io::ErrorKind::StorageFull => return Ok(()),
                Err(error) => return Err(error),
            }
        }
        Err(std::io::Error::other("the disk did not become full"))
    }

    /// Gives the room back.
    ///
    /// # Errors
    /// If it cannot be given back.
    pub fn free(&self) -> std::io::Result<()> {
        std::fs::remove_file(self.filler())
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Detached at once, and gone when the last process that uses it is.
        drop(std::process::Command::new("umount").arg("-l").arg(self.folder.path()).output());
    }
}
