//! A flow of calls told in order: each call is given the answer that came to it, or ends the telling until it has come.

use postrider_provider::{Answer, Fault, Flow, Request};

/// Why the telling stops.
pub enum Stop {
    /// This call comes next.
    Call(Box<Request>),
    /// It cannot go on.
    Fail(Box<Fault>),
}

impl From<Fault> for Stop {
    fn from(fault: Fault) -> Self {
        Stop::Fail(Box::new(fault))
    }
}

/// The answers so far, in the order of the calls.
pub struct Asked<'a>(std::slice::Iter<'a, Answer>);

impl<'a> Asked<'a> {
    /// The answer to a call.
    ///
    /// # Errors
    /// [`Stop::Call`] while there is none.
    pub fn answer(&mut self, call: Request) -> Result<&'a Answer, Stop> {
        self.0.next().ok_or_else(|| Stop::Call(Box::new(call)))
    }
}

/// Tells a flow from its beginning, as far as the answers go.
pub fn told<T>(answers: &[Answer], tell: impl FnOnce(&mut Asked<'_>) -> Result<T, Stop>) -> Flow<T> {
    match tell(&mut Asked(answers.iter())) {
        Ok(value) => Flow::Done(value),
        Err(Stop::Call(request)) => Flow::Call(*request),
        Err(Stop::Fail(fault)) => Flow::Fail(*fault),
    }
}
