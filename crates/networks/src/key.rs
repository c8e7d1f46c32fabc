//! Keys that are derived, not drawn: a restored database, a second replica and a lost checkpoint make the same one.

use postrider_core::delivery::Part;
use postrider_core::mutant::{self, Mutant};
use postrider_provider::Job;
use sha2::{Digest, Sha256};

const ALPHABET: &[u8; 32] = b"234567abcdefghijklmnopqrstuvwxyz";
const TID_CHARS: usize = 13;
/// How far before the delivery was made a key's time may lie, in microseconds: wide enough that deliveries made in the
/// same millisecond do not meet.
const SPREAD_US: u64 = 1_000_000_000;

/// A record key of the AT Protocol (TID: microseconds, then a clock id of ten bits) for one part of a delivery.
pub fn tid(job: &Job, part: Part) -> String {
    tid_of_generation(job, part, job.generation)
}

/// The same of another generation.
pub fn tid_of_generation(job: &Job, part: Part, generation: u32) -> String {
    let of_delivery = digest(job, "", generation);
    let of_part = digest(job, &part.to_string(), generation);
    let made_us = u64::try_from(job.created_at_ms).unwrap_or(0).saturating_mul(1_000);
    // Later parts get later keys, so that a repository lists a thread in its order.
    let time_us = made_us.saturating_sub(of_delivery % SPREAD_US) + ordinal(part);
    let value = ((time_us << 10) | (of_part & 0x3ff)) & (u64::MAX >> 1);
    (0..TID_CHARS)
        .map(|index| char::from(ALPHABET[((value >> (5 * (TID_CHARS - 1 - index))) & 31) as usize]))
        .collect()
}

fn ordinal(part: Part) -> u64 {
    match part {
        Part::Root => 0,
        Part::Reply(n) => u64::from(n),
        Part::FirstComment => 1_000,
        Part::Thumbnail => 1_001,
    }
}

fn digest(job: &Job, part: &str, generation: u32) -> u64 {
    let mut hash = Sha256::new();
    hash.update(job.delivery_id.bits().to_be_bytes());
    hash.update(generation.to_be_bytes());
    hash.update(part.as_bytes());
    if mutant::on(Mutant::RedrawKey) {
        hash.update(job.now_ms.to_be_bytes());
    }
    let bytes = hash.finalize();
    bytes.iter().take(8).fold(0, |value, byte| (value << 8) | u64::from(*byte))
}
