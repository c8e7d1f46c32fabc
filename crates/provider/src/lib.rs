//! The boundary to a network: what an adapter is given, what it decides, and the one HTTP client.
//!
//! Adapters are pure and synchronous; the engine owns time, storage, retries and the client.

mod adapter;
mod answer;
mod connect;
pub mod es256;
mod fault;
pub mod http;
mod job;
pub mod ports;
mod request;
mod step;
mod transport;

pub use adapter::{Adapter, Capability, FoundAccount, GrantView, Granted, Health, QuotaSaid, Registry, Secrets, goes_to_network};
pub use answer::{Answer, Sent};
pub use connect::{
    AuthorizeAsk, CLIENT_KEY, ConnectBy, ExchangeAsk, Field, OwnClient, Permission, PrepareAsk, Prepared, ServerApp, SignInAsk, Typed,
    Variant,
};
pub use fault::{Fault, Next, Proof, Verdict};
pub use job::{Account, App, IntentView, Job, JobPart, MediaRef, Progress};
pub use request::{Assertion, AssetBody, Auth, Body, CALL_BUDGET_MS, FilePart, Method, Request, UPLOAD_BUDGET_MS, Val};
pub use step::{Absorbed, Commit, Evidence, Finding, Flow, PartReceipt, Probe, Receipt, Step, Waiting};
pub use transport::{Blobs, Manner, Transport};
