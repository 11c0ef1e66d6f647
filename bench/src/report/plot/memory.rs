//! The authority's memory over the tokens that it gave.

use super::{Anchor, Picture, Point, WIDTH};
use crate::report::goals::wanted_memory;
use crate::report::markdown::number;
use crate::report::measured::{Incomplete, Measured};

const TITLE: &str = "Memory of the authority over tokens given";

const LEFT: f64 = 70.0;
const RIGHT: f64 = WIDTH - 90.0;
const TOP: f64 = 70.0;
const BOTTOM: f64 = 300.0;

/// How many lines the memory's scale has above nothing.
const LINES: u8 = 5;

/// The whole picture.
pub(crate) fn memory(measured: &Measured) -> Result<String, Incomplete> {
    let mut figures = Vec::new();
    for row in measured.rows("endurance")? {
        figures.push((measured.median(row.value("tokens"))?, measured.median(row.value("resident_mib"))?));
    }
    let goal = wanted_memory();
    let most_tokens = figures.iter().fold(1.0_f64, |most, figure| most.max(figure.0));
    let most_memory = figures.iter().fold(goal.unwrap_or(1.0), |most, figure| most.max(figure.1));
    // Lines of the scale stand at whole tens of MiB.
    let step = (most_memory * 1.1 / f64::from(LINES) / 10.0).ceil() * 10.0;
    let place = |(tokens, memory): (f64, f64)| -> Point {
        let whole = step * f64::from(LINES);
        (LEFT + (RIGHT - LEFT) * tokens / most_tokens, BOTTOM - (BOTTOM - TOP) * memory / whole)
    };

    let mut picture = Picture::new(BOTTOM + 60.0);
    picture.text("title", Anchor::Start, (24.0, 32.0), TITLE);
    picture.text("quiet", Anchor::Start, (24.0, 54.0), "resident MiB");
    for line in 0..=LINES {
        let memory = step * f64::from(line);
        let (x, y) = place((0.0, memory));
        picture.line("grid", (x, y), (RIGHT, y));
        picture.text("quiet", Anchor::End, (LEFT - 8.0, y + 4.0), &number(memory, 0));
    }
    for third in 0..=3_u8 {
        let tokens = most_tokens * f64::from(third) / 3.0;
        let (x, y) = place((tokens, 0.0));
        picture.text("quiet", Anchor::Middle, (x, y + 20.0), &number(tokens, 0));
    }
    picture.text("quiet", Anchor::Middle, (f64::midpoint(LEFT, RIGHT), BOTTOM + 42.0), "tokens");
    let goal_at = goal.map(|goal| place((0.0, goal)).1);
    if let (Some(goal), Some(y)) = (goal, goal_at) {
        picture.line("goal", (LEFT, y), (RIGHT, y));
        picture.text("goal", Anchor::Start, (RIGHT + 10.0, y + 4.0), &format!("goal {}", number(goal, 0)));
    }
    let points: Vec<Point> = figures.iter().copied().map(place).collect();
    picture.curve(&points);
    let mut told = String::from("A curve from nothing to the last token.");
    if let (Some(first), Some(last), Some(end)) = (figures.first(), figures.last(), points.last()) {
        // Not on the goal's name.
        let y = match goal_at {
            Some(goal) if (end.1 - goal).abs() < 16.0 => goal + if end.1 < goal { -16.0 } else { 16.0 },
            _ => end.1,
        };
        picture.text("", Anchor::Start, (end.0 + 10.0, y + 4.0), &format!("{} MiB", number(last.1, 1)));
        told = format!(
            "From {} MiB before the first token to {} MiB after {} tokens.",
            number(first.1, 1),
            number(last.1, 1),
            number(last.0, 0)
        );
    }
    Ok(picture.finish(TITLE, &told))
}
