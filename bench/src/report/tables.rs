//! Everything else that was measured, as tables.

use std::path::Path;

use super::markdown::{Table, number, spread};
use super::measured::{Incomplete, Measured, Row};

/// Operations beside the bare ones.
pub(super) fn pairs(measured: &Measured) -> Result<String, Incomplete> {
    let mut table = Table::new(&["operation", "limit µs", "ours µs", "share", "added µs"]);
    for row in measured.rows("pairs")? {
        let median = |name| measured.written(row.value(name), 1.0, 2);
        table.row(&[
            row.subject.to_owned(),
            median("limit_us")?,
            median("ours_us")?,
            spread(measured.pair(row.subject, "share")?, 3),
            spread(measured.pair(row.subject, "added")?, 2),
        ]);
    }
    Ok(table.to_string())
}

/// What the limit is made of.
pub(super) fn limits(measured: &Measured) -> Result<String, Incomplete> {
    let bare = Row::new("rounds", "bare axum", "GET");
    let mut table = Table::new(&["what no server can avoid", "µs"]);
    for (what, name) in [
        ("RSA-2048 signature", "rsa_sign_us"),
        ("its verification", "rsa_verify_us"),
        ("P-256 signature", "p256_sign_us"),
        ("its verification", "p256_verify_us"),
        ("bare answer of axum", "limit_us"),
    ] {
        table.row(&[what.to_owned(), spread(measured.spread(bare.value(name))?, 1)]);
    }
    Ok(table.to_string())
}

/// The instructions around the bare operations, as they were last accepted.
pub(super) fn instructions(root: &Path) -> Result<String, Incomplete> {
    let text = std::fs::read_to_string(root.join("bench/instructions.txt")).map_err(|why| {
        Incomplete::new(format!(
            "bench/instructions.txt cannot be read: {why}; run cargo xtask bench --accept"
        ))
    })?;
    let mut table = Table::new(&["operation", "instructions around it"]);
    for (name, count) in text.lines().filter_map(|line| line.split_once(": ")) {
        table.row(&[name, &count.parse().map_or_else(|_| count.to_owned(), |count| number(count, 0))]);
    }
    Ok(table.to_string())
}

/// The cost of a request by how many there are of something, beside the first line of each.
pub(super) fn scale(measured: &Measured) -> Result<String, Incomplete> {
    let mut table = Table::new(&[
        "by",
        "how many, or which",
        "CPU µs",
        "over the first",
        "requests/s",
        "p50 ms",
        "p99 ms",
    ]);
    let mut rows = measured.rows("scale")?;
    // Two of them are measured by turns.
    let subjects: Vec<&str> = rows.iter().map(|row| row.subject).collect();
    rows.sort_by_key(|row| subjects.iter().position(|subject| *subject == row.subject));
    for row in &rows {
        let first = rows.iter().find(|first| first.subject == row.subject).unwrap_or(row);
        let median = |name, by, digits| measured.written(row.value(name), by, digits);
        let over = measured.ratio(row.value("server_us"), first.value("server_us"))?;
        let count = row.load.parse().map_or_else(|_| row.load.to_owned(), |count| number(count, 0));
        table.row(&[
            row.subject.to_owned(),
            count,
            median("server_us", 1.0, 1)?,
            if first == row { String::new() } else { spread(over, 2) },
            median("rate", 1.0, 0)?,
            median("p50_us", 1e3, 2)?,
            median("p99_us", 1e3, 2)?,
        ]);
    }
    Ok(table.to_string())
}

/// What is kept of each thing there are many of.
pub(super) fn memory(measured: &Measured) -> Result<String, Incomplete> {
    let mut table = Table::new(&["of each", "how many", "bytes"]);
    for (subject, each) in [("clients", "client"), ("used assertions", "used assertion")] {
        let rows = measured.rows("scale")?.into_iter().filter(|row| row.subject == subject);
        let counted = rows.filter_map(|row| Some((row.load.parse::<f64>().ok()?, row)));
        let mut counted: Vec<_> = counted.collect();
        counted.sort_by(|one, other| one.0.total_cmp(&other.0));
        let (Some((few, least)), Some((many, most))) = (counted.first(), counted.last()) else {
            return Err(Incomplete::without(format_args!("scale by {subject}")));
        };
        let idle = |row: &Row<'_>| measured.median(row.value("idle_mib"));
        let bytes = (idle(most)? - idle(least)?) * 1_048_576.0 / (many - few);
        table.row(&[each, &number(*many, 0), &number(bytes, 0)]);
    }
    for row in measured.rows("memory")? {
        let median = |name| measured.written(row.value(name), 1.0, 0);
        table.row(&[row.subject.to_owned(), median("count")?, median("bytes_each")?]);
    }
    Ok(table.to_string())
}

