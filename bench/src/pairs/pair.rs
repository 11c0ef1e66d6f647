//! Two things measured as neighbours, many times, and what came of it.

use std::fmt;
use std::time::{Duration, Instant};

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

/// The middle of many figures, and between which eight in ten of them lie.
struct Spread {
    low: f64,
    median: f64,
    high: f64,
}

impl Spread {
    fn of(mut figures: Vec<f64>) -> Self {
        figures.sort_by(f64::total_cmp);
        let at = |share: f64| {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                clippy::cast_precision_loss,
                reason = "a place in a short list"
            )]
            let place = ((figures.len() - 1) as f64 * share).round() as usize;
            figures.get(place).copied().unwrap_or(f64::NAN)
        };
        Self { low: at(0.1), median: at(0.5), high: at(0.9) }
    }
}

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
#[expect(clippy::disallowed_methods, reason = "a bench measures the time that passes")]
fn micros(times: u32, work: &mut dyn FnMut()) -> f64 {
    let start = Instant::now();
    for _ in 0..times {
        work();
    }
    start.elapsed().as_secs_f64() * 1e6 / f64::from(times)
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
