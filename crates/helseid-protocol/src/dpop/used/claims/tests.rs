use std::collections::{BTreeMap, HashSet};

use proptest::prelude::*;

use super::*;

const NOW: i64 = 1_790_000_000;
const YEAR: i64 = 365 * 86_400;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(NOW + seconds)
}

/// A claim of an id that ends then, at our time and at the store's.
fn claim(history: &mut ClaimHistory, end: i64, (now, store): (i64, i64)) -> Claim {
    history.judge(StoreClaim { end: at(end), now: at(now), store: at(store) })
}

#[test]
fn what_was_claimed_while_our_clock_was_ahead_is_forgotten_when_it_goes_back() {
    let mut history = ClaimHistory::default();
    assert_eq!(claim(&mut history, 71, (0, 0)), Claim::First);
    assert_eq!(claim(&mut history, 371, (300, 0)), Claim::First);
    // The key of the second expires at 76, by the store's clock.
    for (end, now, expected) in [
        (71, 1, Claim::First),
        (371, 1, Claim::Forgotten),
        (100, 30, Claim::First),
        (371, 75, Claim::Forgotten),
        (371, 300, Claim::Forgotten),
        (366, 301, Claim::First),
        (371, 370, Claim::Forgotten),
        (380, 370, Claim::First),
    ] {
        assert_eq!(claim(&mut history, end, (now, now)), expected, "{end} at {now}");
    }
}

#[test]
fn a_difference_within_the_margin_forgets_nothing() {
    let mut history = ClaimHistory::default();
    assert_eq!(claim(&mut history, 60, (0, 0)), Claim::First);
    assert_eq!(claim(&mut history, 60, (0, 4)), Claim::First);
    assert_eq!(claim(&mut history, 60, (0, 5)), Claim::Forgotten);
    assert_eq!(claim(&mut history, 60, (30, 0)), Claim::First, "our clock is ahead now");
    assert_eq!(claim(&mut history, 60, (25, 0)), Claim::Forgotten);
}

#[test]
fn what_expired_while_the_clock_of_the_store_was_ahead_is_forgotten() {
    let mut history = ClaimHistory::default();
    for (end, now) in [(60, 0), (90, 20)] {
        assert_eq!(claim(&mut history, end, (now, now)), Claim::First);
    }
    assert_eq!(history.observe(at(80)), at(80));
    // The first had expired by then.
    assert_eq!(claim(&mut history, 60, (21, 21)), Claim::Forgotten);
    assert_eq!(claim(&mut history, 90, (21, 21)), Claim::First);
    assert_eq!(claim(&mut history, 60, (59, 59)), Claim::Forgotten, "also later");
    assert_eq!(claim(&mut history, 65, (30, 30)), Claim::First);
}

#[test]
fn a_store_that_goes_back_a_little_has_let_go_of_what_had_expired_before() {
    let mut history = ClaimHistory::default();
    assert_eq!(claim(&mut history, 60, (0, 0)), Claim::First);
    assert_eq!(history.observe(at(65)), at(65));
    assert_eq!(claim(&mut history, 60, (60, 61)), Claim::Forgotten);
    // By the margin it is a little, and by more it has gone back.
    for (now, expected) in [(75, Claim::Forgotten), (74, Claim::First)] {
        let mut history = ClaimHistory::default();
        assert_eq!(claim(&mut history, 90, (20, 20)), Claim::First);
        assert_eq!(history.observe(at(80)), at(80));
        assert_eq!(claim(&mut history, 90, (now, now)), expected, "{now}");
    }
}

#[test]
fn a_clock_that_was_a_year_ahead_for_a_moment_is_in_nobodys_way() {
    let mut history = ClaimHistory::default();
    assert_eq!(claim(&mut history, 60, (0, 0)), Claim::First);
    assert_eq!(claim(&mut history, YEAR + 60, (YEAR, 0)), Claim::First);
    for now in 0..200 {
        assert_eq!(claim(&mut history, now + 60, (now, now)), Claim::First, "{now}");
    }
    // That of the store: what had been claimed before it was put right is refused, and nothing else.
    assert_eq!(claim(&mut history, 280, (200, YEAR)), Claim::First);
    assert_eq!(claim(&mut history, 250, (200, YEAR)), Claim::Forgotten);
    for now in 201..400 {
        let expected = if now + 60 < 260 { Claim::Forgotten } else { Claim::First };
        assert_eq!(claim(&mut history, now + 60, (now, now)), expected, "{now}");
    }
}

#[test]
fn an_id_that_is_too_old_is_not_new() {
    let mut history = ClaimHistory::default();
    assert_eq!(claim(&mut history, 60, (61, 61)), Claim::Forgotten);
    assert_eq!(claim(&mut history, 60, (60, 60)), Claim::First);
}

#[test]
fn memory_has_a_bound_and_what_is_let_go_of_is_refused() {
    let mut history = ClaimHistory::default();
    for store in 0..20_000 {
        // Our clock jumps now and then, too.
        let now = store + if store % 1000 == 0 { YEAR * (store / 1000) } else { 0 };
        assert_eq!(claim(&mut history, now + 60, (now, store)), Claim::First, "{now}");
    }
    assert_eq!(history.sets.len(), MOST);
    assert!(history.forgotten.ranges().count() <= 32);
    for end in [60, 1000, 10_000, 15_000] {
        assert_eq!(claim(&mut history, end, (end - 60, end - 60)), Claim::Forgotten, "{end}");
    }
}

