//! Token endpoints and APIs under load, beside their peers.

use super::markdown::{Table, number, spread};
use super::measured::{Incomplete, Measured, Row};

/// What a request does.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    /// For a token.
    Token,
    /// For all that a login takes.
    Login,
    /// An API, or the bare answer.
    Api,
}

impl Asked {
    fn of(row: Row<'_>) -> Self {
        match row.load {
            load if load.starts_with("login") => Self::Login,
            load if load.contains("assertion") => Self::Token,
            _ => Self::Api,
        }
    }
}

/// The rows in which that is asked, each of ours before its peers.
pub(super) fn rows(measured: &Measured, asked: Asked) -> Result<Vec<Row<'_>>, Incomplete> {
    let rows = measured.rows("rounds")?.into_iter().filter(|row| Asked::of(*row) == asked);
    let rows: Vec<Row<'_>> = rows.collect();
    let what = match asked {
        Asked::Token => "token endpoints",
        Asked::Login => "logins",
        Asked::Api => "APIs",
    };
    if rows.is_empty() { Err(Incomplete::without(what)) } else { Ok(rows) }
}

/// All that was measured of them.
pub(super) fn table(measured: &Measured, asked: Asked) -> Result<String, Incomplete> {
    let rows = rows(measured, asked)?;
    let mut table = Table::new(&[
        "server",
        "load",
        if asked == Asked::Login { "logins/s" } else { "requests/s" },
        "p50 ms",
        "p99 ms",
        "CPU µs",
        "memory MiB",
        "limit µs",
        "score",
        "ours over it",
    ]);
    let (mut rounds, mut idlest) = (0, f64::INFINITY);
    for row in &rows {
        let ours = rows.iter().find(|other| other.is_ours() && other.load == row.load);
        let times = match ours {
            Some(ours) if !row.is_ours() => {
                format!("{} times", spread(measured.ratio(ours.value("rate"), row.value("rate"))?, 2))
            }
            _ => String::new(),
        };
        let median = |name, by, digits| measured.written(row.value(name), by, digits);
        table.row(&[
            row.subject.to_owned(),
            row.load.to_owned(),
            median("rate", 1.0, 0)?,
            median("p50_us", 1e3, 2)?,
            median("p99_us", 1e3, 2)?,
            median("server_us", 1.0, 1)?,
            median("resident_mib", 1.0, 1)?,
            median("limit_us", 1.0, 1)?,
            spread(measured.spread(row.value("score"))?, 2),
            times,
        ]);
        rounds = rounds.max(measured.each(row.value("rate"))?.len());
        let core = measured.median(row.value("rate"))? * measured.median(row.value("server_us"))? / 1e6;
        idlest = idlest.min(core);
    }
    Ok(format!(
        "{table}\nRounds: {rounds}. Each server was busy on its core for at least {} % of the time.\n",
        number(idlest * 100.0, 0)
    ))
}
