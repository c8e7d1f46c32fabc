//! Whose a commit under way is: the sandbox names the port it came from, the kernel the process that holds it.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use crate::twin::Twin;

/// How long ago a commit under way began at most, in microseconds.
const OPEN_US_MAX: i64 = 6_000_000;

#[derive(Deserialize)]
struct Entry {
    outcome: String,
    remote: Option<std::net::SocketAddr>,
}

/// The ports from which commits are under way now.
pub async fn open_commits(twin: &Twin) -> anyhow::Result<BTreeSet<u16>> {
    #[derive(Deserialize)]
    struct Log {
        entries: Vec<Entry>,
    }
    let since_us = twin.now_us().await? - OPEN_US_MAX;
    let address = twin.address(&format!("_sandbox/log?since={since_us}&commits=true"));
    let log: Log = twin.client.get(address).send().await?.error_for_status()?.json().await?;
    let open = log.entries.into_iter().filter(|entry| entry.outcome == "open");
    Ok(open.filter_map(|entry| entry.remote).map(|remote| remote.port()).collect())
}

/// How many of these ports a process holds.
pub fn of_process(pid: u32, ports: &BTreeSet<u16>) -> usize {
    let table = std::fs::read_to_string("/proc/net/tcp").unwrap_or_default();
    let sockets = by_inode(&table);
    let Ok(open) = std::fs::read_dir(format!("/proc/{pid}/fd")) else {
        return 0;
    };
    open.filter_map(|entry| std::fs::read_link(entry.ok()?.path()).ok())
        .filter_map(|link| {
            let inode = link.to_str()?.strip_prefix("socket:[")?.strip_suffix(']')?.parse().ok()?;
            sockets.get(&inode)
        })
        .filter(|port| ports.contains(port))
        .count()
}

/// The local port of each socket of `/proc/net/tcp`, by inode.
fn by_inode(table: &str) -> BTreeMap<u64, u16> {
    let read = |line: &str| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let port = u16::from_str_radix(fields.get(1)?.rsplit_once(':')?.1, 16).ok()?;
        Some((fields.get(9)?.parse().ok()?, port))
    };
    table.lines().skip(1).filter_map(read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_socket_is_known_by_its_inode() {
        let table = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n   \
                     0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 31337 1 0 100 0 0 10 0\n";
        assert_eq!(by_inode(table), BTreeMap::from([(31_337, 8_080)]));
    }
}
