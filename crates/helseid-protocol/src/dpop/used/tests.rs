use proptest::prelude::*;

use super::*;
use crate::jose::crypto::MacKey;

const NOW: i64 = 1_790_000_000;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(NOW + seconds)
}

fn id(n: u32) -> ReplayId {
    ReplayId::of(&MacKey::new(&[7; 32]), &[&n.to_be_bytes()])
}

#[test]
fn an_id_is_there_until_its_end_and_a_little_longer() {
    let mut used = UsedIds::default();
    assert_eq!(used.put(id(1), at(60), at(0), 10), Claim::First);
    for now in [0, 59, 64] {
        assert_eq!(used.put(id(1), at(90), at(now), 10), Claim::Again, "{now}");
    }
    assert_eq!(used.put(id(1), at(90), at(65), 10), Claim::First);
}

#[test]
fn each_of_many_is_there_and_no_other() {
    let mut used = UsedIds::default();
    for n in 0..20_000 {
        assert_eq!(used.put(id(n), at(i64::from(n % 60)), at(0), usize::MAX), Claim::First, "{n}");
    }
    assert!((0..20_000).all(|n| used.put(id(n), at(90), at(0), usize::MAX) == Claim::Again));
    let mut parts = used.sets.iter().flat_map(|set| &set.parts);
    assert!(parts.all(|part| (50..200).contains(&part.len())), "each holds its share");
    assert_eq!((used.put(id(20_000), at(90), at(65), usize::MAX), used.held()), (Claim::First, 1));
}

#[test]
fn what_is_full_refuses_the_new_and_knows_the_old() {
    let mut used = UsedIds::default();
    assert_eq!(used.put(id(1), at(60), at(0), 1), Claim::First);
    assert_eq!(used.put(id(2), at(60), at(0), 1), Claim::Full);
    assert_eq!(used.put(id(1), at(60), at(0), 1), Claim::Again);
    assert_eq!((used.put(id(2), at(90), at(65), 1), used.held()), (Claim::First, 1));
}

#[test]
fn what_is_taken_back_may_be_put_in_again_and_takes_no_room() {
    let mut used = UsedIds::default();
    assert_eq!(used.put(id(1), at(60), at(0), 2), Claim::First);
    assert_eq!(used.put(id(2), at(61), at(0), 2), Claim::First);
    used.undo(id(1), at(60));
    used.undo(id(1), at(60));
    assert_eq!((used.held(), used.put(id(2), at(61), at(0), 2)), (1, Claim::Again));
    assert_eq!((used.put(id(1), at(60), at(0), 2), used.held()), (Claim::First, 2));
}

#[test]
fn what_a_clock_that_was_ahead_made_past_is_refused_when_it_goes_back() {
    let mut used = UsedIds::default();
    assert_eq!(used.put(id(1), at(71), at(0), 10), Claim::First);
    // Ahead for one other request, and back.
    assert_eq!(used.put(id(2), at(371), at(300), 10), Claim::First);
    for now in [1, 30, 60, 70] {
        assert_eq!(used.put(id(1), at(71), at(now), 10), Claim::Forgotten, "{now}");
        assert_eq!(used.put(id(2), at(371), at(now), 10), Claim::Again, "{now}");
    }
    // A proof's life later all goes on as before.
    assert_eq!(used.put(id(3), at(80), at(9), 10), Claim::First);
}

#[test]
fn an_id_whose_end_has_passed_is_not_new() {
    let mut used = UsedIds::default();
    assert_eq!(used.put(id(1), at(60), at(65), 10), Claim::Forgotten);
    assert_eq!(used.put(id(1), at(60), at(64), 10), Claim::First);
}

#[test]
fn a_clock_that_was_a_year_ahead_leaves_nothing_behind_but_a_refusal() {
    const YEAR: i64 = 365 * 86_400;
    let mut used = UsedIds::default();
    assert_eq!(used.put(id(1), at(YEAR + 60), at(YEAR), 10), Claim::First);
    assert_eq!(used.put(id(2), at(60), at(0), 10), Claim::First);
    assert_eq!(used.held(), 1);
    assert!(used.has_dropped(at(59 - 5)) && !used.has_dropped(at(60)));
    assert_eq!(used.put(id(1), at(YEAR + 60), at(YEAR), 10), Claim::Forgotten);
}

#[test]
fn what_ends_at_the_horizon_is_kept_and_what_ends_beyond_is_refused() {
    let mut used = UsedIds::default();
    for (n, end, then) in [(1, 7200, Claim::Again), (2, 7204, Claim::Again), (3, 7205, Claim::Forgotten)] {
        assert_eq!(used.put(id(n), at(end), at(0), 10), Claim::First);
        assert_eq!(used.put(id(n), at(end), at(0), 10), then, "{end}");
    }
}

