//! Numbers and tables as Markdown has them.

use std::fmt::{self, Write as _};

use crate::spread::Spread;

/// A number with so many digits behind the point, and a comma between thousands.
pub(super) fn number(value: f64, digits: usize) -> String {
    if !value.is_finite() {
        return "–".to_owned();
    }
    let plain = format!("{value:.digits$}");
    let (whole, rest) = plain.split_at(plain.find('.').unwrap_or(plain.len()));
    let (sign, whole) = whole.strip_prefix('-').map_or(("", whole), |whole| ("-", whole));
    let mut grouped = String::new();
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place) % 3 == 0 {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    format!("{sign}{grouped}{rest}")
}

/// The middle, and between which numbers eight in ten lie; the middle alone if they are all the same.
pub(super) fn spread(spread: Spread, digits: usize) -> String {
    let Spread { low, median, high } = spread;
    if number(low, digits) == number(high, digits) {
        return number(median, digits);
    }
    format!("{} [{} – {}]", number(median, digits), number(low, digits), number(high, digits))
}

/// A table with a head.
pub(super) struct Table {
    lines: String,
}

impl Table {
    pub(super) fn new(head: &[&str]) -> Self {
        let mut table = Self { lines: String::new() };
        table.row(head);
        table.row(&vec!["---"; head.len()]);
        table
    }

    pub(super) fn row(&mut self, cells: &[impl AsRef<str>]) {
        for cell in cells {
            let _ = write!(self.lines, "| {} ", cell.as_ref());
        }
        self.lines.push_str("|\n");
    }
}

impl fmt::Display for Table {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.lines)
    }
}
