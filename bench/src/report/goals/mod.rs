//! What we want to reach, and whether the figures say that we did.

mod list;

pub(super) use list::GOALS;

use super::markdown::{Table, spread};
use super::measured::{Incomplete, Measured, Row, Value};
use crate::spread::Spread;

/// One goal, or something that is told beside them.
pub(super) struct Goal {
    what: &'static str,
    bound: Bound,
    unit: Unit,
    reached: Quantity,
}

/// From where on a goal is met.
#[derive(Debug, Clone, Copy)]
enum Bound {
    AtLeast(f64),
    AtMost(f64),
    /// Only told.
    None,
}

impl Bound {
    fn is_met_by(self, median: f64) -> Option<bool> {
        match self {
            Self::AtLeast(bound) => Some(median >= bound),
            Self::AtMost(bound) => Some(median <= bound),
            Self::None => None,
        }
    }
}

/// How a number is written.
#[derive(Debug, Clone, Copy)]
enum Unit {
    /// A part of the limit, of which 1.00 is the whole.
    Share,
    /// So many times something else.
    Times,
    /// Near 1 by intention.
    Ratio,
    Micros,
    Millis,
    Mebibytes,
}

impl Unit {
    /// Digits behind the point, and what follows the number.
    const fn written(self) -> (usize, &'static str) {
        match self {
            Self::Share | Self::Ratio => (3, ""),
            Self::Times => (2, " times"),
            Self::Micros => (1, " µs"),
            Self::Millis => (1, " ms"),
            Self::Mebibytes => (1, " MiB"),
        }
    }
}

/// What the figures say.
enum Quantity {
    Of(Value<'static>),
    /// One by another of the same round.
    Ratio(Value<'static>, Value<'static>),
    /// The slow answers by the middle ones, under the load where that is most.
    Tail(&'static [Row<'static>]),
    /// Of a pair: `share` or `added`.
    Pair(&'static str, &'static str),
}

/// What the score of a row should be, if that is a goal.
pub(super) fn wanted_score(row: Row<'_>) -> Option<f64> {
    GOALS.iter().find_map(|goal| match (&goal.reached, goal.bound) {
        (Quantity::Of(value), Bound::AtLeast(bound)) if value.row == row && value.name == "score" => {
            Some(bound)
        }
        _ => None,
    })
}

/// The most memory that the authority should have.
pub(super) fn wanted_memory() -> Option<f64> {
    GOALS.iter().find_map(|goal| match (&goal.reached, goal.bound) {
        (Quantity::Of(value), Bound::AtMost(bound)) if value.row.section == "endurance" => Some(bound),
        _ => None,
    })
}

/// Each goal with what was reached.
pub(super) fn table(measured: &Measured) -> Result<String, Incomplete> {
    let mut table = Table::new(&["path", "goal", "reached", "met"]);
    for goal in GOALS {
        let reached = goal.reached.in_figures(measured)?;
        let (digits, unit) = goal.unit.written();
        // As it was set, which for a share means with hundredths.
        let set = |bound: f64| if digits == 3 { format!("{bound:.2}") } else { format!("{bound}{unit}") };
        let wanted = match goal.bound {
            Bound::AtLeast(bound) => format!("≥ {}", set(bound)),
            Bound::AtMost(bound) => format!("≤ {}", set(bound)),
            Bound::None => "–".to_owned(),
        };
        let met = match goal.bound.is_met_by(reached.median) {
            Some(true) => "met",
            Some(false) => "**not met**",
            None => "–",
        };
        table.row(&[goal.what, &wanted, &format!("{}{unit}", spread(reached, digits)), met]);
    }
    Ok(table.to_string())
}

impl Quantity {
    fn in_figures(&self, measured: &Measured) -> Result<Spread, Incomplete> {
        match self {
            Self::Of(value) => measured.spread(*value),
            Self::Ratio(one, other) => measured.ratio(*one, *other),
            Self::Pair(subject, name) => measured.pair(subject, name),
            Self::Tail(rows) => {
                let tail = |row: &Row<'static>| measured.ratio(row.value("p99_us"), row.value("p50_us"));
                let tails = rows.iter().map(tail).collect::<Result<Vec<_>, _>>()?;
                let worst = tails.into_iter().max_by(|one, other| one.median.total_cmp(&other.median));
                worst.ok_or_else(|| Incomplete::without("any load"))
            }
        }
    }
}