#[test]
fn a_hash_is_the_id_itself() {
    let (mut whole, mut bytes, mut turned) = (Taken::default(), Taken::default(), Taken::default());
    whole.write_u64(0x0102);
    bytes.write(&[1, 2]);
    turned.write(&[1, 0, 0, 0, 0, 0, 0, 0, 1]);
    assert_eq!((whole.finish(), bytes.finish(), turned.finish()), (0x0102, 0x0102, 0));
}

#[test]
fn the_next_process_knows_what_was_used_and_what_was_dropped() {
    let mut used = UsedIds::default();
    let mut written = Vec::new();
    let record = |n, end| UsedRecord::Used { id: id(n), until: at(end) };
    for (n, end, now) in [(1, 60, 0), (2, 400, 340), (3, 80, 20)] {
        assert_eq!(used.put(id(n), at(end), at(now), 10), Claim::First);
        written.push(record(n, end));
    }
    // The first file is gone; what it held is told by what was dropped.
    written.remove(0);
    written.extend(used.forgotten());
    let mut next = UsedIds::default();
    for record in written {
        next.recall(UsedRecord::from_bytes(record.to_bytes()), at(21), 10);
    }
    assert_eq!(next.put(id(1), at(60), at(21), 10), Claim::Forgotten);
    assert_eq!(next.put(id(2), at(400), at(21), 10), Claim::Again);
    assert_eq!(next.put(id(3), at(80), at(21), 10), Claim::Again);
    assert_eq!(next.put(id(4), at(90), at(21), 10), Claim::First);
}

#[test]
fn what_cannot_be_recalled_is_refused() {
    let mut used = UsedIds::default();
    for n in 0..3 {
        used.recall(UsedRecord::Used { id: id(n), until: at(60 + i64::from(n) * 10) }, at(0), 1);
    }
    used.recall(UsedRecord::Used { id: id(3), until: at(-60) }, at(0), 1);
    assert_eq!(used.put(id(0), at(60), at(0), 10), Claim::Again);
    for (n, end) in [(1, 70), (2, 80), (3, -60)] {
        assert_eq!(used.put(id(n), at(end), at(0), 10), Claim::Forgotten);
        assert_eq!(used.put(id(n), at(end), at(-70), 10), Claim::Forgotten, "also by a clock that goes back");
    }
}

#[test]
fn an_id_that_was_used_with_two_ends_is_recalled_with_both() {
    let mut used = UsedIds::default();
    for end in [60, 200] {
        used.recall(UsedRecord::Used { id: id(1), until: at(end) }, at(0), 10);
    }
    assert_eq!(used.put(id(1), at(200), at(100), 10), Claim::Again);
}

#[derive(Debug, Clone, Copy)]
enum Step {
    /// The clock moves, to any time around.
    To(i64),
    /// A claim by a clock that is so far behind.
    Claim { n: u32, late: i64 },
    /// The process ends, and the next one reads the files.
    Restart,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        2 => prop_oneof![-400_i64..400, -20_000_i64..20_000, any::<i64>()].prop_map(Step::To),
        6 => (0_u32..40, prop_oneof![Just(0_i64), 0_i64..90]).prop_map(|(n, late)| Step::Claim { n, late }),
        1 => Just(Step::Restart),
    ]
}

proptest! {
    /// However the clock moves, and however late a request is judged: no id is new twice.
    #[test]
    fn once_is_once_whatever_the_clock_does(
        steps in proptest::collection::vec(step(), 1..300),
        ends in proptest::collection::vec(-400_i64..400, 40),
    ) {
        let (mut used, mut now) = (UsedIds::default(), at(0));
        let (mut taken, mut file) = (std::collections::HashSet::new(), Vec::new());
        for step in steps {
            match step {
                Step::To(seconds) => now = Timestamp::from_seconds(NOW.saturating_add(seconds)),
                Step::Claim { n, late } => {
                    let until = at(ends[n as usize]);
                    let judged = Timestamp::from_seconds(now.seconds().saturating_sub(late));
                    match used.put(id(n), until, judged, 20) {
                        Claim::First => {
                            prop_assert!(taken.insert(n), "{n} was new twice");
                            file.push(UsedRecord::Used { id: id(n), until });
                        }
                        Claim::Again => prop_assert!(taken.contains(&n), "{n} was never there"),
                        Claim::Full | Claim::Away | Claim::Forgotten => {}
                    }
                }
                Step::Restart => {
                    // What was dropped is in no file any more.
                    file.retain(|record| !matches!(record, UsedRecord::Used { until, .. } if used.has_dropped(*until)));
                    file.retain(|record| matches!(record, UsedRecord::Used { .. }));
                    file.extend(used.forgotten());
                    used = UsedIds::default();
                    for record in &file {
                        used.recall(*record, now, 20);
                    }
                }
            }
            prop_assert!(used.forgotten().count() <= 32);
        }
    }
}
