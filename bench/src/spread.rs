//! The middle of many figures, and how far they lie apart.

/// The middle of many figures, and between which eight in ten of them lie.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Spread {
    pub(crate) low: f64,
    pub(crate) median: f64,
    pub(crate) high: f64,
}

impl Spread {
    pub(crate) fn of(mut figures: Vec<f64>) -> Self {
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
