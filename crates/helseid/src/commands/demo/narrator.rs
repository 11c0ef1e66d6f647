//! Tells the story, step by step, as it happens.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use helseid_client::{Decoded, Event, Observer};
use helseid_protocol::jose::json::Object;
use serde_json::Value;

use crate::failure::Failure;
use crate::output;

/// Numbers the steps, and keeps the first failure of the output.
#[derive(Clone, Default)]
pub(super) struct Narrator {
    steps: Arc<AtomicU32>,
    failed: Arc<Mutex<Option<Failure>>>,
}

impl Narrator {
    /// One step, with lines below it.
    pub(super) fn step(&self, title: &str, lines: &[&str]) {
        let number = self.steps.fetch_add(1, Ordering::Relaxed) + 1;
        let mut text = format!("{number:2}. {title}\n");
        for line in lines.iter().flat_map(|line| line.lines()) {
            text.push_str(&format!("    {line}\n"));
        }
        if let Err(failure) = output::data(text.as_bytes()) {
            self.failed.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(failure);
        }
    }

    /// One step with a JSON value below it.
    pub(super) fn json(&self, title: &str, value: &Value) {
        self.step(title, &[&pretty(value)]);
    }

    /// The answer of the API.
    pub(super) fn patients(&self, patients: &Value) {
        self.json("The patients", patients);
    }

    /// The end; fails if the story could not be told.
    pub(super) fn end(self) -> Result<(), Failure> {
        self.step("Done; nothing is left behind", &[]);
        self.failed.lock().unwrap_or_else(PoisonError::into_inner).take().map_or(Ok(()), Err)
    }
}

impl Observer for Narrator {
    fn event(&self, event: Event<'_>) {
        match event {
            Event::TokenRequested { endpoint, assertion, proof } => {
                self.step(
                    &format!("The client asks for a token: POST {endpoint}"),
                    &["client assertion", &shown(&assertion), "DPoP proof", &shown(&proof)],
                );
            }
            Event::NonceDemanded { status } => {
                let why = "The authority wants its nonce in the proof; the next request has a new assertion and proof";
                self.step(&format!("{} use_dpop_nonce", status.as_u16()), &[why]);
            }
            Event::TokenGranted { token: Some(token) } => {
                self.step("200: a token, bound to the proof's key by cnf.jkt", &[&shown(&token)]);
            }
            Event::TokenRefused { status, error } => {
                self.step(&format!("{} {}", status.as_u16(), error.code), &[&error.to_string()]);
            }
            Event::ApiCalled { method, address, status } => {
                let title =
                    format!("{method} {address} with the token and a fresh proof: {}", status.as_u16());
                self.step(&title, &[]);
            }
            _ => {}
        }
    }
}

fn shown(jwt: &Decoded) -> String {
    let part = |part: &Object| pretty(&Value::Object(part.clone()));
    format!("header {}\nclaims {}", part(&jwt.header), part(&jwt.claims))
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_else(|_| value.to_string())
}
