//! The program as processes of its own: beside one another, killed, replaced, and used from the command line.

mod beside;
mod kill;
mod machine;
mod replicas;
mod restored;