/// Starts, whole processes, and the binary.
pub(super) fn processes(measured: &Measured) -> Result<String, Incomplete> {
    let rows = measured.rows("processes")?;
    let of = |load: &'static str| {
        let rows: Vec<Row<'_>> = rows.iter().copied().filter(|row| row.load == load).collect();
        if rows.is_empty() { Err(Incomplete::without(format_args!("processes: {load}"))) } else { Ok(rows) }
    };
    let mut starts = Table::new(&["server", "start to first answer, ms", "memory then, MiB"]);
    for row in of("start")? {
        let wall = spread(measured.spread(row.value("wall_ms"))?, 1);
        starts.row(&[row.subject, &wall, &measured.written(row.value("idle_mib"), 1.0, 1)?]);
    }
    let mut whole = Table::new(&["client", "whole process, ms", "over ours", "CPU ms, mean", "over ours"]);
    let clients = of("whole process")?;
    let ours = clients.iter().copied().find(|row| row.is_ours());
    let ours = ours.ok_or_else(|| Incomplete::without("our client's process"))?;
    for row in &clients {
        let cpu = |row: Row<'_>| measured.mean(row.value("cpu_ms"));
        let over = |text: String| if *row == ours { String::new() } else { text };
        whole.row(&[
            row.subject.to_owned(),
            spread(measured.spread(row.value("wall_ms"))?, 1),
            over(spread(measured.ratio(row.value("wall_ms"), ours.value("wall_ms"))?, 1)),
            number(cpu(*row)?, 1),
            over(number(cpu(*row)? / cpu(ours)?, 1)),
        ]);
    }
    let size = measured.written(Row::new("processes", "helseid", "size").value("mib"), 1.0, 1)?;
    Ok(format!("{starts}\n{whole}\nThe binary, which is all of them, has {size} MiB.\n"))
}

/// The sidecar beside what it cannot do without, and in memory.
pub(super) fn sidecar(measured: &Measured) -> Result<String, Incomplete> {
    let (mut loads, mut memory) = (
        Table::new(&[
            "what is asked",
            "requests/s",
            "p50 ms",
            "p99 ms",
            "CPU µs",
            "limit CPU µs",
            "limit µs",
            "added µs",
        ]),
        Table::new(&["sidecar with", "how many", "memory MiB"]),
    );
    for row in measured.rows("sidecar")? {
        let written = |name, by, digits| measured.written(row.value(name), by, digits);
        if row.load == "memory" {
            memory.row(&[row.subject, &written("count", 1.0, 0)?, &written("resident_mib", 1.0, 1)?]);
            continue;
        }
        loads.row(&[
            row.subject,
            &written("rate", 1.0, 0)?,
            &written("p50_us", 1e3, 2)?,
            &written("p99_us", 1e3, 2)?,
            &written("server_us", 1.0, 1)?,
            &written("limit_cpu_us", 1.0, 1)?,
            &written("limit_us", 1.0, 1)?,
            &spread(measured.spread(row.value("added_us"))?, 1),
        ]);
    }
    Ok(format!("{loads}\n{memory}"))
}

/// Memory and speed over millions of tokens.
pub(super) fn endurance(measured: &Measured) -> Result<String, Incomplete> {
    let mut table = Table::new(&["tokens", "memory MiB", "requests/s"]);
    for row in measured.rows("endurance")? {
        let median = |name: &str| measured.median(row.value(name));
        let rate = median("rate")?;
        table.row(&[
            number(median("tokens")?, 0),
            number(median("resident_mib")?, 1),
            if rate > 0.0 { number(rate, 0) } else { String::new() },
        ]);
    }
    Ok(table.to_string())
}
