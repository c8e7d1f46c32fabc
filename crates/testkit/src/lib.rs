

pub mod postgres;
