//! When: wall time in a zone, and the instants it stands for.

pub mod zone;
