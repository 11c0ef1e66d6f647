//! What was measured: one line of JSON for each figure, so that a run that is cut off leaves what it had.

use std::fs::File;
use std::io::Write as _;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What was measured of one thing in one round.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Figure {
    /// Which part of the bench.
    pub(crate) section: String,
    /// What was measured.
    pub(crate) subject: String,
    /// Under which load.
    pub(crate) load: String,
    /// The numbers, by their names.
    pub(crate) values: BTreeMap<String, f64>,
}

impl Figure {
    pub(crate) fn new(section: &str, subject: &str, load: &str) -> Self {
        let (section, subject, load) = (section.to_owned(), subject.to_owned(), load.to_owned());
        Self { section, subject, load, values: BTreeMap::new() }
    }

    pub(crate) fn with(mut self, name: &str, value: f64) -> Self {
        self.values.insert(name.to_owned(), value);
        self
    }

    /// Writes it down, and shows it.
    #[expect(clippy::print_stdout, reason = "a bench talks to the terminal")]
    pub(crate) fn keep(&self) {
        let values: Vec<_> = self.values.iter().map(|(name, value)| format!("{name} {value:.2}")).collect();
        println!("{:<10} {:<28} {:<34} {}", self.section, self.subject, self.load, values.join(", "));
        self.keep_silently();
    }

    /// Writes it down.
    pub(crate) fn keep_silently(&self) {
        std::fs::create_dir_all(folder()).unwrap();
        let mut file = File::options().create(true).append(true).open(file()).unwrap();
        writeln!(file, "{}", serde_json::to_string(self).unwrap()).unwrap();
    }
}

/// Everything that was kept.
pub(crate) fn all() -> Vec<Figure> {
    let text = std::fs::read_to_string(file()).unwrap_or_default();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Where figures and logs are: `HELSEID_BENCH_DIR`, or `target/bench` of the folder that we are started in.
pub(crate) fn folder() -> PathBuf {
    std::env::var_os("HELSEID_BENCH_DIR").map_or_else(|| PathBuf::from("target/bench"), PathBuf::from)
}

fn file() -> PathBuf {
    folder().join("figures.jsonl")
}
