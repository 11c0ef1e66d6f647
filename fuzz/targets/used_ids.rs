#![no_main]
//! Used ids under a clock that moves both ways, requests that are judged late, and processes that end: no id is new twice.
//!
//! Each step is three bytes: what happens, and a number.

use std::collections::HashSet;

use helseid_protocol::dpop::{Claim, ReplayId, UsedIds, UsedRecord};
use helseid_protocol::time::Timestamp;

const NOW: i64 = 1_790_000_000;

/// The ids that are claimed, each with an end of its own.
const IDS: i64 = 64;

/// The most that are remembered at once.
const MOST: usize = 40;

fn end(n: i64) -> Timestamp {
    Timestamp::from_seconds(NOW - 300 + n * 10)
}

fn id(n: i64) -> ReplayId {
    ReplayId::from_bytes((u128::from(n.unsigned_abs()) + 1).to_le_bytes())
}

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let (mut used, mut now) = (UsedIds::default(), NOW);
    let (mut taken, mut file) = (HashSet::new(), Vec::new());
    for step in bytes.chunks_exact(3) {
        let number = i64::from(i16::from_be_bytes([step[1], step[2]]));
        match step[0] % 8 {
            0 => now = NOW + number % 400,
            1 => now = NOW.saturating_add(number.saturating_mul(1 << (step[0] / 8))),
            2 => {
                file.retain(
                    |record| matches!(record, UsedRecord::Used { until, .. } if !used.has_dropped(*until)),
                );
                file.extend(used.forgotten());
                used = UsedIds::default();
                for record in &file {
                    used.recall(*record, Timestamp::from_seconds(now), MOST);
                }
            }
            late => {
                let n = number.rem_euclid(IDS);
                let judged = Timestamp::from_seconds(now.saturating_sub(i64::from(late - 3) * 20));
                match used.put(id(n), end(n), judged, MOST) {
                    Claim::First => {
                        assert!(taken.insert(n), "{n} was new twice");
                        file.push(UsedRecord::Used { id: id(n), until: end(n) });
                    }
                    Claim::Again => assert!(taken.contains(&n), "{n} was never there"),
                    Claim::Full | Claim::Away | Claim::Forgotten => {}
                }
            }
        }
        assert!(used.held() <= MOST && used.forgotten().count() <= 32);
    }
});
