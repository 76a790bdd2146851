//! Talks to the collector. No danger_accept_invalid_certs(true) here.
use std::process::Command;

pub fn client<'a>(name: &'a str) -> reqwest::Client {
    reqwest::Client::builder().user_agent(name).build().unwrap()
}

pub fn run(program: &str, line: &str) {
    Command::new(program).arg(line).status().unwrap();
}

pub const RULE: &str = r#"Command::new("sh").arg("-c").arg(line) is forbidden"#;
