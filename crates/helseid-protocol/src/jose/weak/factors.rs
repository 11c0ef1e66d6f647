//! Prime factors below 2^16: no sound generator leaves one, and who finds it has the private key.
//!
//! 6,541 divisions of the whole number would cost as much as a hundred signatures. Here as many primes as fit into 64 bits
//! are taken at once, and the number is reduced by their product with multiplications alone.

/// How many odd primes there are below 2^16.
const COUNT: usize = 6541;

const PRIMES: &[u16; COUNT] = &odd_primes();

/// Primes in a row whose product fits into 64 bits.
#[derive(Clone, Copy)]
struct Group {
    product: u64,
    /// Of the product, modulo 2^64.
    inverse: u64,
    /// Where the first of them stands.
    first: usize,
    /// Where the first one after them stands.
    end: usize,
}

/// Made by the compiler: to make them for each key took as long as a signature.
const GROUPS: &[Group] = &groups();

/// The smallest prime factor below 2^16 of `n`, big-endian, if there is one.
pub(super) fn smallest_found(n: &[u8]) -> Option<u16> {
    if n.last().is_none_or(|last| last.is_multiple_of(2)) {
        return Some(2);
    }
    // From the least significant word on.
    let word = |bytes: &[u8]| bytes.iter().fold(0, |word, byte| word << 8 | u64::from(*byte));
    let words: Vec<u64> = n.rchunks(8).map(word).collect();
    GROUPS.iter().find_map(|group| {
        let remainder = shifted_remainder(&words, group);
        let primes = PRIMES.get(group.first..group.end).unwrap_or_default();
        primes.iter().find(|prime| remainder.is_multiple_of(u64::from(**prime))).copied()
    })
}

/// A number that has the same factors in common with the product of `group`, which is odd, as the number of these `words`
/// has: its remainder times a power of two, negated (Montgomery's reduction, one word at a time).
fn shifted_remainder(words: &[u64], group: &Group) -> u64 {
    words.iter().fold(0, |carry, word| {
        let (left, borrow) = word.overflowing_sub(carry);
        // The multiple of the product that ends in this word; what is left of it goes into the next one.
        let (_, high) = left.wrapping_mul(group.inverse).carrying_mul(group.product, 0);
        high + u64::from(borrow)
    })
}

/// The group that begins with the prime at `first`: as many as fit.
#[expect(clippy::indexing_slicing, reason = "the compiler runs it, and refuses a place that is not there")]
const fn group_from(first: usize) -> Group {
    let (mut product, mut end) = (1_u64, first);
    while end < COUNT {
        let Some(more) = product.checked_mul(PRIMES[end] as u64) else { break };
        product = more;
        end += 1;
    }
    Group { product, inverse: inverse(product), first, end }
}

const fn group_count() -> usize {
    let (mut count, mut first) = (0, 0);
    while first < COUNT {
        first = group_from(first).end;
        count += 1;
    }
    count
}

#[expect(clippy::indexing_slicing, reason = "the compiler runs it, and refuses a place that is not there")]
const fn groups() -> [Group; group_count()] {
    let mut groups = [group_from(0); group_count()];
    let mut place = 1;
    while place < groups.len() {
        groups[place] = group_from(groups[place - 1].end);
        place += 1;
    }
    groups
}

/// The inverse of an odd number modulo 2^64, by Newton's method: each step doubles the bits that are right, from three on.
const fn inverse(odd: u64) -> u64 {
    let (mut inverse, mut step) = (odd, 0);
    while step < 5 {
        inverse = inverse.wrapping_mul(2_u64.wrapping_sub(odd.wrapping_mul(inverse)));
        step += 1;
    }
    inverse
}

/// The sieve of Eratosthenes over odd numbers: place `i` stands for `2 i + 1`.
#[expect(clippy::indexing_slicing, reason = "the compiler runs it, and refuses a place that is not there")]
const fn odd_primes() -> [u16; COUNT] {
    const PLACES: usize = 1 << 15;
    let mut composite = [false; PLACES];
    let mut primes = [0; COUNT];
    let (mut place, mut found) = (1, 0);
    while place < PLACES {
        if !composite[place] {
            let prime = 2 * place + 1;
            primes[found] = prime as u16;
            found += 1;
            let mut multiple = prime * prime / 2;
            while multiple < PLACES {
                composite[multiple] = true;
                multiple += prime;
            }
        }
        place += 1;
    }
    assert!(found == COUNT, "every place is filled");
    primes
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn by_division(n: &[u8]) -> Option<u16> {
        let remainder = |by: u32| n.iter().fold(0, |left, byte| (left << 8 | u32::from(*byte)) % by);
        (2..=u16::MAX).find(|by| remainder(u32::from(*by)) == 0)
    }

    #[test]
    fn the_primes_are_all_the_odd_ones_below_two_to_the_sixteenth() {
        assert_eq!((PRIMES.first(), PRIMES.last()), (Some(&3), Some(&65521)));
        assert!(PRIMES.is_sorted());
        let is_prime = |n: u16| (2..=255).take_while(|by| by * by <= n).all(|by| !n.is_multiple_of(by));
        assert!(PRIMES.iter().all(|prime| is_prime(*prime)));
    }

    #[test]
    fn a_prime_beyond_the_bound_is_none() {
        assert_eq!(smallest_found(&65537_u32.to_be_bytes()), None);
        assert_eq!(smallest_found(&(65521_u32 * 3).to_be_bytes()), Some(3));
        assert_eq!(smallest_found(&65521_u32.to_be_bytes()), Some(65521));
        assert_eq!(smallest_found(&[1, 0]), Some(2));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn what_is_found_is_what_division_finds(n in proptest::collection::vec(any::<u8>(), 1..64)) {
            prop_assume!(n.iter().any(|byte| *byte > 1));
            prop_assert_eq!(smallest_found(&n), by_division(&n));
        }

        #[test]
        fn two_large_primes_have_none_and_a_small_one_is_found(place in any::<prop::sample::Index>(), length in 1..4_usize) {
            // 2^127 - 1 and 2^61 - 1 are prime.
            let large = u128::from(u64::MAX >> 3) * ((1 << 61) - 1);
            prop_assert_eq!(smallest_found(&large.to_be_bytes()), None);
            let factor = PRIMES[place.index(PRIMES.len())];
            let number = u128::from(factor).pow(u32::try_from(length).unwrap()) * ((1 << 61) - 1);
            prop_assert_eq!(smallest_found(&number.to_be_bytes()), Some(factor));
        }
    }
}
