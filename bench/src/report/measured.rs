//! What was measured, asked for by name.

use std::fmt;

use super::markdown::number;
use crate::figures::Figure;
use crate::spread::Spread;

/// Why there is no report, and what to do.
#[derive(Debug)]
pub(crate) struct Incomplete(String);

impl Incomplete {
    pub(super) fn new(why: impl Into<String>) -> Self {
        Self(why.into())
    }

    /// Something was not measured.
    pub(super) fn without(what: impl fmt::Display) -> Self {
        Self(format!("there are no figures of {what}: run cargo xtask bench, which measures everything"))
    }
}

impl fmt::Display for Incomplete {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

/// What was measured again and again: all figures that have these three names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Row<'a> {
    pub(super) section: &'a str,
    pub(super) subject: &'a str,
    pub(super) load: &'a str,
}

impl<'a> Row<'a> {
    pub(super) const fn new(section: &'a str, subject: &'a str, load: &'a str) -> Self {
        Self { section, subject, load }
    }

    /// A number of it.
    pub(super) const fn value(self, name: &'a str) -> Value<'a> {
        Value { row: self, name }
    }

    /// Whether it is ours, and no peer's.
    pub(super) fn is_ours(self) -> bool {
        self.subject.starts_with("helseid")
    }

    fn has(self, figure: &Figure) -> bool {
        figure.section == self.section && figure.subject == self.subject && figure.load == self.load
    }
}

impl fmt::Display for Row<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { section, subject, load } = self;
        write!(out, "{section}: {subject} {load}")
    }
}

/// One of a row's numbers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Value<'a> {
    pub(super) row: Row<'a>,
    pub(super) name: &'a str,
}

/// Every figure of a run.
pub(super) struct Measured(Vec<Figure>);

impl Measured {
    pub(super) const fn new(figures: Vec<Figure>) -> Self {
        Self(figures)
    }

    /// The rows of a section in the order in which they were measured.
    pub(super) fn rows<'a>(&'a self, section: &'a str) -> Result<Vec<Row<'a>>, Incomplete> {
        let mut rows = Vec::new();
        for figure in self.0.iter().filter(|figure| figure.section == section) {
            let row = Row::new(section, &figure.subject, &figure.load);
            if !rows.contains(&row) {
                rows.push(row);
            }
        }
        if rows.is_empty() { Err(Incomplete::without(section)) } else { Ok(rows) }
    }

    /// The number in each round.
    pub(super) fn each(&self, value: Value<'_>) -> Result<Vec<f64>, Incomplete> {
        let figures = self.0.iter().filter(|figure| value.row.has(figure));
        let each: Vec<f64> = figures.filter_map(|figure| figure.values.get(value.name).copied()).collect();
        if each.is_empty() {
            Err(Incomplete::without(format_args!("{}, {}", value.row, value.name)))
        } else {
            Ok(each)
        }
    }

    /// The number over all rounds.
    pub(super) fn spread(&self, value: Value<'_>) -> Result<Spread, Incomplete> {
        self.each(value).map(Spread::of)
    }

    /// Its middle.
    pub(super) fn median(&self, value: Value<'_>) -> Result<f64, Incomplete> {
        Ok(self.spread(value)?.median)
    }

    /// The middle as it is written, in a unit that is `by` times that of the figures.
    pub(super) fn written(&self, value: Value<'_>, by: f64, digits: usize) -> Result<String, Incomplete> {
        Ok(number(self.median(value)? / by, digits))
    }

    /// Its mean: for what is counted in steps too large for a middle.
    #[expect(clippy::cast_precision_loss, reason = "a few rounds")]
    pub(super) fn mean(&self, value: Value<'_>) -> Result<f64, Incomplete> {
        let each = self.each(value)?;
        Ok(each.iter().sum::<f64>() / each.len() as f64)
    }

    /// One number by another, each by its neighbour of the same round.
    pub(super) fn ratio(&self, one: Value<'_>, other: Value<'_>) -> Result<Spread, Incomplete> {
        let pairs = self.each(one)?.into_iter().zip(self.each(other)?);
        Ok(Spread::of(pairs.map(|(one, other)| one / other).collect()))
    }

    /// What was compared in pairs: `share` or `added`, of which the bench keeps the spread itself.
    pub(super) fn pair(&self, subject: &str, name: &str) -> Result<Spread, Incomplete> {
        let row = Row::new("pairs", subject, "");
        let middle = if name == "added" { "added_us" } else { name };
        let at = |name: &str| self.median(row.value(name));
        Ok(Spread {
            low: at(&format!("{name}_low"))?,
            median: at(middle)?,
            high: at(&format!("{name}_high"))?,
        })
    }
}
