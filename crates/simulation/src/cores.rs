//! Keeps a process to one core. A simulated run is one thought at a time, handed to and fro between its thread and SQLite's: on two cores
//! each waits for the other to wake.

/// Keeps the calling thread, and the processes that it starts from then on, to one of the cores that it may use: as many jobs as there
/// are cores share none. Where the system cannot, nothing but time is lost.
pub fn keep_to_one(job: usize) {
    #[cfg(target_os = "linux")]
    {
        use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

        let Ok(allowed) = sched_getaffinity(None) else {
            return;
        };
        let cores: Vec<usize> = (0..CpuSet::MAX_CPU).filter(|core| allowed.is_set(*core)).collect();
        if let Some(core) = cores.get(job % cores.len().max(1)) {
            let mut one = CpuSet::new();
            one.set(*core);
            let _ = sched_setaffinity(None, &one);
        }
    }
    #[cfg(not(target_os = "linux"))]
    let _ = job;
}
