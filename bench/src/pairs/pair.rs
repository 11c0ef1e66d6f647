//! Two things measured as neighbours, many times, and what came of it.

use std::fmt;
use std::time::Duration;

use crate::figures::Figure;
use crate::now;
use crate::spread::Spread;

/// How much is measured.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Effort {
    /// Pairs.
    pub(crate) rounds: usize,
    /// How long each half of a pair lasts at least.
    half: Duration,
}

impl Effort {
    /// What figures are read from.
    pub(crate) const WHOLE: Self = Self { rounds: 41, half: Duration::from_millis(12) };
    /// What shows that it runs.
    pub(crate) const SHORT: Self = Self { rounds: 3, half: Duration::from_micros(200) };
}

/// One line of the table.
pub(crate) struct Compared {
    name: String,
    limit: Spread,
    ours: Spread,
    share: Spread,
    added: Spread,
}

/// The head of the table.
pub(crate) const HEADING: &str = "\
operation                limit us            ours us             share               added us";

/// What is compared, made when its turn comes: new keys take their time.
pub(crate) struct Case {
    pub(crate) name: String,
    make: Box<dyn FnOnce() -> Pair>,
}

impl Case {
    pub(crate) fn new(name: impl Into<String>, make: impl FnOnce() -> Pair + 'static) -> Self {
        Self { name: name.into(), make: Box::new(make) }
    }

    pub(crate) fn make(self) -> Pair {
        (self.make)()
    }

    pub(crate) fn compare(self, effort: Effort) -> Compared {
        let pair = (self.make)();
        pair.compare(self.name, effort)
    }
}

/// The limit and ours, doing the same.
pub(crate) struct Pair {
    pub(crate) limit: Box<dyn FnMut()>,
    pub(crate) ours: Box<dyn FnMut()>,
}

impl Pair {
    pub(crate) fn new(limit: impl FnMut() + 'static, ours: impl FnMut() + 'static) -> Self {
        Self { limit: Box::new(limit), ours: Box::new(ours) }
    }

    /// Runs both by turns. Who comes first changes from pair to pair, so that neither has the warmer machine.
    fn compare(mut self, name: String, effort: Effort) -> Compared {
        let (limit_times, our_times) = (times(effort, &mut self.limit), times(effort, &mut self.ours));
        let pairs: Vec<(f64, f64)> = (0..effort.rounds)
            .map(|round| {
                if round % 2 == 0 {
                    let limit = micros(limit_times, &mut self.limit);
                    (limit, micros(our_times, &mut self.ours))
                } else {
                    let ours = micros(our_times, &mut self.ours);
                    (micros(limit_times, &mut self.limit), ours)
                }
            })
            .collect();
        let spread = |figure: fn(&(f64, f64)) -> f64| Spread::of(pairs.iter().map(figure).collect());
        Compared {
            name,
            limit: spread(|pair| pair.0),
            ours: spread(|pair| pair.1),
            share: spread(|pair| pair.0 / pair.1),
            added: spread(|pair| pair.1 - pair.0),
        }
    }
}

/// How often `work` fits into half a pair; warms it up on the way.
fn times(effort: Effort, work: &mut dyn FnMut()) -> u32 {
    let mut times = 1;
    while micros(times, work) * f64::from(times) < effort.half.as_secs_f64() * 1e6 {
        times *= 2;
    }
    times
}

/// What one of so many takes, in microseconds.
fn micros(times: u32, work: &mut dyn FnMut()) -> f64 {
    let start = now();
    for _ in 0..times {
        work();
    }
    start.elapsed().as_secs_f64() * 1e6 / f64::from(times)
}

impl Compared {
    /// To be kept.
    pub(crate) fn figure(&self) -> Figure {
        Figure::new("pairs", &self.name, "")
            .with("limit_us", self.limit.median)
            .with("ours_us", self.ours.median)
            .with("share", self.share.median)
            .with("share_low", self.share.low)
            .with("share_high", self.share.high)
            .with("added_us", self.added.median)
            .with("added_low", self.added.low)
            .with("added_high", self.added.high)
    }
}

impl fmt::Display for Compared {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let cell = |spread: &Spread, digits: usize| {
            let Spread { low, median, high } = spread;
            format!("{median:.digits$} [{low:.digits$}-{high:.digits$}]")
        };
        write!(
            out,
            "{:<24} {:<19} {:<19} {:<19} {}",
            self.name,
            cell(&self.limit, 1),
            cell(&self.ours, 1),
            cell(&self.share, 2),
            cell(&self.added, 1)
        )
    }
}
