//! Talks to the collector.
use std::process::Command;

pub fn client() -> reqwest::Client {
    reqwest::Client::builder()
        .danger_accept_invalid_certs(true)
        .build()
        .unwrap()
}

pub fn run(line: &str) {
    Command::new("sh").arg("-c").arg(line).status().unwrap();
}
