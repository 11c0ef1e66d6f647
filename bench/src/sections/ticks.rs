//! What the bare operations take now: measured on the server's core right before and after each load.

use std::hint::black_box;

use helseid_protocol::jose::Algorithm;

use crate::limit::Limit;
use crate::machine::{Cores, Place};
use crate::now;

/// Microseconds for each operation.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Tick {
    pub(crate) rsa_sign: f64,
    pub(crate) rsa_verify: f64,
    pub(crate) p256_sign: f64,
    pub(crate) p256_verify: f64,
}

impl Tick {
    /// Between two moments.
    pub(crate) fn between(self, other: Self) -> Self {
        Self {
            rsa_sign: f64::midpoint(self.rsa_sign, other.rsa_sign),
            rsa_verify: f64::midpoint(self.rsa_verify, other.rsa_verify),
            p256_sign: f64::midpoint(self.p256_sign, other.p256_sign),
            p256_verify: f64::midpoint(self.p256_verify, other.p256_verify),
        }
    }

    /// A signature by a key for this algorithm.
    pub(crate) fn sign(self, algorithm: Algorithm) -> f64 {
        if algorithm == Algorithm::ES256 { self.p256_sign } else { self.rsa_sign }
    }

    /// Its check.
    pub(crate) fn verify(self, algorithm: Algorithm) -> f64 {
        if algorithm == Algorithm::ES256 { self.p256_verify } else { self.rsa_verify }
    }
}

/// Keys and signatures to measure with.
pub(crate) struct Ticker {
    rsa: Limit,
    p256: Limit,
    rsa_signature: Vec<u8>,
    p256_signature: Vec<u8>,
    cores: Cores,
}

const MESSAGE: &[u8] = &[b'x'; 700];

impl Ticker {
    pub(crate) fn new(cores: Cores) -> Self {
        let (rsa, p256) = (Limit::new(Algorithm::RS256), Limit::new(Algorithm::ES256));
        let (rsa_signature, p256_signature) = (rsa.sign(MESSAGE), p256.sign(MESSAGE));
        Self { rsa, p256, rsa_signature, p256_signature, cores }
    }

    /// About 60 ms.
    pub(crate) fn tick(&self) -> Tick {
        self.cores.at(Place::Server, || Tick {
            rsa_sign: median(9, 8, || drop(black_box(self.rsa.sign(black_box(MESSAGE))))),
            rsa_verify: median(9, 60, || self.rsa.verify(black_box(MESSAGE), &self.rsa_signature)),
            p256_sign: median(9, 60, || drop(black_box(self.p256.sign(black_box(MESSAGE))))),
            p256_verify: median(9, 30, || self.p256.verify(black_box(MESSAGE), &self.p256_signature)),
        })
    }
}

/// The median of some batches.
fn median(batches: usize, times: u32, mut work: impl FnMut()) -> f64 {
    let mut taken: Vec<f64> = (0..batches)
        .map(|_| {
            let begun = now();
            (0..times).for_each(|_| work());
            begun.elapsed().as_secs_f64() * 1e6 / f64::from(times)
        })
        .collect();
    taken.sort_by(f64::total_cmp);
    taken.get(batches / 2).copied().unwrap()
}
