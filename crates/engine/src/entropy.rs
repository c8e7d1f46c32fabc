//! The one source of randomness of the engine.

/// Draws random bytes. The simulation hands in a seeded one.
pub trait Entropy: Send + Sync {
    /// Ten random bytes, as an id needs.
    fn ten(&self) -> [u8; 10];
}

/// The operating system's randomness.
#[derive(Debug, Default, Clone, Copy)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn ten(&self) -> [u8; 10] {
        let mut bytes = [0_u8; 10];
        // Without randomness there are no ids and no keys: nothing the engine could go on with.
        getrandom::fill(&mut bytes).unwrap_or_else(|error| panic!("the operating system gives no randomness: {error}"));
        bytes
    }
}