#[test]
fn what_was_claimed_into_longest_ago_makes_room_whenever_it_ends() {
    let mut history = ClaimHistory::default();
    let ends = |n: usize| 5_000 - WIDTH * i64::try_from(n).unwrap();
    for n in 0..=MOST {
        assert_eq!(claim(&mut history, ends(n), (0, 0)), Claim::First);
    }
    assert_eq!(claim(&mut history, ends(MOST), (0, 0)), Claim::First);
    assert_eq!(claim(&mut history, ends(0), (0, 0)), Claim::Forgotten);
}

/// Our clock and the store's, and a store that lets go of a key at once when its time has come.
struct World {
    ours: i64,
    stores: i64,
    keys: BTreeMap<usize, i64>,
    history: ClaimHistory,
}

/// Milliseconds.
const SECOND: i64 = 1000;

fn timestamp(milliseconds: i64) -> Timestamp {
    Timestamp::from_seconds(milliseconds.div_euclid(SECOND))
}

impl World {
    fn new() -> Self {
        let start = NOW * SECOND;
        Self { ours: start, stores: start, keys: BTreeMap::new(), history: ClaimHistory::default() }
    }

    fn pass(&mut self, milliseconds: i64) {
        self.step(milliseconds, milliseconds);
    }

    fn step(&mut self, ours: i64, stores: i64) {
        self.ours += ours;
        self.stores += stores;
        let now = self.stores;
        self.keys.retain(|_, expires| *expires > now);
    }

    /// Claims as a request does: it is judged, waits, is answered the time, and then the key is set. Nothing for an id that
    /// is too old.
    fn claim(&mut self, n: usize, end: Timestamp, (wait, gap): (i64, i64)) -> Option<Claim> {
        let now = timestamp(self.ours);
        if now > end {
            return None;
        }
        let life = end.plus(ClaimHistory::MARGIN).seconds_after(now) * SECOND;
        self.pass(wait);
        let store = timestamp(self.stores);
        self.pass(gap);
        if self.keys.contains_key(&n) {
            return Some(Claim::Again);
        }
        self.keys.insert(n, self.stores + life);
        Some(self.history.judge(StoreClaim { end, now, store }))
    }
}

#[derive(Debug, Clone, Copy)]
enum Step {
    Pass(i64),
    /// Each clock is moved by so much.
    Move {
        ours: i64,
        stores: i64,
    },
    Claim {
        n: usize,
        wait: i64,
        gap: i64,
    },
}

fn step() -> impl Strategy<Value = Step> {
    let by = || prop_oneof![4 => Just(0_i64), 4 => -8_000_i64..8_000, 4 => -100_000_i64..100_000, 1 => Just(YEAR * SECOND), 1 => Just(-YEAR * SECOND)];
    prop_oneof![
        2 => prop_oneof![0_i64..3_000, 0_i64..90_000].prop_map(Step::Pass),
        2 => (by(), by()).prop_map(|(ours, stores)| Step::Move { ours, stores }),
        1 => by().prop_map(|both| Step::Move { ours: both, stores: both }),
        8 => (0_usize..30, 0_i64..8_000, 0_i64..500).prop_map(|(n, wait, gap)| Step::Claim { n, wait, gap }),
    ]
}

proptest! {
    /// However either clock moves: no id is new twice, as long as the store's time is looked at before it is set back.
    #[test]
    fn once_is_once_whatever_the_two_clocks_do(
        steps in proptest::collection::vec(step(), 1..200),
        ends in proptest::collection::vec(0_i64..200, 30),
    ) {
        let mut world = World::new();
        let mut taken = HashSet::new();
        for step in steps {
            match step {
                Step::Pass(milliseconds) => world.pass(milliseconds),
                Step::Move { ours, stores } => {
                    if stores < 0 {
                        world.history.observe(timestamp(world.stores));
                    }
                    world.step(ours, stores);
                }
                Step::Claim { n, wait, gap } => {
                    if world.claim(n, at(ends[n]), (wait, gap)) == Some(Claim::First) {
                        prop_assert!(taken.insert(n), "{n} was new twice");
                    }
                }
            }
            prop_assert!(world.history.sets.len() <= MOST && world.history.forgotten.ranges().count() <= 32);
        }
    }

    /// With clocks that go on, by whatever they differ, every new id is taken, also after a long time without any.
    #[test]
    fn clocks_that_go_on_refuse_nothing(
        difference in prop_oneof![-20_000_i64..20_000, -YEAR * SECOND..YEAR * SECOND],
        claims in proptest::collection::vec(
            (prop_oneof![3 => 0_i64..2_000, 1 => 0_i64..7_200_000], 0_i64..=91, 0_i64..2_500, 0_i64..400),
            1..400,
        ),
    ) {
        let mut world = World::new();
        world.step(difference, 0);
        for (n, (quiet, life, wait, gap)) in claims.into_iter().enumerate() {
            world.pass(quiet);
            let end = timestamp(world.ours + life * SECOND);
            prop_assert_eq!(world.claim(n, end, (wait, gap)), Some(Claim::First));
        }
    }
}
