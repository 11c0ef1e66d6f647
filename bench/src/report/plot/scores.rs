//! The score of every load as bars, ours beside its peers, and the limit that none can pass.

use super::{Anchor, Picture, WIDTH};
use crate::report::goals::wanted_score;
use crate::report::loads::{Asked, rows};
use crate::report::markdown::number;
use crate::report::measured::{Incomplete, Measured, Row};
use crate::spread::Spread;

const TITLE: &str = "Score: the share of what one core could do at most";

/// Where the bars begin; on their left stand names.
const LEFT: f64 = 210.0;

/// How long a bar of 1.00 is.
const WHOLE: f64 = 560.0;

const TOP: f64 = 84.0;
const BAR: f64 = 16.0;
const STEP: f64 = 22.0;
/// From the last bar of a load to the first of the next, with the load's name between.
const GAP: f64 = 34.0;
/// What a number takes beside its bar.
const ROOM: f64 = 34.0;

/// A load, and what was measured under it.
struct Group<'a> {
    load: &'a str,
    bars: Vec<(Row<'a>, Spread)>,
}

/// The whole picture.
pub(crate) fn scores(measured: &Measured) -> Result<String, Incomplete> {
    let groups = groups(measured)?;
    let bottom = groups.iter().fold(TOP, |y, group| group.bars.iter().fold(y + GAP, |y, _| y + STEP));
    let mut picture = Picture::new(bottom + 52.0);
    axis(&mut picture, bottom + 8.0);
    let mut y = TOP;
    let mut told = String::from("Bars from 0 to the limit of 1.00.");
    for group in &groups {
        y += GAP;
        picture.text("head", Anchor::Start, (24.0, y - 8.0), group.load);
        told.push_str(&format!(" {}:", group.load));
        for (row, score) in &group.bars {
            bar(&mut picture, y, (*row, *score));
            told.push_str(&format!(" {} {},", row.subject, number(score.median, 2)));
            y += STEP;
        }
        told.pop();
        told.push('.');
    }
    Ok(picture.finish(TITLE, &told))
}

fn groups(measured: &Measured) -> Result<Vec<Group<'_>>, Incomplete> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    let (tokens, apis) = (rows(measured, Asked::Token)?, rows(measured, Asked::Api)?);
    // The bare answer is the limit itself.
    for row in tokens.into_iter().chain(apis).filter(|row| row.subject != "bare axum") {
        let bar = (row, measured.spread(row.value("score"))?);
        match groups.iter_mut().find(|group| group.load == row.load) {
            Some(group) => group.bars.push(bar),
            None => groups.push(Group { load: row.load, bars: vec![bar] }),
        }
    }
    Ok(groups)
}

/// The title, the scale, and what the marks mean.
fn axis(picture: &mut Picture, bottom: f64) {
    picture.text("title", Anchor::Start, (24.0, 32.0), TITLE);
    let key = "bar: median of the rounds; thin line: where eight rounds in ten lie; upright mark: the goal";
    picture.text("quiet", Anchor::Start, (24.0, 54.0), key);
    for quarter in [0.0, 0.25, 0.5, 0.75, 1.0] {
        let x = at(quarter);
        let class = if quarter < 1.0 { "grid" } else { "limit" };
        picture.line(class, (x, TOP), (x, bottom));
        let name = if quarter < 1.0 { number(quarter, 2) } else { "1.00, the limit".to_owned() };
        picture.text("quiet", Anchor::Middle, (x, bottom + 18.0), &name);
    }
}

fn bar(picture: &mut Picture, y: f64, (row, score): (Row<'_>, Spread)) {
    let middle = y + BAR / 2.0;
    picture.text("", Anchor::End, (LEFT - 10.0, middle + 4.5), row.subject);
    let class = if row.is_ours() { "ours" } else { "peer" };
    picture.bar(class, (LEFT, y), (at(score.median) - LEFT, BAR));
    picture.line("spread", (at(score.low), middle), (at(score.high), middle));
    let end = at(score.high) + 8.0;
    let mut marks = vec![at(1.0)];
    if let Some(goal) = wanted_score(row) {
        picture.line("goal", (at(goal), y - 3.0), (at(goal), y + BAR + 3.0));
        picture.text("goal", Anchor::Middle, (at(goal), y - 8.0), &format!("goal {}", number(goal, 2)));
        marks.insert(0, at(goal));
    }
    // A number that would stand on a mark goes behind it.
    let end = marks
        .iter()
        .fold(end, |end, mark| if end - 8.0 < *mark && *mark < end + ROOM { mark + 8.0 } else { end });
    picture.text("", Anchor::Start, (end, middle + 4.5), &number(score.median, 2));
}

/// Where a score is. Noise can carry one beyond the limit, and nothing beyond the picture.
fn at(score: f64) -> f64 {
    let score = if score.is_finite() { score.max(0.0) } else { 0.0 };
    (LEFT + score * WHOLE).min(WIDTH - 50.0)
}
