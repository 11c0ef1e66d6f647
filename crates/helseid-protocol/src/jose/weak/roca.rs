//! The fingerprint of CVE-2017-15361 ("ROCA"; Nemec and others, ACM CCS 2017): the library made each prime as
//! `k * M + (65537^a mod M)`, with `M` a product of the first primes. So the modulus is a power of 65537 modulo each of
//! them, which a modulus of another origin is with a probability below one in a hundred million.

/// The odd primes up to 167, which divide `M` for every size of key.
const PRIMES: [u32; 38] = [
    3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97, 101, 103,
    107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167,
];

/// Whether the modulus `n`, big-endian, has the fingerprint. Most others are told at one of the first five primes.
pub(super) fn has_fingerprint(n: &[u8]) -> bool {
    PRIMES.iter().all(|prime| is_power_of_65537(remainder(n, *prime), *prime))
}

fn remainder(n: &[u8], prime: u32) -> u32 {
    n.iter().fold(0, |left, byte| (left << 8 | u32::from(*byte)) % prime)
}

/// Whether `number` is among the powers of 65537 modulo `prime`.
fn is_power_of_65537(number: u32, prime: u32) -> bool {
    let mut power = 1;
    loop {
        if power == number {
            return true;
        }
        power = power * (65537 % prime) % prime;
        if power == 1 {
            return false;
        }
    }
}
